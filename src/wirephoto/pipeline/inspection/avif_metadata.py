"""What an AVIF carries besides its picture: items of Exif and XMP (ISO/IEC 23008-12, annex A)."""

import struct
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from wirephoto import errors, model
from wirephoto.pipeline.inspection import boxes, extents
from wirephoto.pipeline.inspection import carried as carrying
from wirephoto.pipeline.inspection import limits as bounds

C2PA: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")  # C2PA 2.2, A.3
_MOST_ITEMS = 1000
_MOST_BYTES = 4_000_000
_XMP = b"application/rdf+xml"
_TIFF = (b"II*\0", b"MM\0*")
_FULL = 4  # version and flags of a FullBox


class _Item(NamedTuple):
    number: int
    kind: bytes
    content_type: bytes
    encoding: bytes


def carry(data: bounds.Data, parts: Mapping[bytes, boxes.Box], carried: carrying.Carried) -> None:
    """Put aside the items of metadata; what is damaged among them never fails the picture."""
    if b"iinf" not in parts:
        return
    try:
        items = [
            one
            for one in _items(data, parts[b"iinf"])
            if one.kind == b"Exif" or one.content_type == _XMP
        ]
        if items:
            _take(data, parts, items, carried)
    except (struct.error, IndexError, errors.PictureError):
        return


def _take(
    data: bounds.Data,
    parts: Mapping[bytes, boxes.Box],
    items: list[_Item],
    carried: carrying.Carried,
) -> None:
    """Those that describe the primary picture first: of several one counts."""
    whole = _contents(data, parts, {one.number for one in items})
    wide = data[parts[b"pitm"].start] > 0
    (primary,) = struct.unpack_from(">I" if wide else ">H", data, parts[b"pitm"].start + _FULL)
    of_primary = set(_describing(data, parts[b"iref"], primary)) if b"iref" in parts else set()
    for one in sorted(items, key=lambda item: item.number not in of_primary):
        content = whole.get(one.number, b"")
        if one.kind == b"Exif":
            content = content[_tiff_at(content) :]
            kind = model.BlockKind.EXIF
        else:
            kind = model.BlockKind.XMP_DEFLATED if one.encoding else model.BlockKind.XMP
        carried.take(kind, content, 0, len(content))


def _tiff_at(content: bytes) -> int:
    """Where the TIFF header is: as the first four bytes say, else where writers put it."""
    stated = 4 + int.from_bytes(content[:4], "big")
    return next((at for at in (stated, 4, 10, 0, 6) if content[at : at + 4] in _TIFF), 0)


def _items(data: bounds.Data, iinf: boxes.Box) -> Iterator[_Item]:
    head = 6 if data[iinf.start] == 0 else 8
    for number, box in enumerate(boxes.walk(data, iinf.start + head, iinf.end)):
        version = data[box.start]
        if box.name == b"infe" and version in {2, 3} and number < _MOST_ITEMS:
            yield _item(data, box, ">IH4s" if version == 3 else ">HH4s")  # noqa: PLR2004 - long ids


def _item(data: bounds.Data, box: boxes.Box, form: str) -> _Item:
    number, _, kind = struct.unpack_from(form, data, box.start + _FULL)
    texts = data[box.start + _FULL + struct.calcsize(form) : box.end].split(b"\0")
    content_type, encoding = (*texts[1:3], b"", b"")[:2]
    return _Item(number, kind, content_type if kind == b"mime" else b"", encoding)


def _contents(
    data: bounds.Data, parts: Mapping[bytes, boxes.Box], wanted: set[int]
) -> dict[int, bytes]:
    """Items by their ids, their extents joined."""
    base = {0: 0, 1: parts[b"idat"].start if b"idat" in parts else 0}
    found: dict[int, bytes] = {}
    for one in extents.read(data, parts[b"iloc"]):
        if one.item in wanted and one.method in base:
            start, end = base[one.method] + one.start, base[one.method] + one.end
            if end - start + len(found.get(one.item, b"")) <= _MOST_BYTES:
                found[one.item] = found.get(one.item, b"") + data[start:end]
    return found


def _describing(data: bounds.Data, iref: boxes.Box, primary: int) -> Iterator[int]:
    """Items that a reference of type ``cdsc`` leads from to the primary one."""
    wide = data[iref.start] > 0
    form = ">IH" if wide else ">HH"
    for box in boxes.walk(data, iref.start + _FULL, iref.end):
        if box.name == b"cdsc":
            source, count = struct.unpack_from(form, data, box.start)
            code = f">{count}{'I' if wide else 'H'}"
            targets = struct.unpack_from(code, data, box.start + struct.calcsize(form))
            if primary in targets:
                yield source
