"""Removal of pictures that nothing refers to: the row says so first, then the object goes, then it.

Three steps, each of which may be the last before a crash. A row that says ``deleting`` keeps an
import of the same bytes waiting; whoever wrote it deletes for a minute at most, and after ten an
import or another collector takes the row over. An object cannot be fenced as a row can: the time
between is what keeps a late delete from hitting what was put anew.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from wirephoto import model
from wirephoto.db import blobs, pool, renditions
from wirephoto.db import collector as rows
from wirephoto.pipeline.storage import keys, store
from wirephoto.verify import bytes as content

DAY_SECONDS = 86_400.0
AT_ONCE = 16
"""Objects deleted side by side under one claim: so few that a claim is never old."""

_DELETE_SECONDS = 60.0
_OURS = re.compile(r"([a-z0-9_-]{1,63})/([0-9a-f]{2})/\2[0-9a-f]{62}\.([a-z]{3,4})")


@dataclass(frozen=True, slots=True)
class Claim:
    """Pictures that we may remove, until ``until`` by the clock of this machine."""

    pictures: Sequence[rows.Claimed]
    until: float


@dataclass(frozen=True, slots=True)
class Collector:
    """Any number of them may be at work, and imports beside them."""

    database: pool.Pool
    storage: store.Store

    async def collect(self, candidates: Sequence[str]) -> list[str]:
        """Remove those that may go; their keys.

        Raises:
            errors.StorageFailed: storage could not delete; the next run goes on from there.
        """
        removed: list[str] = []
        for start in range(0, len(candidates), AT_ONCE):
            claim = await self.claim(candidates[start : start + AT_ONCE])
            removed += await self.forget(await self.delete(claim))
        return removed

    async def collect_orphan(self, key: str) -> bool:
        """Remove an object without a row, if its bytes prove that it is ours."""
        claim = await self.adopt(key)
        return bool(await self.forget(await self.delete(claim)))

    async def claim(self, candidates: Sequence[str]) -> Claim:
        """First step: what nobody refers to is said to be deleted, in the statement that looks."""
        until = _now() + _DELETE_SECONDS
        async with self.database.connection() as connection:
            return Claim(await rows.claim(connection, candidates), until)

    async def adopt(self, key: str) -> Claim:
        """First step for an object without a row: it gets one that says that it is deleted.

        Not before its bytes, under the secret of this installation, give its name: what another
        installation or a backup of ours put there stays.
        """
        blob = await self._described(key)
        until = _now() + _DELETE_SECONDS
        if blob is None:
            return Claim([], until)
        async with self.database.connection() as connection:
            claimed = await rows.adopt(connection, key.partition("/")[0], blob)
        return Claim([claimed] if claimed else [], until)

    async def delete(self, claim: Claim) -> Sequence[rows.Claimed]:
        """Second step. Nothing after the claim's time: another may have taken the row over."""
        if _now() >= claim.until:
            return []
        await self._delete_renditions([one.key for one in claim.pictures], claim.until)
        await asyncio.gather(*(self.storage.delete(one.key) for one in claim.pictures))
        return claim.pictures

    async def _delete_renditions(self, originals: Sequence[str], until: float) -> None:
        """Their rows go with that of the original. One that is being made finds it deleted."""
        async with self.database.connection() as connection:
            found = await renditions.of_originals(connection, originals)
        for start in range(0, len(found), AT_ONCE):
            if _now() < until:
                some = found[start : start + AT_ONCE]
                await asyncio.gather(*(self.storage.delete(key) for key in some))

    async def forget(self, deleted: Sequence[rows.Claimed]) -> list[str]:
        """Third step: the rows go; the keys of those that were still ours."""
        async with self.database.connection() as connection:
            return [one.key for one in deleted if await rows.forget(connection, one)]

    async def _described(self, key: str) -> blobs.Blob | None:
        project, kind = _parts(key)
        async with self.database.connection() as connection:
            secret = await rows.storage_key(connection, project)
        if secret is None or kind is None:
            return None
        try:
            digest, size = await content.digest(self.storage, key, lambda _: None)
        except store.Missing:
            return None
        if keys.asset_key(project, secret, digest, kind) != key:
            return None
        return blobs.Blob(key, size, kind.mime_type, digest)


def has_our_form(key: str) -> bool:
    """Whether a key looks like one that we make."""
    return _parts(key)[1] is not None


def _parts(key: str) -> tuple[str, model.Kind | None]:
    found = _OURS.fullmatch(key)
    if found is None or found[3] not in set(model.Kind):
        return "", None
    return found[1], model.Kind(found[3])


def _now() -> float:
    """Goes on while the machine or this process sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
