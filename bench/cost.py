"""Where do a picture's microseconds go? Processor time of each kind of process, for one import.

Processor time is steadier than the clock on a machine that does other things besides.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import measure, origin, pictures, wirephoto_run

_MEMORY = Path("/dev/shm")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=3000, help="pictures (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="imports (default %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    asked = parser.parse_args()
    try:
        rounds = _rounds(asked)
    except measure.CannotRun as why:
        sys.exit(f"bench: {why}")
    for kind in rounds[0]:
        each = [round_[kind] for round_ in rounds]
        print(f"{kind:20} {statistics.median(each):8.0f} µs a picture")


def _rounds(asked: argparse.Namespace) -> list[dict[str, float]]:
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=_MEMORY))
    folder.chmod(0o711)
    try:
        album = pictures.write(folder / "pictures", asked.images)
        with origin.serving(origin.require(), album.folder, folder / "nginx") as address:
            urls = [f"{address}/{name}" for name in album.names]
            return [
                _round(asked, urls, album.size, folder / f"round-{number}")
                for number in range(asked.rounds)
            ]
    finally:
        shutil.rmtree(folder)


def _round(asked: argparse.Namespace, urls: list[str], size: int, folder: Path) -> dict[str, float]:
    """Microseconds of processor a picture, by kind of process."""
    spent: dict[str, float] = {}
    before: dict[int, float] = {}
    how = wirephoto_run.Installation(asked.workers, None)
    run = wirephoto_run.run(
        how,
        urls,
        size,
        folder,
        begins=lambda: before.update(_by_process()),
        ends=lambda: spent.update(_since(before)),
    )
    shutil.rmtree(folder)
    microseconds = {kind: seconds * 1e6 / len(urls) for kind, seconds in sorted(spent.items())}
    return microseconds | {
        "all": sum(microseconds.values()),
        "clock": run.seconds * 1e6 / len(urls),
    }


def _by_process() -> dict[int, float]:
    return {process.pid: sum(process.cpu_times()[:2]) for process in _ours()}


def _since(before: dict[int, float]) -> dict[str, float]:
    spent: dict[str, float] = defaultdict(float)
    for process in _ours():
        spent[_kind(process)] += sum(process.cpu_times()[:2]) - before.get(process.pid, 0.0)
    return spent


def _ours() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def _kind(process: psutil.Process) -> str:
    command = " ".join(process.cmdline())
    for word, kind in (("worker.process", "worker"), ("wirephoto serve", "api")):
        if word in command:
            return kind
    return "nginx" if process.name() == "nginx" else process.name()


if __name__ == "__main__":
    main()
