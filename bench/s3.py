"""What does a bucket cost? The same import into a folder and into ``rclone serve s3``, in turn.

Everything is in memory, the bucket's server on the same two cores: what is measured is our way to
a bucket and rclone's work, not a network.
"""

import argparse
import shutil
import statistics
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import (
    bucket,
    dated,
    installation,
    machine,
    measure,
    origin,
    pictures,
    scratch,
    wirephoto_run,
)


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
            with bucket.served(folder / "s3") as there:
                how = installation.Installation(asked.workers, settings=there.settings)
                run = wirephoto_run.run(how, urls, album.size, data, storage=there.objects)
                seconds["bucket"].append(run.seconds)
            shutil.rmtree(data)
            shutil.rmtree(folder / "s3")
            print({name: round(each[-1], 2) for name, each in seconds.items()}, flush=True)
    return seconds


if __name__ == "__main__":
    main()
