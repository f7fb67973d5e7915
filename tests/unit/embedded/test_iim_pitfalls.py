"""IIM as it is found: character sets, lengths, dates, prefixes, and where Photoshop keeps it."""

import struct
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.embedded import building, reading
from wirephoto import model

KIND = model.BlockKind
UTF8 = b"\x1b%G"


def fields(*values: tuple[int, bytes], announced: bytes = b"") -> dict[str, object]:
    block = building.iim(*values, announced=announced)
    return dict(reading.of((KIND.IIM, block)).get("fields", {}))


SETS = {
    "utf-8 announced": (UTF8, "Zürich".encode()),
    "utf-8 level 1": (b"\x1b%/G", "Zürich".encode()),
    "utf-8 unannounced": (b"", "Zürich".encode()),
    "latin-1 announced": (b"\x1b.A", b"Z\xfcrich"),
    "latin-1 in G1": (b"\x1b-A", b"Z\xfcrich"),
    "latin-1 announced, utf-8 written": (b"\x1b,A", "Zürich".encode()),
    "utf-8 announced, windows-1252 written": (UTF8, b"Z\xfcrich"),
    "windows-1252 unannounced": (b"", b"Z\xfcrich"),
    "an unknown set": (b"\x1b(B", b"Z\xfcrich"),
}


@pytest.mark.parametrize("name", SETS)
def test_characters_are_read_as_they_are_whatever_is_announced(name: str) -> None:
    announced, value = SETS[name]
    assert fields((90, value), announced=announced) == {"cityName": "Zürich"}


def test_one_decision_holds_for_the_block() -> None:
    assert fields((90, "Zürich".encode()), (105, b"caf\xe9")) == {
        "cityName": "ZÃ¼rich",
        "headline": "café",
    }


def test_the_set_counts_wherever_it_stands() -> None:
    late = building.iim((90, "Zürich".encode())) + building.dataset(90, UTF8, 1)
    assert reading.of((KIND.IIM, late))["fields"] == {"cityName": "Zürich"}


@pytest.mark.parametrize(
    "sign", [(65, b"Photo Macintosh"), (105, "“x”".encode("mac-roman") + b"\x8d")]
)
def test_mac_roman_is_taken_where_there_is_a_sign_for_it(sign: tuple[int, bytes]) -> None:
    found = fields((90, "Zürich é…".encode("mac-roman")), sign)
    assert found["cityName"] == "Zürich é…"


def test_without_a_sign_bytes_of_windows_1252_are_not_taken_for_mac_roman() -> None:
    assert fields((90, b"caf\x8e")) == {"cityName": "cafŽ"}


def test_a_program_on_a_macintosh_named_elsewhere_is_a_sign() -> None:
    xmp = building.packet("<xmp:CreatorTool>Photoshop (Macintosh)</xmp:CreatorTool>")
    block = building.iim((90, "Zürich".encode("mac-roman")))
    assert reading.of((KIND.XMP, xmp), (KIND.IIM, block))["fields"]["cityName"] == "Zürich"


def test_what_windows_1252_lacks_becomes_a_replacement_where_latin_is_announced() -> None:
    assert fields((90, b"\x81\xfc"), announced=b"\x1b.A") == {"cityName": "\ufffdü"}


def test_a_character_cut_by_a_limit_is_lost_alone() -> None:
    cut = ("x" * 31 + "ü").encode()[:32]
    assert fields((90, cut), announced=UTF8) == {"cityName": "x" * 31}
    assert fields((90, cut)) == {"cityName": "x" * 31}
    assert fields((90, b"caf\xe9")) == {"cityName": "café"}


@given(st.lists(st.tuples(st.sampled_from([5, 25, 80, 90, 105, 120]), st.binary(max_size=40))))
def test_any_bytes_decode_without_an_error(values: list[tuple[int, bytes]]) -> None:
    fields(*values)
    fields(*values, announced=UTF8)


@given(st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=60))
def test_utf8_is_read_back(text: str) -> None:
    found = fields((120, text.encode()), announced=UTF8)
    assert found == {"description": unicodedata.normalize("NFC", text)}


def test_lengths_of_more_bytes_are_read_and_empty_ones_are_empty() -> None:
    long = b"x" * 70_000
    head = b"\x1c\x02\x78\x80\x04" + struct.pack(">I", len(long))
    empty = b"\x1c\x02\x69\x80\x00"
    block = empty + head + long + building.dataset(90, b"Wien")
    assert reading.of((KIND.IIM, block))["fields"] == {
        "cityName": "Wien",
        "description": long.decode(),
    }


@pytest.mark.parametrize(
    "end",
    [
        b"\x1c\x02\x78\xff\xff",
        b"\x1c\x02\x78\x80\x05\0\0\0\0\1",
        b"\x1c\x02\x78\x80\x04\xff\xff\xff\xff",
        b"\x1c\x02\x78\0\x09cut",
        b"\x1c\x02",
    ],
)
def test_what_runs_past_the_end_is_left_and_the_rest_is_kept(end: bytes) -> None:
    found = reading.of((KIND.IIM, building.iim((105, b"Head")) + end))
    assert found["fields"] == {"headline": "Head"}
    assert found["notes"] == ["IIM: it ends inside a dataset"]


@pytest.mark.parametrize("filler", [b"", bytes(3), b"\xff\xff", b" "])
def test_the_end_is_quiet(filler: bytes) -> None:
    found = reading.of((KIND.IIM, building.iim((105, b"Head")) + filler))
    assert found == {"fields": {"headline": "Head"}, "iim": {"2:105": "Head"}}


