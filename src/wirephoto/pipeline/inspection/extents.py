"""Where the items of an AVIF lie: the ``iloc`` box (ISO/IEC 14496-12, 8.11.3)."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from wirephoto import errors
from wirephoto.pipeline.inspection import boxes
from wirephoto.pipeline.inspection import limits as bounds

_WIDTHS = {0: "", 4: "I", 8: "Q"}  # of the fields, in bytes
_MAX_EXTENTS = 65_536
_FIXED = 6  # version and flags, then four widths in two bytes


class Extent(NamedTuple):
    """A part of an item; ``method`` 0 counts from the start of the file, 1 of ``idat``."""

    item: int
    method: int
    start: int
    end: int


class _Form(NamedTuple):
    """How the entries are laid out; in front of each item and of each extent."""

    version: int
    counter: struct.Struct
    item: struct.Struct
    extent: struct.Struct
    with_base: bool
    with_index: bool
    with_offset: bool
    with_length: bool


def read(data: bounds.Data, iloc: boxes.Box) -> Iterator[Extent]:
    """All extents of all items, in the order of the table.

    Raises:
        errors.NotAnImage: the table is of an unknown form, or larger than its box.
    """
    form = _form(data, iloc)
    (items,) = form.counter.unpack_from(data, iloc.start + _FIXED)
    at = iloc.start + _FIXED + form.counter.size
    left = _MAX_EXTENTS
    for _ in range(items):
        _check(at + form.item.size <= iloc.end)
        fields = form.item.unpack_from(data, at)
        at += form.item.size
        number = fields[-1]
        left -= number + 1
        _check(left >= 0 and at + number * form.extent.size <= iloc.end)
        for _ in range(number):
            yield _extent(form, fields, form.extent.unpack_from(data, at))
            at += form.extent.size


def _form(data: bounds.Data, iloc: boxes.Box) -> _Form:
    version, sizes = data[iloc.start], data[iloc.start + 4 : iloc.start + _FIXED]
    widths = (sizes[0] >> 4, sizes[0] & 15, sizes[1] >> 4, sizes[1] & 15 if version else 0)
    _check(version in {0, 1, 2} and _WIDTHS.keys() >= {*widths})
    offset, length, base, index = (_WIDTHS[width] for width in widths)
    wide = "HHI"[version]
    return _Form(
        version,
        struct.Struct(f">{wide}"),
        struct.Struct(f">{wide}{'H' if version else ''}H{base}H"),
        struct.Struct(f">{index}{offset}{length}"),
        with_base=bool(base),
        with_index=bool(index),
        with_offset=bool(offset),
        with_length=bool(length),
    )


def _extent(form: _Form, item: tuple[int, ...], fields: tuple[int, ...]) -> Extent:
    start = item[-2] if form.with_base else 0
    start += fields[int(form.with_index)] if form.with_offset else 0
    length = fields[-1] if form.with_length else 0
    return Extent(item[0], item[1] & 15 if form.version else 0, start, start + length)


def _check(sound: bool) -> None:
    if not sound:
        raise errors.NotAnImage("a damaged AVIF: its table of items makes no sense")
