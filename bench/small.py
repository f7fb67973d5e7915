"""How many small pictures a second? 20,000 of 3 KB, each different: what a picture costs by itself.

The goal is 3,000. What there is to hash, to look through and to write of such a picture is next to
nothing; what is left is the cost of a request, of its outcome, and of its rows.
"""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import dated, installation, machine, measure, origin, pictures, scratch, spent

_BYTES = 3000
_GOAL = 3000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=20_000, help="pictures (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="imports (default %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    asked = parser.parse_args()
    with measure.or_ended(), scratch.folder() as folder:
        on = asdict(machine.look(folder, origin.require()))
        rounds = _rounds(asked, folder)
        found = spent.medians(rounds)
        speed = 1e6 / found["clock"]
        print(f"{speed:,.0f} images a second in the median of {asked.rounds}, goal {_GOAL:,}")
        for kind, microseconds in found.items():
            print(f"{kind:20} {microseconds:8.0f} µs a picture")
        document = {
            "images": asked.images,
            "bytes": _BYTES,
            "workers": asked.workers,
            "images_a_second": round(speed, 1),
            "microseconds": found,
        }
        path = dated.keep("small", {**document, "rounds": rounds, "machine": on})
        print(f"kept in {path}")


def _rounds(asked: argparse.Namespace, folder: Path) -> list[dict[str, float]]:
    how = installation.Installation(asked.workers)
    album = pictures.write(folder / "pictures", asked.images, _BYTES)
    with origin.serving(origin.require(), album.folder, folder / "nginx") as address:
        rounds = []
        for number in range(asked.rounds):
            rounds.append(spent.of_import(how, album, address, folder / f"round-{number}"))
            print(f"{number + 1}/{asked.rounds}: {1e6 / rounds[-1]['clock']:,.0f}", flush=True)
        return rounds


if __name__ == "__main__":
    main()
