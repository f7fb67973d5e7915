"""TIFF 6.0 and BigTIFF: every directory, value, strip and tile must lie within the bytes."""

import operator
import struct
from collections import deque
from typing import NamedTuple

from wirephoto import errors, model
from wirephoto.pipeline.inspection import carried as carrying
from wirephoto.pipeline.inspection import limits as bounds
from wirephoto.pipeline.inspection import orientation, tiff_metadata

_SUBFILE, _WIDTH, _HEIGHT, _ORIENTATION = 254, 256, 257, 274
_BITS, _COMPRESSION = 258, 259
_STRIP_OFFSETS, _SAMPLES, _STRIP_ROWS, _STRIP_BYTES, _PLANAR = 273, 277, 278, 279, 284
_TILE_WIDTH, _TILE_HEIGHT, _TILE_OFFSETS, _TILE_BYTES = 322, 323, 324, 325
_SUB_DIRECTORIES, _DNG_VERSION = 330, 50706

_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
          16: 8, 17: 8, 18: 8}  # fmt: skip
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_MAX_ENTRIES = 1000
_MAX_VALUES = 2_000_000  # entries, strips and tiles of all pages: they may share one long list

_Directory = dict[int, tuple[int, int, int]]  # tag to type, count and place of the values


class _Form(NamedTuple):
    """Where the classic and the big layout differ."""

    order: str
    counter: str
    entry: str
    inline: int
    offset: str


def read(data: bounds.Data, limits: bounds.Limits, carried: carrying.Carried) -> model.Picture:
    """Size of the first page, number of pages, and completeness.

    Reduced copies of a page (a pyramid's levels) are not pages. Cameras' raw files that are TIFF
    by their header (DNG) are refused: what a viewer shows of them is their thumbnail.

    Raises:
        errors.PictureError: a leaf that says what is wrong.
    """
    walk = _Walk(data, limits, carried)
    walk.run()
    if walk.first is None:
        raise errors.NotAnImage("a TIFF without a picture")
    width, height = orientation.displayed(*walk.first, walk.turned)
    return model.Picture(model.Kind.TIFF, width, height, max(1, walk.pages))


