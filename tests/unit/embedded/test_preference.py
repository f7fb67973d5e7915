"""Which value of a field counts, of all that a picture says."""

import hashlib
from typing import Any

import pytest

from tests.unit.embedded import building, reading
from wirephoto import model

KIND = model.BlockKind
XMP = {
    "creatorNames": "<dc:creator><rdf:Seq><rdf:li>X</rdf:li></rdf:Seq></dc:creator>",
    "copyrightNotice": f"<dc:rights>{building.alt('X')}</dc:rights>",
    "description": f"<dc:description>{building.alt('X')}</dc:description>",
    "keywords": "<dc:subject><rdf:Bag><rdf:li>X</rdf:li></rdf:Bag></dc:subject>",
}
IIM = {"creatorNames": 80, "copyrightNotice": 116, "description": 120, "keywords": 25}
EXIF = {"creatorNames": 0x013B, "copyrightNotice": 0x8298, "description": 0x010E}
MIRRORS = {
    "creatorNames": "<tiff:Artist>M</tiff:Artist>",
    "copyrightNotice": f"<tiff:Copyright>{building.alt('M')}</tiff:Copyright>",
    "description": f"<tiff:ImageDescription>{building.alt('M')}</tiff:ImageDescription>",
}
WINDOWS = {"creatorNames": 0x9C9D, "description": 0x9C9C, "keywords": 0x9C9E, "title": 0x9C9B}


def chosen(field: str, *sources: str, blank: str = "") -> Any:
    xmp = (XMP.get(field, "") if "xmp" in sources else "") + (
        MIRRORS.get(field, "") if "mirror" in sources else ""
    )
    tags: building.Entries = {}
    if "exif" in sources and field in EXIF:
        tags[EXIF[field]] = building.ascii_("E")
    if "windows" in sources and field in WINDOWS:
        tags[WINDOWS[field]] = (1, "W".encode("utf-16-le") + b"\0\0")
    blocks = [(KIND.XMP, building.packet(xmp + blank)), (KIND.EXIF, building.exif(tags))]
    if "iim" in sources:
        blocks.append((KIND.IIM, building.iim((IIM[field], b"I"))))
    value = reading.of(*blocks)["fields"][field]
    return value[0] if isinstance(value, list) and len(value) == 1 else value


@pytest.mark.parametrize("field", ["creatorNames", "copyrightNotice", "description"])
def test_xmp_comes_before_iim_before_exif_before_mirrors(field: str) -> None:
    everything = ("xmp", "iim", "exif", "mirror", "windows")
    marks = [chosen(field, *everything[start:]) for start in range(4)]
    assert marks == ["X", "I", "E", "M"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("creatorNames", "W"), ("description", "W"), ("keywords", "W"), ("title", "W")],
)
def test_tags_of_windows_come_last(field: str, value: str) -> None:
    assert chosen(field, "windows") == value


@pytest.mark.parametrize(
    "blank", ["<dc:subject/>", "<dc:subject><rdf:Bag><rdf:li> </rdf:li></rdf:Bag></dc:subject>"]
)
def test_a_blank_value_lets_the_next_source_in(blank: str) -> None:
    assert chosen("keywords", "iim", blank=blank) == "I"


def test_a_list_comes_from_one_source_whole() -> None:
    xmp = building.packet("<dc:subject><rdf:Bag><rdf:li>X</rdf:li></rdf:Bag></dc:subject>")
    iim = building.iim((25, b"I"), (25, b"J"))
    assert reading.of((KIND.XMP, xmp), (KIND.IIM, iim))["fields"] == {"keywords": ["X"]}


@pytest.mark.parametrize("digest", ["right", "wrong", "none"])
def test_the_checksum_of_iim_changes_nothing(digest: str) -> None:
    block = building.iim((105, b"I"))
    sums = {"right": hashlib.md5(block).digest(), "wrong": bytes(16)}
    parts = building.resource(0x0425, sums[digest]) if digest in sums else b""
    xmp = building.packet("<photoshop:Headline>X</photoshop:Headline>")
    found = reading.of((KIND.XMP, xmp), (KIND.PHOTOSHOP, parts + building.resource(0x0404, block)))
    assert found["fields"] == {"headline": "X"}


def test_exif_fills_four_fields_of_iptc_alone() -> None:
    tags = {0x4746: (3, b"\5\0"), 0x010E: building.ascii_("d")}
    found = reading.of((KIND.EXIF, building.exif(tags, {0xA420: building.ascii_("f" * 32)})))
    assert found["fields"].keys() == {"description", "tiffImageDescription"}
    assert found["exif"]["Rating"] == 5


def dated(xmp: str = "", iim: bytes = b"", exif: str = "") -> Any:
    inner = {0x9003: building.ascii_(exif)} if exif else None
    blocks = [(KIND.XMP, building.packet(xmp)), (KIND.IIM, iim)]
    blocks += [(KIND.EXIF, building.exif({}, inner))] if inner else []
    return reading.of(*blocks).get("fields", {}).get("dateCreated")


def test_the_date_is_that_of_photoshop_then_iim_then_exif_then_its_mirror() -> None:
    own = "<photoshop:DateCreated>2001</photoshop:DateCreated>"
    mirror = "<exif:DateTimeOriginal>2004-01-01T01:01:01</exif:DateTimeOriginal>"
    later = "<xmp:CreateDate>2005-01-01</xmp:CreateDate><xmp:ModifyDate>2006-01-01</xmp:ModifyDate>"
    iim, exif = building.iim((55, b"20020000")), "2003:01:01 01:01:01"
    assert dated(own + mirror + later, iim, exif) == "2001"
    assert dated(mirror + later, iim, exif) == "2002"
    assert dated(mirror + later, exif=exif) == "2003-01-01T01:01:01"
    assert dated(mirror + later) == "2004-01-01T01:01:01"
    assert dated(later) is None


def test_a_date_that_cannot_be_lets_the_next_source_in() -> None:
    never = "<photoshop:DateCreated>0000-00-00</photoshop:DateCreated>"
    assert dated(never, building.iim((55, b"20020000"))) == "2002"


def test_the_time_created_is_that_of_the_date_in_xmp() -> None:
    xmp = "<photoshop:DateCreated>2001-02-03T04:05:06Z</photoshop:DateCreated>"
    found = reading.of((KIND.XMP, building.packet(xmp)), (KIND.IIM, building.iim((60, b"111111"))))
    assert found["fields"]["timeCreated"] == "04:05:06Z"


def test_a_drawing_says_its_own_title_before_its_xmp() -> None:
    xmp = building.packet(f"<dc:title>{building.alt('X')}</dc:title>")
    found = reading.of((KIND.XMP, xmp), (KIND.TITLE, b"Own"), (KIND.DESCRIPTION, b" "))
    assert found["fields"] == {"title": "Own"}
