"""How fast is the line? The import of some thousand pictures against ``curl -Z`` of the same.

Both are measured in turn, in memory and on a disk; see README.md beside this file.
"""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import (
    curl,
    installation,
    machine,
    measure,
    origin,
    pictures,
    report,
    scratch,
    wirephoto_run,
)


def main() -> None:
    asked = _arguments()
    try:
        nginx, yardstick = origin.require(), curl.require()
        on = machine.look(asked.disk, nginx, yardstick)
        how = installation.Installation(asked.workers, asked.host_connections)
        settings = [_race(name, asked, nginx, yardstick, how) for name in _asked_for(asked)]
    except measure.CannotRun as why:
        sys.exit(f"bench: {why}")
    report.show(settings, on, how)
    print(f"written to bench/results/{report.write(settings, on, how).name}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=3000, help="pictures (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of each (default %(default)s)")
    parser.add_argument("--only", choices=("memory", "disk"), help="one of the two settings")
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    parser.add_argument(
        "--host-connections", type=int, help="WIREPHOTO_HOST_CONNECTIONS (default: as shipped, 16)"
    )
    parser.add_argument(
        "--disk",
        type=Path,
        default=Path(tempfile.gettempdir()),
        help="folder on the disk to measure (default: the system's temporary folder)",
    )
    asked = parser.parse_args()
    if asked.images < 1 or asked.rounds < 1:
        parser.error("--images and --rounds must be at least 1")
    return asked


def _asked_for(asked: argparse.Namespace) -> list[str]:
    return [asked.only] if asked.only else ["memory", "disk"]


def _race(
    name: str,
    asked: argparse.Namespace,
    nginx: str,
    yardstick: str,
    how: installation.Installation,
) -> measure.Setting:
    """All rounds of a setting, in a folder that is gone afterwards."""
    with scratch.folder(scratch.MEMORY if name == "memory" else asked.disk) as folder:
        place = measure.Place(name, name == "disk", machine.filesystem(folder))
        album = pictures.write(folder / "pictures", asked.images)
        setting = measure.Setting(place, asked.images, album.size, [], [])
        with origin.serving(nginx, album.folder, folder / "nginx") as address:
            urls = [f"{address}/{picture}" for picture in album.names]
            for number in range(asked.rounds):
                with _round(folder / str(number), kept=place.durable) as own:
                    os.sync()  # what is left of the round before is not for this one to write
                    theirs = curl.run(
                        yardstick, urls, album.size, own / "curl", durable=place.durable
                    )
                    os.sync()
                    ours = wirephoto_run.run(how, urls, album.size, own / "wirephoto")
                    setting.curl.append(theirs)
                    setting.wirephoto.append(ours)
                    _tell(setting, number, asked.rounds)
        return setting


@contextlib.contextmanager
def _round(folder: Path, *, kept: bool) -> Iterator[Path]:
    """A round's folder. On a disk it stays until the setting is done.

    ext4 does not use a deleted file's inode again for some seconds, and looks for others one by
    one meanwhile: removing thousands of files would slow down whoever writes next.
    """
    folder.mkdir(mode=0o711)
    yield folder
    if not kept:
        shutil.rmtree(folder)


def _tell(setting: measure.Setting, number: int, rounds: int) -> None:
    theirs, ours = setting.curl[-1].seconds, setting.wirephoto[-1].seconds
    print(
        f"{setting.place.name} {number + 1}/{rounds}: curl {theirs:.2f} s, "
        f"wirephoto {ours:.2f} s, ratio {theirs / ours:.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
