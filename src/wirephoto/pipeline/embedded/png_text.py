"""What PNG holds as text: the packet in iTXt, and profiles as hexadecimal digits (ImageMagick)."""

import binascii
import re
from typing import Final

from wirephoto import model
from wirephoto.pipeline.embedded import inflating
from wirephoto.pipeline.embedded import notes as noting

_XMP = b"XML:com.adobe.xmp"
_RAW = b"Raw profile type "
_PROFILE = re.compile(rb"\n?[^\n]*\n\s*([0-9]{1,9})\s*\n", re.ASCII)
_XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
_KINDS: Final = {
    b"exif": model.BlockKind.EXIF,
    b"iptc": model.BlockKind.IIM,
    b"8bim": model.BlockKind.PHOTOSHOP,
    b"xmp": model.BlockKind.XMP,
    b"app1": model.BlockKind.EXIF,
}


def read(chunk: bytes, notes: noting.Notes) -> model.Block | None:
    """The block in a chunk, which begins with its own name; None where it holds none."""
    name, content = chunk[:4], chunk[4:]
    keyword, _, rest = content.partition(b"\0")
    try:
        if name == b"iTXt" and keyword == _XMP:
            return model.Block(model.BlockKind.XMP, _international(rest))
        if keyword.startswith(_RAW):
            kind = _KINDS.get(keyword.removeprefix(_RAW).strip().lower())
            return _profile(kind, _plain(name, rest)) if kind else None
    except inflating.Damaged as why:
        what = "XMP" if keyword == _XMP else "a raw profile"
        notes.add(f"PNG: {what} was not read: {why}")
    return None


def _plain(name: bytes, rest: bytes) -> bytes:
    if name == b"zTXt":
        return inflating.inflate(rest[1:])
    return _international(rest) if name == b"iTXt" else rest


def _international(rest: bytes) -> bytes:
    """Past flag, method, language and translated keyword (PNG, third edition, 11.3.3.4)."""
    compressed = rest[:1] == b"\1"
    text = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    return inflating.inflate(text) if compressed else text


def _profile(kind: model.BlockKind, text: bytes) -> model.Block:
    """Newline, name, newline, number of bytes, newline, and their digits in lines of 72."""
    head = _PROFILE.match(text[:200])
    if head is None:
        raise inflating.Damaged("it does not begin as a profile does")
    count = int(head[1])
    digits = b"".join(text[head.end() :].split())[: 2 * count]
    if len(digits) < 2 * count:
        raise inflating.Damaged("it is cut off")
    try:
        data = binascii.unhexlify(digits)
    except binascii.Error:
        raise inflating.Damaged("its digits are not hexadecimal") from None
    return _sorted(kind, data)


def _sorted(kind: model.BlockKind, data: bytes) -> model.Block:
    """By its first bytes: writers put either form under some of the names."""
    if data.startswith(_XMP_IN_JPEG):
        return model.Block(model.BlockKind.XMP, data[len(_XMP_IN_JPEG) :])
    if data.startswith(b"Photoshop 3.0\0"):
        return model.Block(model.BlockKind.PHOTOSHOP, data[14:])
    if kind in {model.BlockKind.IIM, model.BlockKind.PHOTOSHOP}:
        plain = model.BlockKind.IIM if data[:1] == b"\x1c" else model.BlockKind.PHOTOSHOP
        return model.Block(plain, data)
    return model.Block(kind, data)
