"""exiftool writes random values into hundreds of pictures; what we read is what it wrote."""

import random
from pathlib import Path
from typing import Any

import pytest

from tests.files import builders, samples
from tests.fixtures import exiftool
from tests.integration.embedded import oracle
from tests.unit.embedded import reading

pytestmark = exiftool.needed
FORMATS = {
    "jpg": "jpeg baseline",
    "png": "png",
    "gif": "gif",
    "webp": "webp lossy",
    "tif": "tiff strips",
    "avif": "avif",
}
Plan = dict[str, dict[str, Any]]


def lay(folder: Path, name: str, sample: str = "jpeg baseline") -> str:
    (folder / name).write_bytes(samples.sample(sample).data)
    return name


def check(folder: Path, expected: Plan) -> None:
    """Every field as it was written."""
    for name, wanted in expected.items():
        found = reading.fields((folder / name).read_bytes())
        assert {field: found.get(field) for field in wanted} == wanted, name


@pytest.mark.parametrize("letters", ["ascii", "latin", "utf8"])
def test_xmp_of_every_field_is_read_as_it_was_written(tmp_path: Path, letters: str) -> None:
    chance = random.Random(letters)
    ids = list(oracle.IN_XMP)
    plan: Plan = {}
    expected: Plan = {}
    for number in range(40):
        chance.shuffle(ids)
        wanted = ids[:6] if number else oracle.IN_XMP
        name = lay(tmp_path, f"{number}.jpg")
        plan[name], expected[name] = oracle.xmp(chance, letters, wanted)
    exiftool.write(tmp_path, plan)
    check(tmp_path, expected)


@pytest.mark.parametrize(
    ("letters", "options"),
    [
        ("utf8", ["-codedcharacterset=UTF8"]),
        ("utf8", ["-charset", "iptc=UTF8"]),
        ("latin", ["-charset", "iptc=Latin"]),
        ("cp1252", ["-charset", "iptc=cp1252"]),
        ("mac", ["-charset", "iptc=MacRoman", "-IFD0:Software=Photoshop Macintosh"]),
    ],
    ids=["UTF-8 announced", "UTF-8 unannounced", "Latin-1", "Windows-1252", "Mac Roman"],
)
def test_iim_in_several_character_sets_is_read_as_it_was_written(
    tmp_path: Path, letters: str, options: list[str]
) -> None:
    chance = random.Random(f"{letters} {options}")
    plan: Plan = {}
    expected: Plan = {}
    for number in range(40):
        wanted = oracle.IN_IIM if number < 3 else chance.sample(oracle.IN_IIM, 12)
        name = lay(tmp_path, f"{number}.jpg")
        plan[name], expected[name] = oracle.iim(chance, letters, wanted)
    exiftool.write(tmp_path, plan, *options)
    check(tmp_path, expected)


def test_exif_is_read_as_it_was_written(tmp_path: Path) -> None:
    chance = random.Random(4)
    plan: Plan = {}
    expected: Plan = {}
    for number in range(40):
        name = lay(tmp_path, f"{number}.jpg")
        plan[name], expected[name] = oracle.exif(chance, ("ascii", "latin", "utf8")[number % 3])
    exiftool.write(tmp_path, plan)
    for name, wanted in expected.items():
        found = reading.fields((tmp_path / name).read_bytes())
        for side in ("gPSLatitude", "gPSLongitude"):
            assert abs(float(found.pop(side)) - wanted.pop(side)) < 1e-6
        assert {field: found.get(field) for field in wanted} == wanted


def test_every_kind_of_picture_is_read_wherever_it_keeps_its_metadata(tmp_path: Path) -> None:
    chance = random.Random(5)
    plan: Plan = {}
    expected: Plan = {}
    for kind, sample in FORMATS.items():
        for number in range(4):
            name = lay(tmp_path, f"{number}.{kind}", sample)
            tags, wanted = oracle.xmp(chance, "utf8", chance.sample(oracle.IN_XMP, 10))
            if kind in {"jpg", "png", "tif"}:
                more = oracle.iim(chance, "utf8", ["headline", "keywords", "creatorNames"])
                tags |= more[0] | {"IPTC:CodedCharacterSet": "UTF8"}
                wanted = more[1] | wanted
            plan[name], expected[name] = tags, wanted
    exiftool.write(tmp_path, plan)
    check(tmp_path, expected)


def test_xmp_longer_than_a_segment_is_read_whole(tmp_path: Path) -> None:
    name = lay(tmp_path, "long.jpg")
    caption, words = "ä" * 40_000, [f"word {n} 你" for n in range(4000)]
    tags = {"XMP-dc:Description": caption, "XMP-dc:Subject": words, "IPTC:Caption-Abstract": "x"}
    exiftool.write(tmp_path, {name: tags})
    data = (tmp_path / name).read_bytes()
    assert data.count(b"http://ns.adobe.com/xmp/extension/\0") > 1
    check(tmp_path, {name: {"description": caption, "keywords": words}})


def test_iim_longer_than_a_segment_is_read_whole(tmp_path: Path) -> None:
    name = lay(tmp_path, "long.jpg")
    caption = "long " * 14_000 + "end"
    exiftool.write(tmp_path, {name: {"IPTC:Caption-Abstract": caption}}, "-m")
    assert (tmp_path / name).read_bytes().count(b"Photoshop 3.0\0") == 2
    check(tmp_path, {name: {"description": caption}})


def test_a_big_endian_tiff_and_a_bigtiff_are_read(tmp_path: Path) -> None:
    for name, sample in (("big.tif", "tiff big"), ("pages.tif", "tiff pages")):
        lay(tmp_path, name, sample)
    (tmp_path / "hand.tif").write_bytes(builders.tiff(7, 5))
    names = ["pages.tif", "hand.tif"]
    tags = {"XMP-dc:Rights": "Ada", "IFD0:Artist": "Åsa", "IPTC:Headline": "Head"}
    exiftool.write(tmp_path, dict.fromkeys(names, tags))
    wanted = {"copyrightNotice": "Ada", "creatorNames": ["Åsa"], "headline": "Head"}
    check(tmp_path, dict.fromkeys(names, wanted))
