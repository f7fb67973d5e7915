"""What is a worker's time spent on? By step, from samples of one of two workers during an import.

Needs py-spy (``pip install py-spy``), and root or leave to trace. Only time with Python's lock is
counted: it is most of it, and who waits is left out. Hashing a body is done without the lock, and
so is what the kernel does while a file is written; ``perf record`` tells those.
"""

import argparse
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import dated, installation, machine, measure, origin, pictures, scratch, wirephoto_run

_A_SECOND = "200"  # samples
_BEFORE_SECONDS = 3.0  # until py-spy has found its way into the process
# The innermost frame that has one of these in its name and file says what the time was spent on.
_STEPS = {
    "slots": (
        "fetch/pace.py",
        "fetch/share.py",
        "fetch/passage.py",
        "fetch/ease.py",
        "steps/bound.py",
    ),
    "fetch": ("wirephoto/net/", "pipeline/fetch/"),
    "inspect": ("pipeline/inspection/",),
    "metadata": ("pipeline/embedded/", "steps/described.py"),
    "write": ("pipeline/storage/",),
    "reserve": ("db/blobs.py", "_reserve "),
    "commit": ("steps/settle.py", "pipeline/catalogue.py", "pipeline/finish.py"),
    "take": ("steps/take.py",),
    "rest of the steps": ("pipeline/steps/",),
    "queue": ("procrastinate/",),
    "other loops": ("pipeline/webhook/", "library/reindex.py", "_every "),
}
_DATABASE = "psycopg"  # where no step is in the stack: the loop's calls when an answer comes
_OTHER = "loop, tasks, threads"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=6000, help="pictures (default %(default)s)")
    parser.add_argument("--bytes", type=int, help="of a picture (default: as line.py)")
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder() as folder:
        on = asdict(machine.look(folder, origin.require()))
        counted, microseconds = _sampled(asked, folder)
        total = sum(counted.values())
        found = {step: round(count / total, 4) for step, count in counted.most_common()}
        print(f"{total} samples; {microseconds:.0f} µs of a worker's processor a picture, all told")
        for step, share in found.items():
            print(f"{step:26} {100 * share:5.1f} %")
        document = {"images": asked.images, "bytes": asked.bytes, "microseconds": microseconds}
        print(f"kept in {dated.keep('where', {**document, 'shares': found, 'machine': on})}")


def _sampled(asked: argparse.Namespace, folder: Path) -> tuple[Counter[str], float]:
    """Samples by step; and microseconds of processor a picture of all workers."""
    sampling = _Sampling(folder / "samples")
    album = pictures.write(folder / "pictures", asked.images, asked.bytes)
    with origin.serving(origin.require(), album.folder, folder / "nginx") as address:
        urls = [f"{address}/{name}" for name in album.names]
        wirephoto_run.run(
            installation.Installation(2),
            urls,
            album.size,
            folder / "run",
            begins=sampling.begin,
            ends=sampling.end,
        )
    return Counter(dict(sampling.steps())), sampling.seconds * 1e6 / asked.images


class _Sampling:
    """py-spy at work on one worker."""

    def __init__(self, path: Path) -> None:
        program = shutil.which("py-spy") or shutil.which("py-spy", path=Path(sys.executable).parent)
        if program is None:
            raise measure.CannotRun("py-spy is not there: pip install py-spy")
        self.seconds = 0.0
        self._command = [program, "record", "--gil", "--rate", _A_SECOND, "--duration", "3600"]
        self._path = path

    def begin(self) -> None:
        workers = _workers()
        command = [*self._command, "--format", "raw", "--output", str(self._path)]
        self._process = subprocess.Popen(
            [*command, "--pid", str(workers[0].pid)], stdout=subprocess.DEVNULL
        )
        try:
            self._process.wait(_BEFORE_SECONDS)
        except subprocess.TimeoutExpired:
            self.seconds -= _spent(workers)
        else:
            raise measure.CannotRun("py-spy may not trace a process: be root, or see its manual")

    def end(self) -> None:
        self.seconds += _spent(_workers())
        self._process.send_signal(signal.SIGINT)
        self._process.wait()

    def steps(self) -> Iterator[tuple[str, int]]:
        found: Counter[str] = Counter()
        for line in self._path.read_text().splitlines():
            stack, _, count = line.rpartition(" ")
            found[_step(stack.split(";"))] += int(count)
        yield from found.items()


def _workers() -> list[psutil.Process]:
    every = psutil.Process().children(recursive=True)
    return [process for process in every if installation.kind(process) == "worker"]


def _spent(workers: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in workers)


def _step(frames: list[str]) -> str:
    for frame in reversed(frames):
        for step, names in _STEPS.items():
            if any(name in frame for name in names):
                return step
    return "answers of the database" if any(_DATABASE in frame for frame in frames) else _OTHER


if __name__ == "__main__":
    main()
