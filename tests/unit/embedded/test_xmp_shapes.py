"""XMP in every shape that RDF allows, and in those that are found instead."""

import hashlib
import itertools
import struct

import pytest

from tests.unit.embedded import building, reading
from wirephoto import model

KIND = model.BlockKind


def fields(*descriptions: str) -> dict[str, object]:
    return dict(reading.of((KIND.XMP, building.packet(*descriptions))).get("fields", {}))


SEQ = "<rdf:Seq><rdf:li>Ada</rdf:li><rdf:li>Bo</rdf:li></rdf:Seq>"
CREATORS = {
    "seq": f"<dc:creator>{SEQ}</dc:creator>",
    "bag for seq": f"<dc:creator>{SEQ.replace('Seq', 'Bag')}</dc:creator>",
    "alt for seq": f"<dc:creator>{SEQ.replace('Seq', 'Alt')}</dc:creator>",
    "numbered": "<dc:creator><rdf:Seq><rdf:_1>Ada</rdf:_1><rdf:_2>Bo</rdf:_2></rdf:Seq>"
    "</dc:creator>",
    "blank items": f"<dc:creator>{SEQ}</dc:creator>".replace("<rdf:li>Bo", "<rdf:li/><rdf:li>Bo"),
}


@pytest.mark.parametrize("shape", CREATORS)
def test_a_list_is_read_in_any_container(shape: str) -> None:
    assert fields(CREATORS[shape]) == {"creatorNames": ["Ada", "Bo"]}


def test_a_text_in_place_of_a_list_is_a_list_of_one_and_is_not_split() -> None:
    assert fields("<dc:subject>sea, boats; dawn</dc:subject>") == {"keywords": ["sea, boats; dawn"]}


SINGLES = {
    "element": "<photoshop:City>Wien</photoshop:City>",
    "attribute": '<rdf:Description photoshop:City="Wien" rdf:about=""/>',
    "without about": '<rdf:Description photoshop:City="Wien"/>',
    "resource": '<photoshop:City rdf:resource="Wien"/>',
    "list": "<photoshop:City><rdf:Bag><rdf:li/><rdf:li>Wien</rdf:li></rdf:Bag></photoshop:City>",
    "qualified": '<photoshop:City rdf:parseType="Resource"><rdf:value>Wien</rdf:value>'
    "<dc:source>x</dc:source></photoshop:City>",
    "qualified, described": "<photoshop:City><rdf:Description><rdf:value>Wien</rdf:value>"
    "<dc:source>x</dc:source></rdf:Description></photoshop:City>",
    "twice": "<photoshop:City>Wien</photoshop:City><photoshop:City>Graz</photoshop:City>",
    "other prefix": '<p:City xmlns:p="http://ns.adobe.com/photoshop/1.0/">Wien</p:City>',
    "white space": "<photoshop:City>\r\n  Wien\t</photoshop:City>",
}


@pytest.mark.parametrize("shape", SINGLES)
def test_a_simple_value_is_read_in_any_form(shape: str) -> None:
    assert fields(SINGLES[shape]) == {"cityName": "Wien"}


def test_properties_stand_in_any_number_of_descriptions() -> None:
    assert fields("<photoshop:City>A</photoshop:City>", "<photoshop:State>B</photoshop:State>") == {
        "cityName": "A",
        "provinceState": "B",
    }


def test_a_name_counts_with_its_namespace_alone() -> None:
    wrong = (
        '<photoshop:City xmlns:photoshop="http://ns.adobe.com/photoshop/2.0/">X</photoshop:City>'
    )
    assert fields(wrong, "<core:Location>Kai</core:Location>") == {"sublocationName": "Kai"}


STRUCTURES = {
    "described": "<core:CreatorContactInfo><rdf:Description><core:CiAdrCity>Wien</core:CiAdrCity>"
    "<core:CiEmailWork>a@b</core:CiEmailWork></rdf:Description></core:CreatorContactInfo>",
    "resource": '<core:CreatorContactInfo rdf:parseType="Resource"><core:CiAdrCity>Wien'
    "</core:CiAdrCity><core:CiEmailWork>a@b</core:CiEmailWork></core:CreatorContactInfo>",
    "attributes": '<core:CreatorContactInfo core:CiAdrCity="Wien" core:CiEmailWork="a@b"/>',
    "attributes of a description": '<core:CreatorContactInfo><rdf:Description core:CiAdrCity="Wien"'
    ' core:CiEmailWork="a@b"/></core:CreatorContactInfo>',
    "typed": '<core:CreatorContactInfo><core:ContactInfo core:CiAdrCity="Wien"><core:CiEmailWork>'
    "a@b</core:CiEmailWork></core:ContactInfo></core:CreatorContactInfo>",
}


@pytest.mark.parametrize("shape", STRUCTURES)
def test_a_structure_is_read_in_any_form(shape: str) -> None:
    assert fields(STRUCTURES[shape]) == {"creatorContactInfo": {"city": "Wien", "emailwork": "a@b"}}


