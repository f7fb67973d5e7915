"""Where do a picture's microseconds go? Processor time of each kind of process, for one import.

Processor time is steadier than the clock on a machine that does other things besides.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import dated, installation, machine, measure, origin, pictures, scratch, spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=3000, help="pictures (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="imports (default %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder() as folder:
        on = asdict(machine.look(folder, origin.require()))
        rounds = _rounds(asked, folder)
        found = spent.medians(rounds)
        for kind, microseconds in found.items():
            print(f"{kind:20} {microseconds:8.0f} µs a picture")
        document = {"images": asked.images, "workers": asked.workers, "microseconds": found}
        path = dated.keep("cost", {**document, "rounds": rounds, "machine": on})
        print(f"kept in {path}")


def _rounds(asked: argparse.Namespace, folder: Path) -> list[dict[str, float]]:
    how = installation.Installation(asked.workers)
    album = pictures.write(folder / "pictures", asked.images)
    with origin.serving(origin.require(), album.folder, folder / "nginx") as address:
        return [
            spent.of_import(how, album, address, folder / f"round-{number}")
            for number in range(asked.rounds)
        ]


if __name__ == "__main__":
    main()
