"""Pictures changed by chance, over and over, mostly where headers are; seeded, to be made again."""

import functools
import random

from tests.files import samples
from tests.files.hostile import drawings, metadata, polyglots
from tests.unit.embedded import building

LIES = [b"\0", b"\xff", b"\x7f", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff" * 8]
LONGEST = 60_000


@functools.cache
def seeds() -> list[bytes]:
    """Good pictures of every form, and hostile ones that are not too long to be changed often."""
    names = samples.SAVED_NAMES + samples.BUILT_NAMES
    found = [samples.sample(name).data for name in names]
    found += [samples.turned(name, 6) for name in ("jpeg", "png", "webp", "tiff")]
    found += [case.data for case in metadata.cases().values()]
    found += _described()
    found += [case.data for case in polyglots.cases().values()]
    found += [*drawings.dirty("http://spy.invalid").values(), *drawings.recursive().values()]
    found += [case.data for case in drawings.bombs().values()]
    return [data for data in found if len(data) < LONGEST]


def _described() -> list[bytes]:
    """Good metadata, in pictures and on its own."""
    xmp = building.packet(
        f"<dc:title>{building.alt('x')}</dc:title>",
        '<rdf:Description photoshop:City="Wien"/>',
        "<dc:subject><rdf:Bag><rdf:li>a</rdf:li></rdf:Bag></dc:subject>",
    )
    iim = building.iim((105, "Köpfe".encode()), (25, b"a"), (55, b"20240322"), announced=b"\x1b%G")
    exif = building.exif(
        {0x013B: building.ascii_("Ada"), 0x8298: building.ascii_("A\0B")},
        {0x9003: building.ascii_("2024:03:22 01:02:03"), 0x9286: (7, b"UNICODE\0a\0b\0")},
        {1: building.ascii_("N"), 2: building.rational((48, 1), (12, 1), (0, 1))},
    )
    resources = building.resource(0x0404, iim)
    whole = building.jpeg(
        (0xE1, b"Exif\0\0" + exif),
        (0xE1, building.XMP_IN_JPEG + xmp),
        (0xED, building.PHOTOSHOP + resources),
    )
    return [whole, xmp, iim, exif, resources]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Flips, lies, cuts, repeats, gaps and parts of others; most of them near the beginning."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = min(int(chance.expovariate(1 / 150)), len(changed))
        match chance.randint(0, 6):
            case 0 | 1:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 2:
                lie = chance.choice(LIES)
                changed[at : at + len(lie)] = lie
            case 3:
                del changed[at : at + chance.randint(1, 30)]
            case 4:
                changed[at:at] = changed[at : at + chance.randint(1, 60)] * chance.choice(
                    (1, 1, 50)
                )
            case 5:
                other = chance.choice(seeds())
                start = chance.randrange(len(other))
                changed[at:at] = other[start : start + chance.randint(1, 200)]
            case _:
                del changed[chance.randint(0, len(changed)) :]
    return bytes(changed)


def one(chance: random.Random) -> bytes:
    return mutated(chance.choice(seeds()), chance)
