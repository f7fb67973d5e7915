"""Metadata made to be read for ever, or into memory without end: it is bounded, and said."""

import time
import tracemalloc
import zlib

import pytest

from tests.files.hostile import metadata
from tests.unit.embedded import reading
from wirephoto import model
from wirephoto.pipeline.embedded import record

SECONDS = 2.0  # of computing, on a machine that does other things besides
KIND = model.BlockKind
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'


def packet(inside: str, before: str = "") -> bytes:
    rdf = f"<rdf:RDF {RDF} {DC}><rdf:Description>{inside}</rdf:Description></rdf:RDF>"
    return (before + rdf).encode()


@pytest.mark.parametrize("name", metadata.cases())
def test_a_hostile_picture_is_read_soon(name: str) -> None:
    blocks = reading.blocks(metadata.cases()[name].data)
    begun = time.process_time()
    found = record.read(blocks)
    assert time.process_time() - begun < SECONDS
    assert found is None or len(found.record) <= record.MOST_BYTES


BOMBS = {
    "a DTD": packet("<dc:title>&a;</dc:title>", '<!DOCTYPE a [<!ENTITY a "b">]>'),
    "an external entity": packet("&a;", '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
    "nested too deeply": packet("<dc:a>" * 9000 + "</dc:a>" * 9000),
    "of more elements than are read": packet("<dc:a/>" * 40_000),
    "of more elements than are read, as items": packet(
        "<dc:subject><rdf:Bag>" + "<rdf:li/>" * 12_000 + "</rdf:Bag></dc:subject>"
    ),
    "of more bytes": packet("<dc:title>" + "x" * 4_000_001 + "</dc:title>"),
    "attributes": packet("<dc:a " + " ".join(f'dc:a{n}="1"' for n in range(60_000)) + "/>"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_xmp_over_a_limit_is_left_out_and_the_rest_is_read(name: str) -> None:
    iim = b"\x1c\x02\x69\x00\x04Head"
    begun = time.process_time()
    found = reading.of((KIND.XMP, BOMBS[name]), (KIND.IIM, iim))
    assert time.process_time() - begun < SECONDS
    assert found["fields"] == {"headline": "Head"}
    assert found["notes"][0].startswith("XMP: a packet was not read: ")


def test_what_is_inflated_is_bounded() -> None:
    bomb = zlib.compress(bytes(20 << 20), 9)
    chunks = [
        b"iTXtXML:com.adobe.xmp\0\1\0\0\0" + bomb,
        b"zTXtRaw profile type iptc\0\0" + bomb,
    ]
    tracemalloc.start()
    found = reading.of(*((KIND.PNG_TEXT, chunk) for chunk in chunks), (KIND.XMP_DEFLATED, bomb))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30 << 20
    assert len(found["notes"]) == 3


def test_a_record_is_bounded_and_names_what_is_left_out() -> None:
    history = "<dc:source>" + "x" * 500_000 + "</dc:source>"
    found = reading.of((KIND.XMP, packet("<dc:rights>Ada</dc:rights>" + history)))
    assert found["fields"] == {"copyrightNotice": "Ada"}
    assert found["notes"] == ["xmp: dc:source is too long to be kept (500002 bytes)"]


def test_a_length_that_is_declared_is_not_believed() -> None:
    said = b"A" * 32
    part = said + b"\xff\xff\xff\xff\0\0\0\0" + b"<a/>"
    main = packet(
        f'<n:HasExtendedXMP xmlns:n="http://ns.adobe.com/xmp/note/">{said.decode()}</n:HasExtendedXMP>'
        "<dc:rights>Ada</dc:rights>"
    )
    found = reading.of((KIND.XMP, main), (KIND.XMP_EXTENSION, part))
    assert found["fields"] == {"copyrightNotice": "Ada"}
    assert found["notes"] == ["XMP: its extension is not whole and was not read"]


def test_directories_that_go_round_end() -> None:
    found = reading.of((KIND.EXIF, metadata.recursive()))
    assert found == {}
    assert reading.of((KIND.EXIF, metadata.lying()))["notes"]