class _Walk:
    """One walk over all directories; each is visited once, whatever points to it."""

    def __init__(self, data: bounds.Data, limits: bounds.Limits, carried: carrying.Carried) -> None:
        self._data, self._limits, self._carried = data, limits, carried
        self._form, self._first = _header(data)
        self._values_left = _MAX_VALUES
        self._pixels = 0
        self.first: tuple[int, int] | None = None
        self.turned: int | None = None
        self.pages = 0

    def run(self) -> None:
        waiting = deque([(self._first, True)])
        seen: set[int] = set()
        while waiting:
            at, chained = waiting.popleft()
            if not at or at in seen:
                continue
            seen.add(at)
            self._limits.check_frames(len(seen) // 4)  # up to three more directories a page
            directory, following = self._directory(at)
            if chained:
                waiting.append((following, True))
            for tag in (_SUB_DIRECTORIES, tiff_metadata.EXIF, tiff_metadata.GPS):
                waiting.extend((place, False) for place in self._values(directory, tag))
            if chained or _WIDTH in directory:
                self._page(directory, chained=chained)

    def _directory(self, at: int) -> tuple[_Directory, int]:
        """Its entries, each with values that lie within the file, and the next one's place."""
        form, data = self._form, self._data
        self._within(at, 2)
        (count,) = struct.unpack_from(form.order + form.counter, data, at)
        if count > _MAX_ENTRIES:
            raise errors.NotAnImage(f"a TIFF directory of more than {_MAX_ENTRIES} entries")
        self._spend(count)
        at += struct.calcsize(form.order + form.counter)
        entry = struct.Struct(form.order + form.entry)
        found: _Directory = {}
        for place in range(at, at + count * entry.size, entry.size):
            tag, kind, number = entry.unpack_from(data, place)
            size = _BYTES.get(kind, 0) * number
            where = place + entry.size - form.inline
            if size > form.inline:
                (where,) = struct.unpack_from(form.order + form.offset, data, where)
                self._within(where, size)
            found.setdefault(tag, (kind, number, where))
        at += count * entry.size
        return found, struct.unpack_from(form.order + form.offset, data, at)[0]

    def _within(self, at: int, size: int) -> None:
        if at + size > len(self._data):
            raise errors.Truncated("the TIFF ends before what its directory points to")

    def _spend(self, values: int) -> None:
        self._values_left -= values
        if self._values_left < 0:
            raise errors.NotAnImage("a TIFF that lists more parts than a picture needs")

    def _values(self, directory: _Directory, tag: int) -> tuple[int, ...]:
        """The integers of a tag; none where it is absent or of another type."""
        kind, count, at = directory.get(tag, (0, 0, 0))
        code = _INTEGERS.get(kind)
        if code is None:
            return ()
        self._spend(count)
        return struct.unpack_from(f"{self._form.order}{count}{code}", self._data, at)

    def _value(self, directory: _Directory, tag: int, default: int = 0) -> int:
        return next(iter(self._values(directory, tag)), default)

    def _page(self, directory: _Directory, *, chained: bool) -> None:
        if _DNG_VERSION in directory:
            raise errors.UnsupportedType("a raw file of a camera (DNG)")
        width, height = self._value(directory, _WIDTH), self._value(directory, _HEIGHT)
        if not width or not height:
            raise errors.NotAnImage("a damaged TIFF: a page without size")
        self._limits.check(width, height)
        if chained and not self._value(directory, _SUBFILE) & 1:
            self._pixels += width * height
            self.pages += 1
            self._limits.check(self._pixels, 1)
            self._limits.check_frames(self.pages)
        if self.first is None:
            self.first = width, height
            self.turned = orientation.valid(self._value(directory, _ORIENTATION))
            self._carry(directory)
        self._check_parts(directory, self._parts_needed(directory, width, height))

    def _carry(self, directory: _Directory) -> None:
        inner = {
            tag: self._directory(place)[0]
            for tag in (tiff_metadata.EXIF, tiff_metadata.GPS)
            if (place := self._value(directory, tag))
        }
        tiff_metadata.carry(self._data, self._form.order, directory, inner, self._carried)

    def _parts_needed(self, directory: _Directory, width: int, height: int) -> int:
        """Strips or tiles that cover the page (TIFF 6.0, sections 3 and 15)."""
        planes = 1
        if self._value(directory, _PLANAR, 1) == 2:  # noqa: PLR2004 - 2: a plane a sample
            planes = self._value(directory, _SAMPLES, 1)
        if _TILE_OFFSETS in directory:
            across = self._value(directory, _TILE_WIDTH) or 1
            down = self._value(directory, _TILE_HEIGHT) or 1
            return -(-width // across) * -(-height // down) * planes
        return -(-height // (self._value(directory, _STRIP_ROWS) or height)) * planes

    def _check_parts(self, directory: _Directory, needed: int) -> None:
        tiled = _TILE_OFFSETS in directory
        places = self._values(directory, _TILE_OFFSETS if tiled else _STRIP_OFFSETS)
        sizes = self._values(directory, _TILE_BYTES if tiled else _STRIP_BYTES)
        if len(places) < needed or len(sizes) < needed or not any(sizes):
            raise errors.Truncated("the TIFF has no data for a part of its picture")
        if len(places) == len(sizes) == 1 and self._value(directory, _COMPRESSION, 1) == 1:
            sizes = (min(sizes[0], self._plain_bytes(directory)),)  # as libtiff does
        self._within(max(map(operator.add, places, sizes)), 0)

    def _plain_bytes(self, directory: _Directory) -> int:
        """Of a page that is not compressed, all samples together."""
        bits = self._value(directory, _BITS, 1) * self._value(directory, _SAMPLES, 1)
        row = (self._value(directory, _WIDTH) * bits + 7) // 8
        return row * self._value(directory, _HEIGHT)


def _header(data: bounds.Data) -> tuple[_Form, int]:
    """The layout, and the place of the first directory."""
    order = "<" if data[:2] == b"II" else ">"
    (magic,) = struct.unpack_from(order + "H", data, 2)
    if magic == 43:  # noqa: PLR2004 - BigTIFF
        width, zero, at = struct.unpack_from(order + "HHQ", data, 4)
        if (width, zero) != (8, 0):
            raise errors.NotAnImage("a damaged BigTIFF: its header makes no sense")
        return _Form(order, "Q", "HHQ8x", 8, "Q"), at
    return _Form(order, "H", "HHI4x", 4, "I"), struct.unpack_from(order + "I", data, 4)[0]