@pytest.mark.parametrize("container", ["Bag", "Seq"])
def test_structures_in_a_list_may_mix_forms(container: str) -> None:
    licensors = (
        f'<plus:Licensor><rdf:{container}><rdf:li rdf:parseType="Resource"><plus:LicensorName>A'
        '</plus:LicensorName></rdf:li><rdf:li plus:LicensorName="B"/><rdf:li><rdf:Description>'
        "<plus:LicensorName>C</plus:LicensorName></rdf:Description></rdf:li>"
        f"</rdf:{container}></plus:Licensor>"
    )
    names = [{"licensorName": name} for name in "ABC"]
    assert fields(licensors) == {"licensors": names}


ALTERNATIVES = [
    (building.alt("x"), "x"),
    (building.alt("d", "de").replace("</rdf:Alt>", building.alt("x", "X-Default")[9:]), "x"),
    ('<rdf:Alt><rdf:li xml:lang="de">d</rdf:li><rdf:li xml:lang="en">e</rdf:li></rdf:Alt>', "d"),
    ('<rdf:Alt><rdf:li xml:lang="x-default"/><rdf:li xml:lang="en">e</rdf:li></rdf:Alt>', "e"),
    ("<rdf:Alt><rdf:li>bare</rdf:li></rdf:Alt>", "bare"),
    ("<rdf:Bag><rdf:li>bag</rdf:li></rdf:Bag>", "bag"),
    ("plain", "plain"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "text"), ALTERNATIVES)
def test_of_languages_the_default_counts_or_the_first_that_says_something(
    written: str, text: str
) -> None:
    assert fields(f"<dc:description>{written}</dc:description>") == {"description": text}


def test_all_languages_stay_in_the_record() -> None:
    written = '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">a</rdf:li>'
    written += '<rdf:li xml:lang="de">b</rdf:li></rdf:Alt></dc:title>'
    found = reading.of((KIND.XMP, building.packet(written)))
    assert found["xmp"] == {"dc:title": {"x-default": "a", "de": "b"}}


def test_rights_and_ai_fields_are_read_and_unknown_properties_are_kept() -> None:
    url = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-GENAIMLTRAINING"
    found = reading.of(
        (
            KIND.XMP,
            building.packet(
                f"<plus:DataMining>{url}</plus:DataMining><ext:AISystemUsed>Painter</ext:AISystemUsed>"
                "<ext:AIPromptInformation>a boat</ext:AIPromptInformation>"
                '<own:thing xmlns:own="urn:own">1</own:thing>'
            ),
        )
    )
    assert found["fields"] == {
        "aIPromptInformation": "a boat",
        "aISystemUsed": "Painter",
        "dataMining": url,
    }
    assert found["xmp"]["{urn:own}thing"] == "1"


GPS = [("48,16.5N", "48.275"), ("48,16,30S", "-48.275"), ("16,0.6W", "-16.01"), ("x", "x")]


@pytest.mark.parametrize(("written", "read"), GPS)
def test_coordinates_are_decimal_degrees(written: str, read: str) -> None:
    assert fields(f"<exif:GPSLatitude>{written}</exif:GPSLatitude>") == {"gPSLatitude": read}


def test_an_altitude_is_a_number_below_the_sea_a_negative_one() -> None:
    written = (
        "<exif:GPSAltitude>961/2</exif:GPSAltitude><exif:GPSAltitudeRef>1</exif:GPSAltitudeRef>"
    )
    assert fields(written) == {"gPSAltitude": "-480.5"}


def test_a_reference_in_the_wrong_namespace_is_read_inside_a_location() -> None:
    written = (
        '<ext:LocationShown><rdf:Bag><rdf:li rdf:parseType="Resource">'
        "<ext:GPSAltitudeRef>0</ext:GPSAltitudeRef></rdf:li></rdf:Bag></ext:LocationShown>"
    )
    assert fields(written) == {"locationsShown": [{"gpsAltitudeRef": "0"}]}


def test_an_agent_in_place_of_a_name_is_its_title() -> None:
    agent = (
        '<cc:Agent xmlns:cc="http://creativecommons.org/ns#"><dc:title>Ada</dc:title></cc:Agent>'
    )
    assert fields(f"<dc:creator>{agent}</dc:creator>") == {"creatorNames": ["Ada"]}


