"""Metadata built by hand, byte by byte: what formats allow, and what is found in their place."""

import struct

from tests.files import builders

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
NAMESPACES = {
    "rdf": RDF,
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "core": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "ext": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "note": "http://ns.adobe.com/xmp/note/",
    "dcterms": "http://purl.org/dc/terms/",
}
XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
EXTENSION_IN_JPEG = b"http://ns.adobe.com/xmp/extension/\0"
PHOTOSHOP = b"Photoshop 3.0\0"


def rdf(*descriptions: str) -> str:
    names = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    inside = "".join(
        one
        if one.startswith("<rdf:Description")
        else f'<rdf:Description rdf:about="">{one}</rdf:Description>'
        for one in descriptions
    )
    return f"<rdf:RDF {names}>{inside}</rdf:RDF>"


def packet(*descriptions: str) -> bytes:
    """As Adobe wraps it."""
    head = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    body = f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{rdf(*descriptions)}</x:xmpmeta>'
    return (head + body + " " * 2000 + '<?xpacket end="w"?>').encode()


def alt(text: str, language: str = "x-default") -> str:
    return f'<rdf:Alt><rdf:li xml:lang="{language}">{text}</rdf:li></rdf:Alt>'


def dataset(number: int, value: bytes, record: int = 2) -> bytes:
    return struct.pack(">BBBH", 0x1C, record, number, len(value)) + value


def iim(*values: tuple[int, bytes], announced: bytes = b"") -> bytes:
    mark = dataset(90, announced, 1) if announced else b""
    return mark + b"".join(dataset(number, value) for number, value in values)


def resource(number: int, data: bytes, name: bytes = b"\0\0", mark: bytes = b"8BIM") -> bytes:
    head = mark + struct.pack(">H", number) + name + struct.pack(">I", len(data))
    return head + data + bytes(len(data) & 1)


def jpeg(*segments: tuple[int, bytes], after: bytes = b"") -> bytes:
    parts = [builders.segment(marker, content) for marker, content in segments]
    return builders.jpeg(*parts, builders.frame(7, 5), builders.scan()) + after


Entries = dict[int, tuple[int, bytes]]
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8, 129: 1}


def exif(main: Entries, inner: Entries | None = None, gps: Entries | None = None) -> bytes:
    """A little-endian TIFF block: tag to type and bytes."""
    pointers = {0x8769: inner, 0x8825: gps}
    entries: Entries = dict(main) | {tag: (4, bytes(4)) for tag, one in pointers.items() if one}
    at = 8 + 2 + 12 * len(entries) + 4
    tail = b""
    for tag, one in pointers.items():
        if one:
            entries[tag] = (4, struct.pack("<I", at + len(tail)))
            tail += _directory(one, at + len(tail))
    return b"II*\0\x08\0\0\0" + _directory(entries, 8, tail)


def _directory(entries: Entries, at: int, between: bytes = b"") -> bytes:
    rows, outside = b"", b""
    where = at + 2 + 12 * len(entries) + 4 + len(between)
    for tag, (kind, data) in sorted(entries.items()):
        head = struct.pack("<HHI", tag, kind, len(data) // _SIZES[kind])
        if len(data) <= 4:
            rows += head + data.ljust(4, b"\0")
        else:
            rows += head + struct.pack("<I", where + len(outside))
            outside += data
    return struct.pack("<H", len(entries)) + rows + bytes(4) + between + outside


def ascii_(text: str | bytes) -> tuple[int, bytes]:
    return 2, (text.encode() if isinstance(text, str) else text) + b"\0"


def rational(*pairs: tuple[int, int]) -> tuple[int, bytes]:
    return 5, b"".join(struct.pack("<II", *pair) for pair in pairs)
