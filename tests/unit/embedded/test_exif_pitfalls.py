"""EXIF as it is found: times, characters, places, and what is broken in it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.embedded import building, reading
from wirephoto import model
from wirephoto.pipeline.embedded import exif, notes

KIND = model.BlockKind
ARTIST, COPYRIGHT, DESCRIPTION = 0x013B, 0x8298, 0x010E
ORIGINAL, FRACTION, OFFSET = 0x9003, 0x9291, 0x9011


def read(
    main: building.Entries,
    inner: building.Entries | None = None,
    gps: building.Entries | None = None,
) -> dict[str, object]:
    found = reading.of((KIND.EXIF, building.exif(main, inner, gps)))
    assert "notes" not in found
    return dict(found.get("fields", {}))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Zoë".encode(), "Zoë"),
        (b"Zo\xeb", "Zoë"),
        (b"Zo\xeb\x81", "Zoë\ufffd"),
        (b"Ada\0rest", "Ada"),
    ],
)
def test_texts_are_utf8_or_else_windows_1252_and_end_at_nul(raw: bytes, text: str) -> None:
    assert read({ARTIST: building.ascii_(raw)}) == {"creatorNames": [text], "tiffArtist": text}


def test_a_text_of_the_newer_type_is_read() -> None:
    assert read({ARTIST: (129, "Zoë\0".encode())})["creatorNames"] == ["Zoë"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Ada\0Desk", "Ada\nDesk"),
        (b" \0Desk", "Desk"),
        (b"Ada\0", "Ada"),
        (b"Ada", "Ada"),
    ],
)
def test_the_parts_of_a_copyright_are_joined(raw: bytes, text: str) -> None:
    assert read({COPYRIGHT: building.ascii_(raw)})["copyrightNotice"] == text


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ("Ada; Bo", ["Ada", "Bo"]),
        ('"Ada; Co"; Bo', ["Ada; Co", "Bo"]),
        ("Ada;;  ;Bo;", ["Ada", "Bo"]),
        ("Ada, Bo", ["Ada, Bo"]),
    ],
)
def test_artists_are_split_at_semicolons_outside_quotes(raw: str, names: list[str]) -> None:
    assert read({ARTIST: building.ascii_(raw)})["creatorNames"] == names


TIMES = [
    ("2024:03:22 01:02:03", None, None, "2024-03-22T01:02:03"),
    ("2024:03:22 01:02:03", "5 ", "+02:00", "2024-03-22T01:02:03.5+02:00"),
    ("2024:03:22 01:02:03", "050", "      ", "2024-03-22T01:02:03.050"),
    ("2024:03:22 01:02:03", "x", "nowhere", "2024-03-22T01:02:03"),
    ("2024:03:22", "5", "+02:00", "2024-03-22"),
    ("2024:03:00 00:00:00", None, None, "2024-03"),
    ("0000:00:00 00:00:00", None, None, None),
    ("    :  :     :  :  ", None, None, None),
    ("2024:02:30 01:02:03", None, None, None),
]


@pytest.mark.parametrize(("time", "fraction", "offset", "iso"), TIMES)
def test_a_time_has_its_own_fraction_and_zone_and_no_other(
    time: str, fraction: str | None, offset: str | None, iso: str | None
) -> None:
    inner = {ORIGINAL: building.ascii_(time), 0x9010: building.ascii_("+09:00")}
    inner |= {FRACTION: building.ascii_(fraction)} if fraction else {}
    inner |= {OFFSET: building.ascii_(offset)} if offset else {}
    assert read({}, inner).get("dateCreated") == iso


@pytest.mark.parametrize(
    "text",
    ["OLYMPUS DIGITAL CAMERA", "SONY DSC", "DCIM", "DSC01234", "   ", "olympus digital camera"],
)
def test_what_cameras_write_by_themselves_is_no_description(text: str) -> None:
    assert "description" not in read(
        {DESCRIPTION: building.ascii_(text), ARTIST: building.ascii_("A")}
    )


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"ASCII\0\0\0hello", "hello"),
        (b"UNICODE\0" + "héllo".encode("utf-16-le"), "héllo"),
        (b"UNICODE\0\xfe\xff" + "héllo".encode("utf-16-be"), "héllo"),
        (b"JIS\0\0\0\0\0" + "日本".encode("iso2022_jp"), "日本"),
        (bytes(8) + "héllo".encode(), "héllo"),
    ],
)
def test_a_comment_is_read_in_its_code(raw: bytes, text: str) -> None:
    assert read({}, {0x9286: (7, raw)})["userComment"] == text


def test_texts_of_windows_are_utf16() -> None:
    wide = (1, "Zoë;Bo".encode("utf-16-le") + b"\0\0")
    assert read({0x9C9D: wide, 0x9C9E: wide})["creatorNames"] == ["Zoë", "Bo"]
    assert read({0x9C9E: wide})["keywords"] == ["Zoë", "Bo"]


def test_places_are_decimal_degrees() -> None:
    gps = {
        1: building.ascii_("S"),
        2: building.rational((48, 1), (1230, 100), (0, 1)),
        3: building.ascii_("E"),
        4: building.rational((16, 1), (22, 1), (48, 1)),
        5: (1, b"\1"),
        6: building.rational((961, 2)),
    }
    assert read({}, None, gps) == {
        "gPSLatitude": "-48.205",
        "gPSLongitude": "16.38",
        "gPSAltitude": "-480.5",
    }


@pytest.mark.parametrize(
    "parts", [[(48, 0), (1, 1), (1, 1)], [(91, 1), (0, 1), (0, 1)], [(0, 0), (0, 0), (0, 0)]]
)
def test_a_place_that_cannot_be_is_none(parts: list[tuple[int, int]]) -> None:
    gps = {1: building.ascii_("N"), 2: building.rational(*parts)}
    assert read({ARTIST: building.ascii_("A")}, None, gps).keys() == {"creatorNames", "tiffArtist"}


def test_the_second_of_two_blocks_is_ignored_and_one_that_is_split_is_joined() -> None:
    first, second = (building.exif({ARTIST: building.ascii_(name)}) for name in ("Ada", "Bo"))
    two = reading.of((KIND.EXIF, b"Exif\0\0" + first), (KIND.EXIF, b"Exif\0\0" + second))
    assert two["fields"]["creatorNames"] == ["Ada"]
    halves = reading.of((KIND.EXIF, first[:-3]), (KIND.EXIF, b"Exif\0\0" + first[-3:]))
    assert halves["fields"]["creatorNames"] == ["Ada"]


def test_each_value_is_dropped_alone_and_that_is_said() -> None:
    block = bytearray(
        building.exif({ARTIST: building.ascii_("Ada Ada"), COPYRIGHT: building.ascii_("Ada")})
    )
    struct.pack_into("<I", block, 10 + 8, 2**32 - 1)
    found = reading.of((KIND.EXIF, bytes(block)))
    assert found["fields"] == {"copyrightNotice": "Ada", "tiffCopyright": "Ada"}
    assert found["notes"] == ["EXIF: parts of it are damaged and were not read"]


@given(st.binary(max_size=300), st.sampled_from([b"II*\0", b"MM\0*"]))
def test_any_block_is_read_without_an_error(data: bytes, magic: bytes) -> None:
    told = exif.read([magic + data], notes.Notes())
    exif.values(told)


@given(st.data())
def test_a_good_block_with_any_byte_changed_is_read_without_an_error(data: st.DataObject) -> None:
    block = bytearray(
        building.exif(
            {ARTIST: building.ascii_("Ada"), 0x0112: (3, b"\6\0")},
            {ORIGINAL: building.ascii_("2024:03:22 01:02:03")},
            {2: building.rational((48, 1), (12, 1), (0, 1))},
        )
    )
    at = data.draw(st.integers(0, len(block) - 1))
    block[at] = data.draw(st.integers(0, 255))
    exif.values(exif.read([bytes(block)], notes.Notes()))


def test_what_encoders_write_by_themselves_is_no_record_and_an_orientation_is() -> None:
    plain = {0x011A: building.rational((254, 10)), 0x0112: (3, b"\1\0")}
    assert reading.of((KIND.EXIF, building.exif(plain))) == {}
    turned = reading.of((KIND.EXIF, building.exif(plain | {0x0112: (3, b"\6\0")})))
    assert turned["fields"] == {"orientation": "6"}


def test_a_number_over_zero_is_unknown_and_the_others_keep_their_places() -> None:
    lens = building.rational((24, 1), (70, 1), (0, 0), (56, 10))
    block = building.exif({}, {0xA432: lens, 0x9206: building.rational((1, 0))})
    assert reading.of((KIND.EXIF, block))["exif"] == {"LensSpecification": [24.0, 70.0, None, 5.6]}
