"""A picture's bytes to its record, as an import goes."""

import hashlib
from typing import Any

import msgspec

from tests.unit.inspection import judged
from wirephoto import model
from wirephoto.pipeline.embedded import record
from wirephoto.pipeline.inspection import verdict


def blocks(data: bytes) -> tuple[model.Block, ...]:
    body = model.Body(hashlib.sha256(data).digest(), len(data), data=data)
    found = verdict.inspect_body(body, judged.limits())
    assert isinstance(found, model.Inspected)
    return found.blocks


def whole(data: bytes) -> dict[str, Any]:
    """The record; empty where the picture says nothing."""
    found = record.read(blocks(data))
    return dict(msgspec.json.decode(found.record)) if found else {}


def fields(data: bytes) -> dict[str, Any]:
    return dict(whole(data).get("fields", {}))


def notes(data: bytes) -> list[str]:
    return list(whole(data).get("notes", []))


def of(*given: tuple[model.BlockKind, bytes]) -> dict[str, Any]:
    """The record of these blocks."""
    found = record.read([model.Block(kind, data) for kind, data in given])
    return dict(msgspec.json.decode(found.record)) if found else {}