def test_other_records_are_passed_over_in_any_order() -> None:
    block = building.dataset(105, b"Head") + building.dataset(5, b"no", 240)
    block += building.dataset(90, b"no", 3) + building.dataset(0, b"\0\x04")
    assert reading.of((KIND.IIM, block))["iim"] == {"2:105": "Head"}


def test_padding_is_stripped_and_blank_values_are_absent() -> None:
    assert fields((105, b"Head  \0\0 "), (90, b"  \0"), (25, b""), (25, b"a ")) == {
        "headline": "Head",
        "keywords": ["a"],
    }


def test_repeated_datasets_are_a_list_in_their_order_and_of_others_the_last_counts() -> None:
    given = [
        (25, b"b"),
        (80, b"Ada"),
        (25, b"a"),
        (80, b"Bo"),
        (105, b"x"),
        (105, b"y"),
        (105, b""),
    ]
    assert fields(*given, (122, b"one"), (122, b"two"), (85, b"Staff")) == {
        "creatorNames": ["Ada", "Bo"],
        "jobtitle": "Staff",
        "captionWriter": ["one", "two"],
        "headline": "y",
        "keywords": ["b", "a"],
    }


def test_keywords_in_one_dataset_are_not_split() -> None:
    assert fields((25, b"sea, boats; dawn")) == {"keywords": ["sea, boats; dawn"]}


def test_prefixes_are_taken_off() -> None:
    assert fields((4, b"000:Actuality"), (12, b"IPTC:01002003:a:b:c"), (12, b"free text")) == {
        "intellectualGenre": "Actuality",
        "subjectCodes": ["01002003", "free text"],
    }


DATES = [
    (b"20240322", b"010203+0200", "2024-03-22T01:02:03+02:00"),
    (b"20240322", b"010203", "2024-03-22T01:02:03"),
    (b"20240322", b"01:02:03+02:00", "2024-03-22T01:02:03+02:00"),
    (b"20240322", b"", "2024-03-22"),
    (b"20240322", b"      ", "2024-03-22"),
    (b"20240322", b"250000+0000", "2024-03-22"),
    (b"2024-03-22", b"", "2024-03-22"),
    (b"2024:03:22", b"", "2024-03-22"),
    (b"19180000", b"", "1918"),
    (b"19180500", b"", "1918-05"),
    (b"19180500", b"010203", "1918-05"),
    (b"00000000", b"", None),
    (b"00000322", b"", None),
    (b"20240231", b"", None),
    (b"20241301", b"", None),
    (b"        ", b"010203", None),
    (b"yesterday", b"", None),
]


@pytest.mark.parametrize(("date", "clock", "read"), DATES)
def test_dates_are_kept_as_far_as_they_are_known(
    date: bytes, clock: bytes, read: str | None
) -> None:
    found = fields((55, date), (60, clock))
    assert found.get("dateCreated") == read


def test_a_time_without_date_is_no_date_but_a_time() -> None:
    assert fields((60, b"010203+0200")) == {"timeCreated": "01:02:03+02:00"}


def test_resources_are_joined_over_segments_before_they_are_read() -> None:
    block = building.iim((105, b"Head"), (120, b"x" * 900))
    whole = building.resource(0x0425, bytes(16)) + building.resource(0x0404, block)
    parts = [whole[:40], whole[40:500], whole[500:]]
    data = building.jpeg(*((0xED, building.PHOTOSHOP + part) for part in parts))
    assert reading.fields(data) == {"headline": "Head", "description": "x" * 900}


RESOURCES = {
    "named": building.resource(0x0404, building.iim((105, b"Head")), b"\x03abc"),
    "odd before": building.resource(0x0408, b"abc")
    + building.resource(0x0404, building.iim((105, b"Head"))),
    "no pad at the end": building.resource(0x0404, building.iim((105, b"Head")))[:-1],
    "other marks": building.resource(1, b"ab", mark=b"PHUT")
    + building.resource(0x0404, building.iim((105, b"Head"))),
    "empty first": building.resource(0x0404, b"")
    + building.resource(0x0404, building.iim((105, b"Head"))),
    "second ignored": building.resource(0x0404, building.iim((105, b"Head")))
    + building.resource(0x0404, building.iim((105, b"Other"))),
}


@pytest.mark.parametrize("name", RESOURCES)
def test_resources_are_read_in_any_form(name: str) -> None:
    found = reading.of((KIND.PHOTOSHOP, RESOURCES[name]))
    assert found["fields"]["headline"].startswith("Head")
    assert "notes" not in found


def test_resources_that_are_cut_off_give_what_is_whole() -> None:
    whole = building.resource(0x0404, building.iim((105, b"Head"), (120, b"x" * 100)))
    found = reading.of((KIND.PHOTOSHOP, whole[:-60]))
    assert found["fields"] == {"headline": "Head"}
    assert found["notes"] == [
        "Photoshop: the resources end inside one of them",
        "IIM: it ends inside a dataset",
    ]


def test_other_kinds_of_app13_are_skipped() -> None:
    other = b"Adobe_Photoshop2.5:" + building.resource(0x0404, building.iim((105, b"No")))
    assert reading.whole(building.jpeg((0xED, other), (0xED, b"Adobe_CM\0"))) == {}


def test_a_url_among_the_resources_stands_in_for_a_statement_of_rights() -> None:
    url = building.resource(0x040B, b"https://example.org/rights")
    assert reading.of((KIND.PHOTOSHOP, url))["fields"] == {
        "webstatementRights": "https://example.org/rights"
    }
    own = building.packet("<xmpRights:WebStatement>https://own</xmpRights:WebStatement>")
    both = reading.of((KIND.XMP, own), (KIND.PHOTOSHOP, url))
    assert both["fields"]["webstatementRights"] == "https://own"
