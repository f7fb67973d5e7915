"""The text of an SVG as UTF-8, whatever encoding it came in (XML 1.0, 4.3.3 and appendix F)."""

import codecs
import re

from wirephoto import errors

_UNICODE = (  # the longer first: a UTF-32 mark begins with a UTF-16 one
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
# Looked up now: a child that reads SVG can open no file later, not even a codec's.
_MARKS = tuple((mark, codecs.lookup(name).name) for mark, name in _UNICODE)
_DECLARED = re.compile(
    rb"""\s*<\?xml\s[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,40})["']"""
)
_DECLARATION = re.compile(r"\s*(?:<\?xml\s[^>]*\?>)?\s*")
# Closed: Python knows encodings that browsers do not, and UTF-7 has hidden scripts before.
_TAKEN = frozenset(
    codecs.lookup(name).name
    for name in (
        *("utf-8", "ascii", "koi8-r", "koi8-u", "mac-roman", "shift_jis", "euc-jp", "euc-kr"),
        *("gb2312", "gbk", "gb18030", "big5"),
        *(f"windows-{page}" for page in range(1250, 1259)),
        *(f"iso-8859-{part}" for part in range(1, 17) if part != 12),  # noqa: PLR2004 - never made
    )
)


def to_utf8(data: bytes) -> bytes:
    """The document in UTF-8, without byte order mark and XML declaration.

    White space before the declaration, which XML forbids and the web is full of, goes with it.

    Raises:
        errors.Truncated: it ends inside a character.
        errors.NotAnImage: it is not in the encoding it declares, or in one we do not take.
    """
    name, start = _name(data)
    try:
        text = data[start:].decode(name)
    except UnicodeDecodeError as error:
        if error.end >= len(data) - start and error.reason != "invalid start byte":
            raise errors.Truncated("the SVG ends inside a character") from error
        raise errors.NotAnImage(f"an SVG that is not the {name} it should be") from error
    return _DECLARATION.sub("", text, count=1).encode()


def _name(data: bytes) -> tuple[str, int]:
    """The encoding, and how many bytes its mark takes."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name, 0 if b"<" in mark else len(mark)
    declared = _DECLARED.match(data)
    return (_known(declared[1].decode()) if declared else "utf-8"), 0


def _known(name: str) -> str:
    if name.lower().startswith(("utf-16", "utf-32", "ucs-")):
        return "utf-8"  # 8-bit text cannot be what it says; browsers read it so too
    try:
        found = codecs.lookup(name).name
    except (LookupError, OSError):  # OSError: a child may open no file, and so no other codec
        found = ""
    if found not in _TAKEN:
        raise errors.NotAnImage("an SVG in an encoding that is not taken")
    return found
