"""Which mark a storage folder bears: the database knows, so that no start takes an empty one."""

from wirephoto import errors
from wirephoto.db import marks, pool
from wirephoto.pipeline.storage import local, store


async def settle(database: pool.Pool, storage: store.Store) -> str | None:
    """Let a folder be used only while it bears its mark; one that never had one gets it.

    A bucket needs none: one that is away does not answer. Storage that fails now is storage that
    is away: whoever uses it tries it first.

    Returns:
        The mark that the folder should bear, where it does not; else None.
    """
    if not isinstance(storage, local.LocalStore):
        return None
    async with database.connection() as connection:
        found = await marks.claim(connection, storage.location)
        known = [] if found.is_made or found.others else await marks.some_pictures(connection)
    try:
        if known and not await _has_one(storage, known):
            # Pictures from before there were marks, and none of them is here: an empty mount point.
            storage.expect(found.mark, made=True)
        else:
            storage.expect(found.mark, made=found.is_made)
        await storage.look()
    except errors.StorageFailed:
        return found.mark
    if not found.is_made:
        async with database.connection() as connection:
            await marks.made(connection, storage.location)
    return None


async def _has_one(storage: local.LocalStore, pictures: list[str]) -> bool:
    return any([await storage.head(key) is not None for key in pictures])
