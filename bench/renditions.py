"""How long does a rendition take when it is first asked for, and after that?"""

import argparse
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import backlog, installation, measure, origin, scratch

_ASKED = ("w=320", "w=640", "w=1920", "w=640&fm=webp", "w=640&fm=avif")
_AGAIN = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=6, help="(default %(default)s)")
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder() as folder:
        _measure(asked.pictures, folder)


def _measure(pictures: int, folder: Path) -> None:
    album = folder / "pictures"
    album.mkdir()
    names = [backlog.photograph(album, number) for number in range(pictures)]
    with (
        origin.serving(origin.require(), album, folder / "nginx") as address,
        installation.served(installation.Installation(2), folder) as running,
    ):
        job = running.accept(installation.batch([f"{address}/{name}" for name in names]))
        running.until_finished(job)
        rows = running.ask("GET", f"/api/v1/import/images/status?id={job}")["images"]
        paths = [urlsplit(row["image"]["url"]).path for row in rows]
        _get(running, f"{paths[0]}?w=80")  # the child that decodes has started
        for variant in _ASKED:
            first = [_get(running, f"{path}?{variant}") for path in paths]
            again = [_get(running, f"{path}?{variant}") for path in paths * _AGAIN]
            print(f"| `{variant}` | {statistics.median(first):.0f} ms | {max(first):.0f} ms "
                  f"| {statistics.median(again):.1f} ms | {max(again):.1f} ms |")  # fmt: skip


def _get(running: installation.Running, path: str) -> float:
    """Milliseconds until the whole picture was there."""
    began = time.perf_counter()
    with running.asked("GET", path) as answer:
        body = answer.read()
    if answer.status != 200 or not body:
        raise measure.CannotRun(f"{path} was answered {answer.status}")
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    main()
