"""Read what a picture says of itself, and fill its entry in from that."""

import asyncio
from collections.abc import Mapping
from typing import Any

from wirephoto import model
from wirephoto.pipeline.embedded import filling, record
from wirephoto.pipeline.steps import outcomes
from wirephoto.project import media_types


async def brought(
    work: outcomes.Work,
    wanted: outcomes.Wanted,
    inspected: model.Inspected,
    validators: model.Validators,
    sha256: bytes,
) -> outcomes.Brought:
    """The picture with its record; its blocks are let go.

    Raises:
        errors.InvalidMetadata: what is required is missing still.
    """
    if not inspected.blocks:
        filled = _filled(work, wanted, {})
        return outcomes.Brought(wanted, inspected, validators, sha256=sha256, filled=filled)
    found = await _read(inspected.blocks)
    bare = model.Inspected(inspected.picture, inspected.body)
    filled = _filled(work, wanted, found.fields if found else {})
    written = found.record if found else None
    return outcomes.Brought(wanted, bare, validators, written, filled, sha256)


def unchanged(
    work: outcomes.Work,
    wanted: outcomes.Wanted,
    validators: model.Validators,
    *,
    asked: bool = True,
) -> outcomes.Brought:
    """The same for a picture that is unchanged, as its origin or its version says.

    Its fields are known.
    """
    known = work.known.get(wanted.image.asset_key or "", {})
    filled = _filled(work, wanted, known)
    return outcomes.Brought(wanted, None, validators, filled=filled, asked=asked)


async def _read(blocks: tuple[model.Block, ...]) -> model.Embedded | None:
    if record.is_cheap(blocks):
        return record.read_or_note(blocks)
    return await asyncio.to_thread(record.read_or_note, blocks)


def _filled(
    work: outcomes.Work, wanted: outcomes.Wanted, fields: Mapping[str, Any]
) -> filling.Filled:
    media_type = media_types.find(work.rules.media_types, wanted.image.media_type)
    if not media_type.exif_mappings:
        return filling.NOTHING
    filled = filling.fill(media_type, fields, wanted.metadata)
    media_type.check_required(
        {**filled.values, **wanted.metadata},
        title=wanted.image.file_name,
        but=wanted.image.edited,
    )
    return filled
