"""What does a worker hold in memory while every place has a large body? One worker, many of them.

All URLs lead to the same bytes, so that the disk takes them once; each is fetched, written to a
temporary file and inspected by itself.
"""

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import installation, measure, memory_of, origin, pictures, scratch

_MEGA = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=128, help="pictures (default %(default)s)")
    parser.add_argument("--size", type=int, default=30, help="MB of each (default %(default)s)")
    parser.add_argument("--at-once", type=int, default=64, help="requests (default %(default)s)")
    parser.add_argument("--disk", type=Path, default=Path(tempfile.gettempdir()))
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder(asked.disk) as folder:
        _measure(folder, asked.images, asked.size, asked.at_once)


def _measure(folder: Path, images: int, size: int, at_once: int) -> None:
    album = pictures.write(folder / "pictures", 1, size * _MEGA)
    how = installation.Installation(1, at_once, {"WIREPHOTO_MAX_BYTES": str(2 * size * _MEGA)})
    with (
        origin.serving(origin.require(), album.folder, folder / "nginx") as address,
        installation.served(how, folder) as running,
    ):
        urls = [f"{address}/{album.names[0]}?{number}" for number in range(images)]
        (worker,) = running.processes()["worker"]
        before = memory_of.resident(worker)
        watch = _Watch(worker, running.data / "tmp")
        status = running.until_finished(running.accept(installation.batch(urls)))
        watch.end()
    details = status["overview"]["details"]
    if details["success"] != images:
        raise measure.CannotRun(f"not all were imported: {status}")
    print(f"{images} pictures of {size} MB, {at_once} requests at once, one worker")
    print(f"{'idle':30} {before / _MEGA:6.0f} MB")
    print(f"{'most':30} {watch.most / _MEGA:6.0f} MB")
    print(f"{'bodies on disk at once, most':30} {watch.files:6}")


class _Watch:
    """The most that a process held of its own, and the most temporary files, looked at often."""

    def __init__(self, worker: psutil.Process, temporary: Path) -> None:
        self.most = 0
        self.files = 0
        self._worker = worker
        self._temporary = temporary
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._ended.is_set():
            self.most = max(self.most, memory_of.resident(self._worker))
            self.files = max(self.files, len(list(self._temporary.glob("fetch-*"))))
            time.sleep(0.01)

    def end(self) -> None:
        self._ended.set()
        self._thread.join()


if __name__ == "__main__":
    main()
