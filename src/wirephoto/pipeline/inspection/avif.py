"""AVIF stills and sequences (AV1 Image File Format 1.1 on HEIF, ISO/IEC 23008-12)."""

import struct
from typing import NamedTuple

from wirephoto import errors, model
from wirephoto.pipeline.inspection import avif_metadata, boxes, extents
from wirephoto.pipeline.inspection import carried as carrying
from wirephoto.pipeline.inspection import limits as bounds

_FULL = 4  # version and flags of a FullBox
_MAX_ITEMS = 65_536


class _Track(NamedTuple):
    frames: int
    media: int
    size: tuple[int, int]
    pictures: bool


def read(data: bounds.Data, limits: bounds.Limits, carried: carrying.Carried) -> model.Picture:
    """Size, frames and completeness; turned by ``irot`` and cut by ``clap``, Exif not applied.

    Complete means: every top-level box is whole, every extent of every item lies within the
    file, and the samples of all tracks fit into the media data.

    Raises:
        errors.PictureError: a leaf that says what is wrong.
    """
    top: dict[bytes, boxes.Box] = {}
    media = 0
    for box in boxes.walk(data, 0, len(data)):
        top.setdefault(box.name, box)
        if box.name == b"uuid" and data[box.start : box.start + 16] == avif_metadata.C2PA:
            carried.credentials(box.end - box.start)
        media += box.end - box.start if box.name == b"mdat" else 0
    frames, size = 1, None
    if b"moov" in top:
        frames, size = _sequence(data, top[b"moov"], media)
    elif b"avis" in data[8 : top[b"ftyp"].end]:
        raise errors.Truncated("the AVIF sequence has no index of its frames")
    if b"meta" in top:
        size = _still(data, top[b"meta"], limits)
        avif_metadata.carry(data, boxes.children(data, top[b"meta"], skip=_FULL), carried)
    if size is None:
        raise errors.Truncated("the AVIF holds no picture")
    if not size[0] or not size[1]:
        raise errors.NotAnImage("a damaged AVIF: a picture without size")
    limits.check(*size, frames)
    return model.Picture(model.Kind.AVIF, *size, frames=max(1, frames))


def _still(data: bounds.Data, meta: boxes.Box, limits: bounds.Limits) -> tuple[int, int]:
    """Size of the primary item as displayed, once all items are known to be whole."""
    parts = boxes.children(data, meta, skip=_FULL)
    if not {b"pitm", b"iloc", b"iprp"} <= parts.keys():
        raise errors.NotAnImage("a damaged AVIF: no primary picture")
    located = _check_extents(data, parts[b"iloc"], parts.get(b"idat"))
    wide = data[parts[b"pitm"].start] > 0
    (primary,) = struct.unpack_from(">I" if wide else ">H", data, parts[b"pitm"].start + _FULL)
    if primary not in located:
        raise errors.NotAnImage("a damaged AVIF: its primary picture is nowhere")
    return _size(data, parts[b"iprp"], primary, limits)


def _size(data: bounds.Data, iprp: boxes.Box, item: int, limits: bounds.Limits) -> tuple[int, int]:
    """``ispe`` of the item, then its transformations in the order of their association."""
    parts = boxes.children(data, iprp)
    if not {b"ipco", b"ipma"} <= parts.keys():
        raise errors.NotAnImage("a damaged AVIF: a picture without properties")
    properties = list(boxes.walk(data, parts[b"ipco"].start, parts[b"ipco"].end))
    size = None
    for index in _associations(data, parts[b"ipma"], item):
        box = properties[index - 1] if 0 < index <= len(properties) else None
        if box is not None and box.name == b"ispe":
            size = struct.unpack_from(">II", data, box.start + _FULL)
            limits.check(*size)
        elif box is not None and size is not None:
            size = _transformed(data, box, size)
    if size is None:
        raise errors.NotAnImage("a damaged AVIF: a picture without size")
    return size[0], size[1]


def _transformed(data: bounds.Data, box: boxes.Box, size: tuple[int, int]) -> tuple[int, int]:
    if box.name == b"irot" and data[box.start] & 1:  # in steps of 90 degrees
        return size[1], size[0]
    if box.name == b"clap":
        width, width_by, height, height_by = struct.unpack_from(">IIII", data, box.start)
        if width_by and height_by:
            cut = (width // width_by, height // height_by)
            return cut if 0 < cut[0] <= size[0] and 0 < cut[1] <= size[1] else size
    return size


def _associations(data: bounds.Data, ipma: boxes.Box, item: int) -> tuple[int, ...]:
    """Property indices of the item, from 1 (HEIF 9.3)."""
    version, flags, count = data[ipma.start], data[ipma.start + 3], _long(data, ipma.start + 4)
    at = ipma.start + 8
    head = struct.Struct(">IB" if version else ">HB")
    for _ in range(min(count, _MAX_ITEMS)):
        owner, links = head.unpack_from(data, at)
        at += head.size
        code, mask = ("H", 0x7FFF) if flags & 1 else ("B", 0x7F)
        form = struct.Struct(f">{links}{code}")
        if owner == item:
            return tuple(link & mask for link in form.unpack_from(data, at))
        at += form.size
    return ()


def _check_extents(data: bounds.Data, iloc: boxes.Box, idat: boxes.Box | None) -> set[int]:
    """Ids of all located items; each extent must lie within the file, or within ``idat``."""
    room = {0: len(data), 1: idat.end - idat.start if idat else 0}
    located = set()
    for extent in extents.read(data, iloc):
        located.add(extent.item)
        limit = room.get(extent.method)
        if limit is not None and (extent.start >= limit or extent.end > limit):
            raise errors.Truncated("the AVIF ends inside its picture data")
    return located


def _sequence(data: bounds.Data, moov: boxes.Box, media: int) -> tuple[int, tuple[int, int]]:
    """Frames and size of the first track of pictures."""
    tracks = [
        _track(data, box) for box in boxes.walk(data, moov.start, moov.end) if box.name == b"trak"
    ]
    shown = next((track for track in tracks if track.pictures), None)
    if shown is None or not shown.frames:
        raise errors.NotAnImage("a damaged AVIF: a sequence without pictures")
    if sum(track.media for track in tracks) > media:
        raise errors.Truncated("the AVIF ends inside its frames")
    return shown.frames, shown.size


def _track(data: bounds.Data, trak: boxes.Box) -> _Track:
    head = boxes.inside(data, trak, b"tkhd")
    handler = boxes.inside(data, trak, b"mdia", b"hdlr")
    sizes = boxes.inside(data, trak, b"mdia", b"minf", b"stbl", b"stsz")
    if head is None or handler is None or sizes is None:
        raise errors.NotAnImage("a damaged AVIF: an incomplete track")
    width, height = struct.unpack_from(">II", data, max(head.start, head.end - 8))
    pictures = data[handler.start + 8 : handler.start + 12] == b"pict"
    frames, media = _samples(data, sizes)
    return _Track(frames, media, (width >> 16, height >> 16), pictures)


def _samples(data: bounds.Data, stsz: boxes.Box) -> tuple[int, int]:
    """Number of samples and the bytes of them all (14496-12, 8.7.3.2)."""
    each, count = struct.unpack_from(">II", data, stsz.start + _FULL)
    if each:
        return count, each * count
    if stsz.start + 12 + 4 * count > stsz.end:
        raise errors.NotAnImage("a damaged AVIF: its list of frames is cut off")
    return count, sum(struct.unpack_from(f">{count}I", data, stsz.start + 12))


def _long(data: bounds.Data, at: int) -> int:
    return int(struct.unpack_from(">I", data, at)[0])