CITY = building.rdf("<photoshop:City>Zürich</photoshop:City>")
ENCODINGS = {
    "utf-8 with mark": b"\xef\xbb\xbf" + CITY.encode(),
    "utf-16 le, marked": b"\xff\xfe" + CITY.encode("utf-16-le"),
    "utf-16 be, marked": b"\xfe\xff" + CITY.encode("utf-16-be"),
    "utf-16 le": CITY.encode("utf-16-le"),
    "utf-16 be": CITY.encode("utf-16-be"),
    "utf-32 le": CITY.encode("utf-32-le"),
    "utf-32 be, marked": b"\0\0\xfe\xff" + CITY.encode("utf-32-be"),
    "windows-1252 in one place": CITY.encode().replace("ü".encode(), b"\xfc"),
    "declared as another": b'<?xml version="1.0" encoding="UTF-16"?>' + CITY.encode(),
    "single quotes": CITY.replace('"', "'").encode(),
    "no wrapper": CITY.encode(),
    "bytes after the end": building.packet("<photoshop:City>Zürich</photoshop:City>")
    + b"\xff<junk",
    "NULs after the end": CITY.encode() + bytes(500),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_packet_is_read_in_any_encoding_and_wrapping(name: str) -> None:
    assert reading.of((KIND.XMP, ENCODINGS[name]))["fields"] == {"cityName": "Zürich"}


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "&#0;", "&#x0;", "&#x1F;", "&#31;", "\ufffe"])
def test_characters_that_xml_forbids_are_left_out_and_that_is_said(bad: str) -> None:
    data = building.packet(f"<photoshop:City>Zür{bad}ich</photoshop:City>")
    found = reading.of((KIND.XMP, data))
    assert found["fields"] == {"cityName": "Zürich"}
    assert found["notes"] == ["XMP: characters that XML forbids were left out"]


BROKEN = {
    "bare ampersand": building.packet("<photoshop:City>A & B</photoshop:City>"),
    "undeclared prefix": building.packet("<nobody:City>A</nobody:City>"),
    "cut off": building.packet("<photoshop:City>A</photoshop:City>").partition(b"</rdf:RDF>")[0],
    "not XML": b"nothing of the kind",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_packet_that_cannot_be_read_is_said_and_hides_no_other_source(name: str) -> None:
    found = reading.of((KIND.XMP, BROKEN[name]), (KIND.IIM, building.iim((105, b"Head"))))
    assert found["fields"] == {"headline": "Head"}
    assert found["notes"] == ["XMP: a packet was not read: not well-formed"]


@pytest.mark.parametrize("room", [b"", b" " * 2048, b"\n\t \0"])
def test_room_that_is_kept_for_a_packet_says_nothing_and_is_no_fault(room: bytes) -> None:
    assert reading.of((KIND.XMP, room)) == {}
    good = building.packet("<photoshop:City>A</photoshop:City>")
    assert reading.of((KIND.XMP, room), (KIND.XMP, good))["fields"] == {"cityName": "A"}


def test_of_several_packets_the_first_that_can_be_read_counts() -> None:
    good = [building.packet(f"<photoshop:City>{name}</photoshop:City>") for name in "AB"]
    found = reading.of(*((KIND.XMP, data) for data in (b"<broken", *good)))
    assert found["fields"] == {"cityName": "A"}


def extended(main: str, more: str, **changed: int) -> list[tuple[model.BlockKind, bytes]]:
    text = building.rdf(more).encode()
    guid = hashlib.md5(text).hexdigest().upper()
    blocks = [(KIND.XMP, building.packet(f'<rdf:Description note:HasExtendedXMP="{guid}"/>', main))]
    cuts = [0, 100, 150, len(text)]  # anywhere, inside a character too
    parts = list(itertools.pairwise(cuts))
    for number in (2, 0, 1):
        start, end = parts[number]
        full = changed.get("full", len(text))
        head = guid.encode() + struct.pack(">II", full, start + changed.get("shift", 0))
        blocks.append((KIND.XMP_EXTENSION, head + text[start:end]))
    return blocks[: changed.get("blocks", 4)]


def test_an_extension_is_joined_by_offset_and_the_main_packet_wins() -> None:
    both = "<photoshop:City>{}</photoshop:City>"
    blocks = extended(
        both.format("main"), both.format("ä") + "<photoshop:State>S</photoshop:State>"
    )
    assert reading.of(*blocks)["fields"] == {"cityName": "main", "provinceState": "S"}


@pytest.mark.parametrize(
    "changed", [{"full": 10}, {"full": 2**32 - 1}, {"shift": 1}, {"blocks": 3}, {"blocks": 1}]
)
def test_an_extension_that_is_not_whole_is_dropped_and_said(changed: dict[str, int]) -> None:
    blocks = extended(
        "<photoshop:City>A</photoshop:City>", "<photoshop:State>S</photoshop:State>", **changed
    )
    found = reading.of(*blocks)
    assert found["fields"] == {"cityName": "A"}
    assert found["notes"] == ["XMP: its extension is not whole and was not read"]


def test_an_extension_that_the_main_packet_does_not_name_is_ignored() -> None:
    (_, main), *parts = extended("", "<photoshop:State>S</photoshop:State>")
    named = main.replace(b"note:HasExtendedXMP", b"dc:source")
    assert "fields" not in reading.of((KIND.XMP, named), *parts)


def test_credentials_elsewhere_are_said() -> None:
    url = "https://example.org/manifest.c2pa"
    found = reading.of(
        (KIND.XMP, building.packet(f"<dcterms:provenance>{url}</dcterms:provenance>"))
    )
    assert found["contentCredentials"] == {"url": url}
