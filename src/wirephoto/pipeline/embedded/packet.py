"""An XMP packet from bytes to its rdf:RDF elements: encodings, damage, limits."""

import codecs
import re
from xml.etree.ElementTree import Element, ParseError, XMLParser

from wirephoto.pipeline.embedded import notes as noting

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
MOST_BYTES = 4_000_000
_MOST_ELEMENTS = 10_000
_MOST_ATTRIBUTES = 50_000
_PIECE = 1 << 16  # fed at a time: other threads get their turn between two of them
_WHOLE_END = re.compile(r"<\?xpacket\s+end\s*=")
_FORBIDDEN = re.compile(
    "[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    "|&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));"
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


class Unreadable(Exception):
    """Why a packet was not read."""


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """The bad bytes of a UTF-8 text, and no others, in Windows-1252."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("wirephoto_windows", _as_windows)


def trees(data: bytes, notes: noting.Notes) -> list[Element]:
    """Every rdf:RDF of the packet.

    Raises:
        Unreadable: it is too large, has a DTD, or is no XML even without its forbidden
            characters.
    """
    if len(data) > MOST_BYTES:
        raise Unreadable(f"of more than {MOST_BYTES} bytes")
    text = _decoded(data)
    try:
        root = _parsed(text)
    except ParseError:
        mended = _FORBIDDEN.sub("", text[: text.rfind(">") + 1])
        if mended == text:
            raise Unreadable("not well-formed") from None
        root = _parsed_again(mended)
        notes.add("XMP: characters that XML forbids were left out")
    return [root] if root.tag == f"{{{RDF}}}RDF" else list(root.iter(f"{{{RDF}}}RDF"))


def _decoded(data: bytes) -> str:
    """From the first ``<`` to the end of the packet."""
    mark = next((one for one in _MARKS if data.startswith(one[0])), (b"", "utf-8"))
    name = mark[1]
    text = data.decode(name, "wirephoto_windows" if name == "utf-8" else "replace")
    start = text.find("<")
    end = _WHOLE_END.search(text)
    return text[max(start, 0) : end.start() if end else None]


def _parsed_again(text: str) -> Element:
    try:
        return _parsed(text)
    except ParseError:
        raise Unreadable("not well-formed") from None


def _parsed(text: str) -> Element:
    """The document's root.

    Entities are declared in a DTD alone, so one that has none cannot grow nor reach outside.
    defusedxml, which refuses the same, takes the Python parser for it: three times as slow, and
    recursive.
    """
    if "<!DOCTYPE" in text:
        raise Unreadable("with a DTD")
    opened = text.count("<")  # each element begins with one
    if opened > 3 * _MOST_ELEMENTS or text.count("=") > _MOST_ATTRIBUTES:
        raise Unreadable("of more elements than are read")
    data = text.rstrip("\0 \t\r\n").encode("utf-8", "surrogatepass")
    parser = XMLParser(encoding="utf-8")  # noqa: S314 - see above
    try:
        for at in range(0, len(data), _PIECE):
            parser.feed(data[at : at + _PIECE])
        root: Element = parser.close()
    except ValueError:  # of a name that is none
        raise Unreadable("not well-formed") from None
    if opened > _MOST_ELEMENTS and sum(1 for _ in root.iter()) > _MOST_ELEMENTS:
        raise Unreadable("of more elements than are read")
    return root
