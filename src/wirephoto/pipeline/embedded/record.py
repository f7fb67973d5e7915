"""The contents page: blocks of metadata in, the record of a picture out.

One broken source never hides another. Nothing here raises but for a fault of ours.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog

from wirephoto import model
from wirephoto.pipeline.embedded import (
    exif,
    iim,
    inflating,
    png_text,
    preference,
    rdf,
    resources,
    text,
    typed,
    xmp,
)
from wirephoto.pipeline.embedded import notes as noting

log = structlog.get_logger(__name__)
MOST_BYTES = 400_000  # of a record: what is beyond, its longest properties, is named and left out
CHEAP_BYTES = 24_000  # of blocks: some milliseconds at the very worst
_PROVENANCE = "dcterms:provenance"  # where a manifest lies that is not in the picture
_BY_ENCODERS = frozenset(
    {"Orientation", "XResolution", "YResolution", "ResolutionUnit", "ColorSpace", "ExifVersion"}
)
_MARK = b"\x1c"
_BLANK = b"\0 \t\r\n"  # what writers keep free for others
_ENCODER = msgspec.json.Encoder()
_Sorted = dict[model.BlockKind, list[bytes]]


def read(blocks: Sequence[model.Block]) -> model.Embedded | None:
    """What the blocks of a picture say; None where that is nothing."""
    if not blocks:
        return None
    notes = noting.Notes()
    given = _by_kind(blocks, notes)
    if not any(given.values()):
        return _recorded({}, notes)
    tags = exif.read(given[model.BlockKind.EXIF], notes)
    packets = _packets(given, notes)
    properties = xmp.read(packets, given[model.BlockKind.XMP_EXTENSION], notes)
    datasets, url = _photoshop(given, notes, is_macintosh=_on_macintosh(tags, properties))
    sources = preference.Sources(
        own=_own(given),
        xmp=xmp.values(properties),
        iim=iim.values(datasets),
        exif=exif.values(tags),
        copyright_url=url,
    )
    found: dict[str, Any] = {
        "fields": preference.chosen(sources),
        "iim": datasets,
        "xmp": {name: rdf.plain(one) for name, one in properties.items() if one},
        "exif": tags,
        "contentCredentials": _credentials(given, properties),
    }
    return _recorded(found, notes)


def read_or_note(blocks: Sequence[model.Block]) -> model.Embedded | None:
    """``read``; a fault of ours in there fails no good picture: the log has it, and the record."""
    try:
        return read(blocks)
    except Exception:
        log.exception("metadata_not_read")
        return model.Embedded({}, _ENCODER.encode({"notes": ["not read: a fault of ours"]}))


def is_cheap(blocks: Sequence[model.Block]) -> bool:
    """Whether ``read`` takes well under a millisecond, as with nearly every picture."""
    return sum(len(one.data) for one in blocks) <= CHEAP_BYTES


def _by_kind(blocks: Sequence[model.Block], notes: noting.Notes) -> _Sorted:
    """Blocks in the order they count in: those that PNG holds as text come last."""
    found: _Sorted = defaultdict(list)
    for one in blocks:
        if one.kind is not model.BlockKind.PNG_TEXT and not _is_room(one):
            found[one.kind].append(one.data)
    profiles: list[model.Block] = []
    for data in _texts(blocks):
        block = png_text.read(data, notes)
        if block is not None and data.startswith(b"iTXt"):
            found[block.kind].append(block.data)
        elif block is not None:
            profiles.append(block)
    for block in profiles:
        found[block.kind].append(block.data)
    for name in found.pop(model.BlockKind.BEYOND, []):
        notes.add(f"{name.decode()}: more than is read")
    return found


def _is_room(block: model.Block) -> bool:
    return block.kind is model.BlockKind.XMP and not block.data.strip(_BLANK)


def _texts(blocks: Sequence[model.Block]) -> list[bytes]:
    return [one.data for one in blocks if one.kind is model.BlockKind.PNG_TEXT]


def _packets(given: _Sorted, notes: noting.Notes) -> list[bytes]:
    """Packets of XMP as bytes of XML, whatever they came in."""
    found = given[model.BlockKind.XMP] + [xmp.of_gif(one) for one in given[model.BlockKind.GIF_XMP]]
    for one in given[model.BlockKind.XMP_DEFLATED]:
        try:
            found.append(inflating.inflate_any(one))
        except inflating.Damaged as why:
            notes.add(f"XMP: a packet was not read: {why}")
    return found


def _on_macintosh(tags: exif.Told, properties: rdf.Structure) -> bool:
    """Whether a program on a Macintosh wrote it: then IIM may be in Mac Roman."""
    tools = (tags.get("Software"), typed.text_of(properties.get("xmp:CreatorTool")))
    return any("macintosh" in str(one).lower() for one in tools)


def _photoshop(
    given: _Sorted, notes: noting.Notes, *, is_macintosh: bool
) -> tuple[iim.Texts, str | None]:
    """The datasets, and the URL that may stand in for a statement of rights.

    Those with a place of their own (TIFF) come before those among Photoshop's resources; where
    they are cut off, the copy that says more is taken.
    """
    blocks = [_in_order(one) for one in given[model.BlockKind.IIM]]
    url = None
    joined = b"".join(given[model.BlockKind.PHOTOSHOP])
    for number, data in resources.read(joined, notes) if joined else ():
        if number == resources.IIM:
            blocks.append(data)
        elif number == resources.COPYRIGHT_URL and url is None:
            url = text.tidy(text.decoded(data)) or None
    found: iim.Texts = {}
    for block in blocks:
        own = noting.Notes()
        texts = iim.read(block, own, is_macintosh=is_macintosh)
        found = iim.richer(found, texts)
        for note in own.texts:
            notes.add(note)
        if texts and not own.texts:
            break
    return found, url


def _in_order(data: bytes) -> bytes:
    """Datasets whose groups of four bytes a bad writer has turned round, turned back."""
    if data[:1] != _MARK and data[3:4] == _MARK:
        whole = len(data) & ~3
        return b"".join(data[at : at + 4][::-1] for at in range(0, whole, 4)) + data[whole:]
    return data


def _own(given: _Sorted) -> dict[str, Any]:
    """Title and description of a drawing, which win over its XMP."""
    kinds = {"title": model.BlockKind.TITLE, "description": model.BlockKind.DESCRIPTION}
    found = {
        name: text.tidy(text.decoded(given[kind][0])) for name, kind in kinds.items() if given[kind]
    }
    return {name: one for name, one in found.items() if one}


def _credentials(given: _Sorted, properties: rdf.Structure) -> dict[str, Any]:
    """Content credentials (C2PA): that they are there, not whether they are true."""
    manifests = given[model.BlockKind.CREDENTIALS]
    found: dict[str, Any] = {"bytes": sum(map(int, manifests))} if manifests else {}
    url = typed.text_of(properties.get(_PROVENANCE))
    return found | ({"url": url} if url else {})


def _recorded(found: dict[str, Any], notes: noting.Notes) -> model.Embedded | None:
    said = {name: one for name, one in found.items() if one}
    if not said and not notes.texts:
        return None
    if not notes.texts and _is_plain(said):
        return None
    record = _encoded(said, notes)
    if len(record) > MOST_BYTES:
        for part in ("xmp", "iim", "exif", "fields"):
            _shorten(said, part, notes)
        record = _encoded(said, notes)
    return model.Embedded(said.get("fields", {}), record) if said or notes.texts else None


def _is_plain(said: dict[str, Any]) -> bool:
    """Only what encoders write by themselves: such a picture costs no row."""
    tags, told = said.get("exif", {}), said.get("fields", {})
    if not said.keys() <= {"exif", "fields"} or not tags.keys() <= _BY_ENCODERS:
        return False
    return told.keys() <= {"orientation"} and bool(tags.get("Orientation", 1) == 1)


def _encoded(said: dict[str, Any], notes: noting.Notes) -> bytes:
    return _ENCODER.encode(said | {"notes": notes.texts} if notes.texts else said)


def _shorten(said: dict[str, Any], part: str, notes: noting.Notes) -> None:
    """Leave out the longest until the whole may be kept; XMP first, where histories grow."""
    over = len(_ENCODER.encode(said)) - MOST_BYTES
    sizes = {name: len(_ENCODER.encode(one)) for name, one in said.get(part, {}).items()}
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True):
        if over <= 0:
            return
        over -= sizes[name]
        said[part] = {other: one for other, one in said[part].items() if other != name}
        notes.add(f"{part}: {name} is too long to be kept ({sizes[name]} bytes)")
