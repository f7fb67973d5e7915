"""Does the storage work? Asked by doing it: write, read back, delete."""

import hashlib
from collections.abc import AsyncIterator
from typing import Protocol

from wirephoto import errors, model
from wirephoto.pipeline.storage import keys

_TEXT = b"wirephoto writes, reads and deletes this to see that storage works\n"


class Tried(Protocol):
    """A store from inside: reserved keys are let through."""

    async def put_reserved(self, key: str, body: model.Body) -> None: ...
    async def read_reserved(self, key: str) -> AsyncIterator[bytes]: ...
    async def delete_reserved(self, key: str) -> None: ...


async def run(store: Tried) -> None:
    """One round under a reserved key. What fails is raised as the store raises it.

    Raises:
        errors.StorageFailed: other bytes came back than were written.
    """
    key = keys.trial_key()
    body = model.Body(hashlib.sha256(_TEXT).digest(), len(_TEXT), data=_TEXT)
    await store.put_reserved(key, body)
    try:
        found = b"".join([part async for part in await store.read_reserved(key)])
        if found != _TEXT:
            raise errors.StorageFailed("other bytes came back than were written", transient=True)
    finally:
        await store.delete_reserved(key)
