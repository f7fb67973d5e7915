"""What agencies write into a picture: IPTC fields, as IIM (IPTC IIM 4.2) and as XMP (ISO 16684-1).

Just enough of both formats for samples; bytes in, bytes out.
"""

import struct
import zlib
from dataclasses import dataclass
from xml.sax.saxutils import escape  # writes only

_APP0, _APP1, _APP13 = 0xE0, 0xE1, 0xED
_UTF8 = b"\x1b%G"  # IIM 1:90: what follows is UTF-8
_XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_IN_PNG = b"XML:com.adobe.xmp\0\0\0\0\0"  # keyword; not compressed; no language
_PNG_HEAD = 8 + 25  # signature and IHDR


@dataclass(frozen=True, slots=True)
class Caption:
    """The fields that we write."""

    title: str
    text: str
    creator: str
    keywords: tuple[str, ...]


def iim_in_jpeg(jpeg: bytes, caption: Caption) -> bytes:
    """The JPEG with the fields in APP13, as Photoshop keeps them."""
    sets = [_dataset(1, 90, _UTF8), _dataset(2, 0, struct.pack(">H", 4))]
    sets += [_dataset(2, 5, caption.title.encode()), _dataset(2, 80, caption.creator.encode())]
    sets += [_dataset(2, 25, word.encode()) for word in caption.keywords]
    sets += [_dataset(2, 110, b"wirephoto demo"), _dataset(2, 120, caption.text.encode())]
    block = b"".join(sets)
    resource = (
        b"8BIM\x04\x04\0\0" + struct.pack(">I", len(block)) + block + b"\0" * (len(block) % 2)
    )
    return _with_segment(jpeg, _APP13, b"Photoshop 3.0\0" + resource)


def xmp_in_jpeg(jpeg: bytes, caption: Caption) -> bytes:
    """The JPEG with an XMP packet in APP1."""
    return _with_segment(jpeg, _APP1, _XMP_IN_JPEG + _packet(caption))


def xmp_in_png(png: bytes, caption: Caption) -> bytes:
    """The PNG with an XMP packet in iTXt."""
    body = b"iTXt" + _XMP_IN_PNG + _packet(caption)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:_PNG_HEAD] + chunk + png[_PNG_HEAD:]


def _dataset(record: int, number: int, value: bytes) -> bytes:
    return struct.pack(">BBBH", 0x1C, record, number, len(value)) + value


def _with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    """After SOI and the APP0 and APP1 that must come first."""
    at = 2
    while jpeg[at] == 0xFF and jpeg[at + 1] in {_APP0, _APP1}:  # noqa: PLR2004 - begin of a marker
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    segment = struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
    return jpeg[:at] + segment + jpeg[at:]


def _packet(caption: Caption) -> bytes:
    words = "".join(f"<rdf:li>{escape(word)}</rdf:li>" for word in caption.keywords)
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Credit="wirephoto demo">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(caption.title)}</rdf:li></rdf:Alt>
</dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{escape(caption.text)}</rdf:li></rdf:Alt>
</dc:description>
<dc:creator><rdf:Seq><rdf:li>{escape(caption.creator)}</rdf:li></rdf:Seq></dc:creator>
<dc:subject><rdf:Bag>{words}</rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>""".encode()
