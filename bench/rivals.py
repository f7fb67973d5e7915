"""How fast is the line against what else a user would run, and with an origin that is far away?

``curl -Z``, ``img2dataset`` (files, nothing encoded anew), a script with a thread pool and
``requests``, and wirephoto bring the same pictures in turn, in memory. An origin at a distance is
nginx behind a relay that lets each request wait (``relay.py``).
"""

import argparse
import contextlib
import dataclasses
import shutil
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import (
    curl,
    dated,
    installation,
    machine,
    measure,
    origin,
    pictures,
    scratch,
    wirephoto_run,
)

_HERE = Path(__file__).parent
_ENVIRONMENT = _HERE / ".rivals"
_REQUIRED = ("img2dataset==1.47.0", "requests")
_AT_ONCE = 64  # as many as curl's
_NAMES = ("curl", "img2dataset", "script", "wirephoto")

Bring = Callable[[Sequence[str], int, Path], measure.Run]


def main() -> None:
    asked = _arguments()
    try:
        nginx = origin.require()
        on = machine.look(scratch.MEMORY, nginx, curl.require())
        ways = {name: _ways(asked)[name] for name in asked.only or _NAMES}
        results = [_race(asked, nginx, delay, ways) for delay in asked.delay or (0, 20, 100)]
    except measure.CannotRun as why:
        sys.exit(f"bench: {why}")
    document = {"machine": dataclasses.asdict(on), "workers": asked.workers, "races": results}
    print(f"written to bench/results/{dated.keep('rivals', document).name}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1500, help="pictures (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of each (default %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    parser.add_argument(
        "--host-connections", type=int, help="WIREPHOTO_HOST_CONNECTIONS (default: as shipped, 16)"
    )
    parser.add_argument(
        "--delay", type=int, action="append", help="ms of a request; again (default 0, 20, 100)"
    )
    parser.add_argument(
        "--only", choices=_NAMES, action="append", help="one of them; again (default: all)"
    )
    return parser.parse_args()


def _race(
    asked: argparse.Namespace, nginx: str, delay: int, ways: dict[str, Bring]
) -> dict[str, object]:
    """All rounds at one distance."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    with scratch.folder() as folder:
        album = pictures.write(folder / "pictures", asked.images)
        with (
            origin.serving(nginx, album.folder, folder / "nginx") as near,
            _at_a_distance(near, delay) as address,
        ):
            urls = [f"{address}/{name}" for name in album.names]
            for number in range(asked.rounds):
                for name, bring in ways.items():
                    own = folder / f"{name}-{number}"
                    seconds[name].append(bring(urls, album.size, own).seconds)
                    shutil.rmtree(own)
        return _told(delay, asked.images, album.size, seconds)


def _told(delay: int, images: int, size: int, seconds: dict[str, list[float]]) -> dict[str, object]:
    rates = {name: images / statistics.median(each) for name, each in seconds.items()}
    for name, rate in rates.items():
        spread = f"{min(seconds[name]):.2f} to {max(seconds[name]):.2f} s"
        print(f"{delay:4} ms  {name:12} {rate:7,.0f} images/s   {spread}", flush=True)
    return {
        "delay_milliseconds": delay,
        "images": images,
        "bytes": size,
        "images_a_second": {name: round(rate, 1) for name, rate in rates.items()},
        "seconds": {name: [round(one, 4) for one in each] for name, each in seconds.items()},
    }


@contextlib.contextmanager
def _at_a_distance(near: str, delay: int) -> Iterator[str]:
    """The origin's address, or that of a relay in front of it."""
    if not delay:
        yield near
        return
    port, theirs = origin.free_port(), near.rpartition(":")[2]
    command = [sys.executable, "-m", "bench.relay", str(port), theirs, str(delay / 1000)]
    process = subprocess.Popen(command, cwd=_HERE.parent)
    try:
        origin.wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _ways(asked: argparse.Namespace) -> dict[str, Bring]:
    how = installation.Installation(asked.workers, asked.host_connections)
    return {
        "curl": lambda urls, size, own: curl.run(curl.require(), urls, size, own, durable=False),
        "img2dataset": _img2dataset,
        "script": _script,
        "wirephoto": lambda urls, size, own: wirephoto_run.run(how, urls, size, own),
    }


def _img2dataset(urls: Sequence[str], size: int, own: Path) -> measure.Run:
    listed = _listed(urls, own)
    options = {
        "url_list": listed,
        "output_folder": own / "out",
        "output_format": "files",
        "disable_all_reencoding": True,
        "processes_count": 2,
        "thread_count": _AT_ONCE,
        "number_sample_per_shard": max(1, len(urls) // 4),
        "enable_wandb": False,
    }
    command: list[str | Path] = [_rivals() / "img2dataset"]
    command += (f"--{name}={text}" for name, text in options.items())
    return _timed(command, own / "out", len(urls), size)


def _script(urls: Sequence[str], size: int, own: Path) -> measure.Run:
    listed = _listed(urls, own)
    (own / "out").mkdir()
    script: list[str | Path] = [_HERE / "plain_script.py", listed, own / "out", str(_AT_ONCE)]
    return _timed([_rivals() / "python", *script], own / "out", len(urls), size)


def _listed(urls: Sequence[str], own: Path) -> Path:
    own.mkdir()
    listed = own / "urls.txt"
    listed.write_text("\n".join(urls))
    return listed


def _timed(command: Sequence[str | Path], out: Path, count: int, size: int) -> measure.Run:
    began = time.perf_counter()
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    seconds = time.perf_counter() - began
    sizes = [path.stat().st_size for path in out.rglob("*.jpg")]
    if done.returncode or len(sizes) != count or sum(sizes) != size:
        said = done.stdout.decode(errors="replace")[-1000:]
        raise measure.CannotRun(
            f"{Path(command[0]).name} ended with {done.returncode} and {len(sizes)} of {count} "
            f"pictures: {said}"
        )
    return measure.Run(seconds)


def _rivals() -> Path:
    """Programs of the rivals' own environment, which is made where it is missing."""
    programs = _ENVIRONMENT / "bin"
    if not (programs / "img2dataset").exists():
        print(f"installing {', '.join(_REQUIRED)} for themselves", flush=True)
        venv.create(_ENVIRONMENT, with_pip=True, clear=True)
        done = subprocess.run(
            [programs / "pip", "install", "--quiet", *_REQUIRED], check=False, capture_output=True
        )
        if done.returncode:
            raise measure.CannotRun(f"pip: {done.stderr.decode(errors='replace')[-500:]}")
    return programs


if __name__ == "__main__":
    main()
