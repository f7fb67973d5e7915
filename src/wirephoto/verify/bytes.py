"""The bytes themselves: read again, and hashed."""

import hashlib
from collections.abc import Callable

from wirephoto.pipeline.storage import store


async def digest(storage: store.Store, key: str, read: Callable[[int], None]) -> tuple[bytes, int]:
    """SHA-256 and number of an object's bytes; ``read`` is told how many came.

    Raises:
        store.Missing: there is no such object.
        errors.StorageFailed: storage could not say.
    """
    hashed, size = hashlib.sha256(), 0
    async for part in await storage.read(key):
        hashed.update(part)
        size += len(part)
        read(len(part))
    return hashed.digest(), size
