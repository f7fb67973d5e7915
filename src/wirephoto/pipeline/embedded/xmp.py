"""XMP: packets and their extension to properties, properties to fields."""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from typing import Any

from wirephoto.pipeline.embedded import fields, packet, rdf, typed
from wirephoto.pipeline.embedded import notes as noting

_EXTENSION_OF = "xmpNote:HasExtendedXMP"
_TRIES = 4
_HEAD = struct.Struct(">32sII")
_GIF_TRAILER = 257  # 01 FF FE … 01 00, without the terminator of the block
_ALTITUDE, _ALTITUDE_REFERENCE = "gPSAltitude", "exif:GPSAltitudeRef"
_IN_XMP = tuple(one for one in fields.ALL if one.xmp)


def read(
    packets: Sequence[bytes], extensions: Sequence[bytes], notes: noting.Notes
) -> rdf.Structure:
    """The properties of the first packet that can be read, and of the extension it names."""
    for data in packets[:_TRIES]:
        try:
            found = _properties(data, notes)
        except packet.Unreadable as why:
            notes.add(f"XMP: a packet was not read: {why}")
            continue
        named = typed.text_of(found.pop(_EXTENSION_OF, None))
        if named:
            _extend(found, named.encode(), extensions, notes)
        return found
    return {}


def _properties(data: bytes, notes: noting.Notes) -> rdf.Structure:
    found: rdf.Structure = {}
    for tree in packet.trees(data, notes):
        for name, value in rdf.properties(tree).items():
            found.setdefault(name, value)
    return found


def _extend(
    found: rdf.Structure, named: bytes, extensions: Sequence[bytes], notes: noting.Notes
) -> None:
    """What the main packet says wins."""
    joined = _joined(named, extensions)
    if joined is None:
        notes.add("XMP: its extension is not whole and was not read")
        return
    try:
        more = _properties(joined, notes)
    except packet.Unreadable as why:
        notes.add(f"XMP: its extension was not read: {why}")
        return
    for name, value in more.items():
        found.setdefault(name, value)


def _joined(named: bytes, extensions: Iterable[bytes]) -> bytes | None:
    """The parts under that GUID, in their order; None where they leave a gap, overlap or lie."""
    parts = []
    for one in extensions:
        if len(one) >= _HEAD.size and one[:32].upper() == named.upper():
            _, full, offset = _HEAD.unpack_from(one)
            parts.append((offset, full, one[_HEAD.size :]))
    parts.sort(key=lambda part: part[0])
    at = 0
    for offset, full, text in parts:
        if offset != at or full != parts[0][1]:
            return None
        at += len(text)
    if not parts or at != parts[0][1]:
        return None
    joined = b"".join(text for _, _, text in parts)
    digest = hashlib.md5(joined, usedforsecurity=False).hexdigest().encode()
    return joined if digest == named.lower() else None


def of_gif(data: bytes) -> bytes:
    """The packet of a GIF's extension: raw up to the trailer, or in sub-blocks as others are."""
    if not data.lstrip(b"\xef\xbb\xbf").startswith(b"<"):
        joined = _sub_blocks(data)
        if joined.startswith(b"<"):
            return joined
    return data[:-_GIF_TRAILER] if data[-_GIF_TRAILER:][:2] == b"\x01\xff" else data


def _sub_blocks(data: bytes) -> bytes:
    parts, at = [], 0
    while at < len(data) and (size := data[at]):
        parts.append(data[at + 1 : at + 1 + size])
        at += size + 1
    return b"".join(parts)


def values(found: rdf.Structure) -> dict[str, Any]:
    """Fields by their ids."""
    told = (
        (one.id, typed.value(found[one.xmp], one.type, one.members))
        for one in _IN_XMP
        if one.xmp in found
    )
    said = {name: value for name, value in told if value is not None}
    if _ALTITUDE in said and typed.text_of(found.get(_ALTITUDE_REFERENCE)) == "1":
        said[_ALTITUDE] = "-" + said[_ALTITUDE]
    return said
