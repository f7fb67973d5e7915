"""Where each kind of picture keeps its metadata, in the ways that writers do it."""

import binascii
import struct
import zlib
from typing import Any

import pytest
import pyvips

from tests.files import builders, shown
from tests.unit.embedded import building, reading

CITY = building.packet("<photoshop:City>Wien</photoshop:City>")
HEAD = building.iim((105, b"Head"))
TIFF = building.exif({0x013B: building.ascii_("Ada")})
ADA = {"creatorNames": ["Ada"], "tiffArtist": "Ada"}


def png(*chunks: tuple[bytes, bytes], after: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
    made = [builders.chunk(name, content) for name, content in chunks]
    late = tuple(builders.chunk(name, content) for name, content in after)
    return builders.png(7, 5, *made, after=late)


def profile(name: str, data: bytes, *, count: int | None = None) -> bytes:
    digits = binascii.hexlify(data).decode()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    stated = len(data) if count is None else count
    return f"\n{name}\n{stated:8}\n{lines}\n".encode()


def raw(kind: str, data: bytes) -> tuple[bytes, bytes]:
    text = zlib.compress(profile(kind, data))
    return b"zTXt", f"Raw profile type {kind}".encode() + b"\0\0" + text


Cases = dict[str, tuple[bytes, dict[str, Any]]]
ITXT = b"XML:com.adobe.xmp\0"
JPEGS: Cases = {
    "xmp": (building.jpeg((0xE1, building.XMP_IN_JPEG + CITY)), {"cityName": "Wien"}),
    "xmp after the head of an agency": (
        building.jpeg((0xE1, b"XMP\0://ns.adobe.com/xap/1.0/\0" + CITY)),
        {"cityName": "Wien"},
    ),
    "exif after JFIF": (building.jpeg((0xE0, b"JFIF\0"), (0xE1, b"Exif\0\0" + TIFF)), ADA),
    "after the end": (building.jpeg(after=building.jpeg((0xE1, building.XMP_IN_JPEG + CITY))), {}),
    "in a comment": (building.jpeg((0xFE, building.XMP_IN_JPEG + CITY)), {}),
}
PNGS: Cases = {
    "itxt": (png((b"iTXt", ITXT + b"\0\0\0\0" + CITY)), {"cityName": "Wien"}),
    "itxt after the data": (
        png(after=((b"iTXt", ITXT + b"\0\0\0\0" + CITY),)),
        {"cityName": "Wien"},
    ),
    "itxt with a language": (
        png((b"iTXt", ITXT + b"\0\0en\0translated\0" + CITY)),
        {"cityName": "Wien"},
    ),
    "itxt compressed": (
        png((b"iTXt", ITXT + b"\1\0\0\0" + zlib.compress(CITY))),
        {"cityName": "Wien"},
    ),
    "exif": (png((b"eXIf", TIFF)), ADA),
    "exif after the data, with a prefix": (png(after=((b"eXIf", b"Exif\0\0" + TIFF),)), ADA),
    "raw iptc, bare": (png(raw("iptc", HEAD)), {"headline": "Head"}),
    "raw iptc, resources": (
        png(raw("iptc", building.resource(0x0404, HEAD))),
        {"headline": "Head"},
    ),
    "raw 8bim": (png(raw("8bim", building.resource(0x0404, HEAD))), {"headline": "Head"}),
    "raw APP1, exif": (png(raw("APP1", b"Exif\0\0" + TIFF)), ADA),
    "raw APP1, xmp": (png(raw("APP1", building.XMP_IN_JPEG + CITY)), {"cityName": "Wien"}),
    "raw xmp as text": (
        png((b"tEXt", b"Raw profile type xmp\0" + profile("xmp", CITY))),
        {"cityName": "Wien"},
    ),
    "itxt before raw xmp": (
        png(raw("xmp", CITY.replace(b"Wien", b"Graz")), (b"iTXt", ITXT + b"\0\0\0\0" + CITY)),
        {"cityName": "Wien"},
    ),
    "exif before raw exif": (
        png(raw("exif", TIFF.replace(b"Ada", b"Bo\0")), (b"eXIf", TIFF)),
        ADA,
    ),
    "plain texts are none of ours": (png((b"tEXt", b"Author\0Ada")), {}),
}


def gif(*blocks: bytes) -> bytes:
    return builders.gif(7, 5, *blocks, builders.gif_image(7, 5))


def application(name: bytes, data: bytes) -> bytes:
    parts = [data[at : at + 255] for at in range(0, len(data), 255)]
    framed = b"".join(bytes((len(part),)) + part for part in parts)
    return b"!\xff\x0b" + name + framed + b"\0"


TRAILER = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
GIF_XMP = b"!\xff\x0bXMP DataXMP"
LATE = builders.gif(7, 5, builders.gif_image(7, 5), GIF_XMP + CITY + TRAILER)
GIFS: Cases = {
    "xmp with trailer": (gif(GIF_XMP + CITY + TRAILER), {"cityName": "Wien"}),
    "xmp after all frames": (LATE, {"cityName": "Wien"}),
    "xmp in sub-blocks": (gif(application(b"XMP DataXMP", CITY)), {"cityName": "Wien"}),
    "iptc of ImageMagick": (gif(application(b"MGKIPTC0000", HEAD)), {"headline": "Head"}),
    "8bim of ImageMagick": (
        gif(application(b"MGK8BIM0000", building.resource(0x0404, HEAD))),
        {"headline": "Head"},
    ),
    "a comment is none of ours": (gif(b"!\xfe\x05hello\0"), {}),
}


def webp(*chunks: tuple[bytes, bytes], flags: int = 0) -> bytes:
    made = [builders.riff_chunk(name, data) for name, data in chunks]
    return builders.webp(builders.vp8x(7, 5, flags), builders.vp8(7, 5), *made)


WEBPS: Cases = {
    "xmp without its flag": (webp((b"XMP ", CITY)), {"cityName": "Wien"}),
    "xmp as ImageMagick names it": (webp((b"XMP\0", CITY)), {"cityName": "Wien"}),
    "exif": (webp((b"EXIF", TIFF), flags=8), ADA),
    "exif with a prefix": (webp((b"EXIF", b"Exif\0\0" + TIFF)), ADA),
    "the first of two": (webp((b"EXIF", TIFF), (b"EXIF", TIFF.replace(b"Ada", b"Bo\0"))), ADA),
}


def tiff(tag: int, kind: int, data: bytes, *, count: int | None = None, more: int = 0) -> bytes:
    """With the value of a tag behind the picture; 34377 behind that, where wanted."""
    size = {1: 1, 4: 4, 7: 1, 2: 1}[kind]
    place = len(
        builders.tiff(7, 5, more={tag: (kind, 9, 0)} | ({34377: (7, 9, 0)} if more else {}))
    )
    number = -(-len(data) // size) if count is None else count
    entries = {tag: (kind, number, place)}
    resources = building.resource(0x0404, HEAD)
    if more:
        entries[34377] = (7, len(resources), place + len(data) + 3)
    padded = data + bytes(3) + (resources if more else b"")
    return builders.tiff(7, 5, more=entries) + padded


TIFFS: Cases = {
    "xmp as bytes": (tiff(700, 1, CITY), {"cityName": "Wien"}),
    "xmp as undefined": (tiff(700, 7, CITY), {"cityName": "Wien"}),
    "iim as longs, with filler": (tiff(33723, 4, HEAD), {"headline": "Head"}),
    "iim as bytes": (tiff(33723, 1, HEAD), {"headline": "Head"}),
    "iim turned round in fours": (
        tiff(33723, 4, b"".join((HEAD + bytes(3))[at : at + 4][::-1] for at in range(0, 12, 4))),
        {"headline": "Head"},
    ),
    "iim in the resources": (tiff(34377, 7, building.resource(0x0404, HEAD)), {"headline": "Head"}),
    "iim counted in longs, the whole in the resources": (
        tiff(33723, 7, HEAD, count=3, more=1),
        {"headline": "Head"},
    ),
    "tags": (tiff(315, 2, b"Ada Ada\0"), {"creatorNames": ["Ada Ada"], "tiffArtist": "Ada Ada"}),
}
AVIF_XMP = (b"mime", b"application/rdf+xml\0")


def avif(*items: tuple[bytes, bytes, bytes], described: int | None = None) -> bytes:
    """A still with items of metadata: type, what follows its name, and data."""
    kind = builders.box(b"ftyp", b"avif", bytes(4), b"avifmif1")
    entries = [builders.box(b"infe", struct.pack(">IHH4s", 2 << 24, 1, 0, b"av01"), b"\0")]
    entries += [
        builders.box(b"infe", struct.pack(">IHH4s", 2 << 24, number, 0, name), b"\0" + after)
        for number, (name, after, _) in enumerate(items, 2)
    ]
    parts = [
        builders.box(b"hdlr", bytes(8), b"pict", bytes(13)),
        builders.box(b"pitm", struct.pack(">IH", 0, 1)),
        builders.box(
            b"iprp",
            builders.box(b"ipco", builders.box(b"ispe", struct.pack(">III", 0, 7, 5))),
            builders.box(b"ipma", struct.pack(">IIH", 0, 1, 1), b"\1\1"),
        ),
        builders.box(b"iinf", struct.pack(">IH", 0, len(entries)), *entries),
    ]
    if described is not None:
        reference = builders.box(b"cdsc", struct.pack(">HHH", described, 1, 1))
        parts.append(builders.box(b"iref", bytes(4), reference))
    datas = [b"\x12\0\x0a\x0b", *(data for *_, data in items)]
    at = len(kind) + 12 + sum(map(len, parts)) + 8 + 8 + 14 * len(datas) + 8
    table = struct.pack(">IHH", 0, 0x4400, len(datas))
    for number, data in enumerate(datas, 1):
        table += struct.pack(">HHHII", number, 0, 1, at, len(data))
        at += len(data)
    meta = builders.box(b"meta", bytes(4), *parts, builders.box(b"iloc", table))
    return kind + meta + builders.box(b"mdat", *datas)


OTHER = CITY.replace(b"Wien", b"Graz")
AVIFS: Cases = {
    "exif, offset 0": (avif((b"Exif", b"", bytes(4) + TIFF)), ADA),
    "exif, offset 6": (avif((b"Exif", b"", b"\0\0\0\6Exif\0\0" + TIFF)), ADA),
    "exif, a lying offset": (avif((b"Exif", b"", b"\0\0\1\0Exif\0\0" + TIFF)), ADA),
    "exif without the four bytes": (avif((b"Exif", b"", TIFF)), ADA),
    "xmp": (avif((*AVIF_XMP, CITY)), {"cityName": "Wien"}),
    "xmp deflated": (
        avif((AVIF_XMP[0], AVIF_XMP[1] + b"deflate\0", zlib.compress(CITY))),
        {"cityName": "Wien"},
    ),
    "the packet of the primary picture": (
        avif((*AVIF_XMP, OTHER), (*AVIF_XMP, CITY), described=3),
        {"cityName": "Wien"},
    ),
    "another kind of item": (avif((b"mime", b"text/plain\0", CITY)), {}),
}
KINDS: dict[str, Cases] = {
    "jpeg": JPEGS,
    "png": PNGS,
    "gif": GIFS,
    "webp": WEBPS,
    "tiff": TIFFS,
    "avif": AVIFS,
}
CASES = {f"{kind}: {name}": case for kind, cases in KINDS.items() for name, case in cases.items()}


@pytest.mark.parametrize("name", CASES)
def test_metadata_is_found_where_writers_put_it(name: str) -> None:
    data, fields = CASES[name]
    turned = {"orientation": "1"} if name.startswith("tiff") else {}
    assert reading.fields(data) == fields | turned


JUMBF = (
    b"JP\0\1\0\0\0\1\0\0\0\x40jumb\0\0\0\x26jumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\3c2pa\0"
)
CREDENTIALS = {
    "jpeg": building.jpeg((0xEB, JUMBF), (0xEB, JUMBF[:4] + b"\0\0\0\2" + bytes(50))),
    "png": png((b"caBX", bytes(40))),
    "gif": gif(application(b"C2PA_GIF\1\0\0", bytes(40))),
    "webp": webp((b"C2PA", bytes(40))),
    "tiff": tiff(52545, 7, bytes(40)),
    "avif": builders.avif(7, 5)
    + builders.box(b"uuid", bytes.fromhex("d8fec3d61b0e483c92975828877ec481"), bytes(40)),
}


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_content_credentials_are_said(kind: str) -> None:
    assert reading.whole(CREDENTIALS[kind])["contentCredentials"]["bytes"] >= 40


def test_another_use_of_the_same_boxes_is_not_taken_for_credentials() -> None:
    other = JUMBF.replace(b"c2pa", b"abcd")
    assert reading.whole(building.jpeg((0xEB, other), (0xEB, other))) == {}


DAMAGED = {
    "odd digits": (b"tEXt", b"Raw profile type iptc\0\niptc\n 4\n1c02690"),
    "no digits": (b"tEXt", b"Raw profile type iptc\0\niptc\n 4\n1c0269zz"),
    "no count": (b"tEXt", b"Raw profile type iptc\0\niptc\n1c026900"),
    "a count beyond the text": (b"tEXt", b"Raw profile type iptc\0\niptc\n 999999999\n1c02"),
    "no stream": (b"zTXt", b"Raw profile type iptc\0\0not zlib"),
    "a stream cut off": (b"iTXt", ITXT + b"\1\0\0\0" + zlib.compress(CITY)[:-9]),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_text_that_is_damaged_is_said(name: str) -> None:
    (note,) = reading.notes(png(DAMAGED[name]))
    assert note.startswith("PNG: ")


def test_metadata_in_thousands_of_segments_is_bounded_and_said() -> None:
    many = [(0xE1, building.XMP_IN_JPEG + b"<a>")] * 1000
    blocks = reading.blocks(building.jpeg(*many, (0xED, building.PHOTOSHOP + b"8BIM")))
    assert len(blocks) < 300
    assert "xmp: more than is read" in reading.notes(building.jpeg(*many))


@pytest.mark.parametrize("is_big", [False, True])
def test_a_tiff_that_libvips_wrote_is_read_also_where_it_is_a_big_one(is_big: bool) -> None:
    image = shown.quarters(40, 30).copy()
    packet = building.packet("<photoshop:City>Bern</photoshop:City>")
    image.set_type(pyvips.GValue.blob_type, "xmp-data", packet)
    image.set_type(pyvips.GValue.gstr_type, "image-description", "Boats at dawn")
    data = image.tiffsave_buffer(bigtiff=is_big)
    assert data[2] == (43 if is_big else 42)
    found = reading.whole(data)
    assert found["fields"]["cityName"] == "Bern"
    assert found["fields"]["description"] == "Boats at dawn"
    assert found["exif"]["ImageDescription"] == "Boats at dawn"


@pytest.mark.parametrize(("kind", "count"), [(1, 10), (7, 10), (16, 2)], ids=str)
def test_iim_of_a_big_tiff_is_read_whatever_its_numbers_are_called(kind: int, count: int) -> None:
    data = _big_tiff({33723: (kind, count, building.iim((105, b"Head!")))})
    assert reading.fields(data)["headline"] == "Head!"


def _big_tiff(more: dict[int, tuple[int, int, bytes]]) -> bytes:
    """A grey BigTIFF of one byte, which lies at 16; then the values, then the directory."""
    ones = dict.fromkeys((256, 257, 259, 262, 277, 278, 279), 1) | {258: 8, 273: 16}
    entries = {tag: (3, 1, struct.pack("<Q", one)) for tag, one in ones.items()}
    outside = b"\0" * 8
    for tag, (kind, count, value) in more.items():
        entries[tag] = (kind, count, struct.pack("<Q", 16 + len(outside)))
        outside += value.ljust(16, b"\0")
    rows = b"".join(
        struct.pack("<HHQ", tag, kind, count) + value
        for tag, (kind, count, value) in sorted(entries.items())
    )
    head = b"II+\0\x08\0\0\0" + struct.pack("<Q", 16 + len(outside))
    return head + outside + struct.pack("<Q", len(entries)) + rows + bytes(8)
