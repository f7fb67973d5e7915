"""All that is due, in bounded pieces: each is a transaction; the next run goes on from there."""

import asyncio
from dataclasses import dataclass

from wirephoto.db import pool, retention, uploads
from wirephoto.pipeline.storage import store
from wirephoto.verify import collector

LEAST_DAYS = 1
"""No picture goes before, whatever is set: an import may be about to refer to it."""


@dataclass(frozen=True, slots=True)
class Periods:
    """Days that jobs and unused pictures are kept; 0 is for ever."""

    job_days: int = 0
    picture_days: int = 0


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures that nothing refers to; ``bytes`` are theirs, 0 where nobody counted."""

    pictures: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Removal:
    """``dry``: everything is looked for, nothing removed."""

    database: pool.Pool
    storage: store.Store
    dry: bool = False

    async def jobs(self, days: int) -> retention.Jobs:
        """Jobs that ended ``days`` ago."""
        total = retention.Jobs()
        if self.dry:
            async with self.database.connection() as connection:
                return await retention.would_go(connection, days)
        while (some := await self.some_jobs(days)).jobs:
            total += some
        return total

    async def some_jobs(self, days: int) -> retention.Jobs:
        """As many as one transaction takes."""
        async with self.database.connection() as connection, connection.transaction():
            return await retention.remove_jobs(connection, days)

    async def pictures(self, days: int) -> Pictures:
        """Pictures that nobody refers to since ``days``, one at least.

        Raises:
            errors.StorageFailed: storage could not delete.
        """
        removing = collector.Collector(self.database, self.storage)
        number, size, last = 0, 0, ""
        while True:
            async with self.database.connection() as connection:
                found = await retention.unused(connection, last, days)
            if found.last is None:
                return Pictures(number, size)
            last = found.last
            number += len(found.keys) if self.dry else len(await removing.collect(found.keys))
            size += found.bytes if self.dry else 0

    async def some_uploads(self) -> int:
        """Pictures that were sent to us and are imported, or whose time is over; some at a time.

        Raises:
            errors.StorageFailed: storage could not delete; the next run goes on from there.
        """
        async with self.database.connection() as connection:
            found = await uploads.due(connection)
        own = [one.key for one in found if not one.borrowed]
        for start in range(0, len(own), collector.AT_ONCE):
            some = own[start : start + collector.AT_ONCE]
            await asyncio.gather(*(self.storage.delete(key) for key in some))
        if found:
            async with self.database.connection() as connection:
                await uploads.forget(connection, [one.id for one in found])
        return len(found)

    async def uploads(self) -> int:
        """All of them; how many it was. Raises as ``some_uploads``."""
        if self.dry:
            async with self.database.connection() as connection:
                return await uploads.count_due(connection)
        total = 0
        while removed := await self.some_uploads():
            total += removed
        return total

    async def sessions(self) -> int:
        """Of people on the pages, where they are over."""
        async with self.database.connection() as connection:
            if self.dry:
                return await retention.count_sessions(connection)
            total = 0
            while removed := await retention.remove_sessions(connection):
                total += removed
            return total
