"""Catalogue against storage, both ways.

A listing and a query that run for hours never show one moment. So what looks wrong is looked at
once more, by its key: the row, the object, the row again. Only where the row stood still around
the look at the object is it a fault; an import that was at it has changed the row.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from wirephoto import errors
from wirephoto.db import pool, renditions, uploads
from wirephoto.db import verify as rows
from wirephoto.pipeline.storage import keys, listed, store
from wirephoto.verify import bytes as content
from wirephoto.verify import collector, pairing, report

BLOCK = 512
_AT_ONCE = 8  # objects that are read or looked at side by side
_LOOKS = 5  # at what changes each time; then it is in use, and no fault

_NO_ROW = "no row speaks of it"
_Known = Callable[[pool.Connection, Sequence[str]], Awaitable[Collection[str]]]


@dataclass(slots=True)
class Comparison:
    """One pass over all pictures.

    Args:
        deep: their bytes are read and hashed.
        now: seconds since 1970, by the database's clock.
        removal: where it is given, what may go is removed.
    """

    database: pool.Pool
    storage: store.Store
    found: report.Report
    deep: bool
    now: float
    removal: collector.Collector | None = None

    async def run(self) -> None:
        """Look at every row and every object.

        Raises:
            errors.OperatorError: there are rows, but no storage at all.
            errors.StorageFailed: storage could not say.
        """
        async with self.database.connection() as connection:
            blobs = rows.blobs(connection)
            pairs = pairing.paired(blobs, self.storage.listing())
            try:
                async for block in pairing.blocks(pairs, BLOCK):
                    await self.look_at(block)
            except keys.Missing:
                await self._have_no_storage(connection)

    async def _have_no_storage(self, connection: pool.Connection) -> None:
        if (await rows.extent(connection)).blobs:
            raise errors.OperatorError(
                f"storage {self.storage.location} is not there, though pictures are said to be in"
                " it: is it mounted, and is WIREPHOTO_STORAGE_URL right?"
            ) from None

    async def look_at(self, block: list[pairing.Pair]) -> None:
        """Judge some pairs, side by side."""
        seen = [pair.found for pair in block if pair.found]
        await self._look_for_strays(seen, keys.is_rendition, renditions.known, "stray_rendition")
        await self._look_for_strays(seen, keys.is_upload, uploads.known, "stray_upload")
        removed = await self._collect(block)
        slots = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for pair in block:
                if pair.key not in removed and not self._is_right(pair):
                    group.create_task(self._judge(pair, slots))
        self.found.saw(objects=sum(pair.found is not None for pair in block))

    async def _collect(self, block: list[pairing.Pair]) -> set[str]:
        """Remove what nobody refers to; the keys of what was removed."""
        if self.removal is None:
            return set()
        candidates = [pair.key for pair in block if pair.row and _may_go(pair.row)]
        removed = await self.removal.collect(candidates)
        for key in removed:
            self.found.add("removed", key, "nobody referred to it")
        return set(removed)

    async def _look_for_strays(
        self, seen: list[listed.Listed], is_one: Callable[[str], bool], known: _Known, kind: str
    ) -> None:
        """Of those of our own that lie there since a day, each has a row, or is left over."""
        old = [
            one.key
            for one in seen
            if is_one(one.key) and self.now - one.changed_at > collector.DAY_SECONDS
        ]
        if not old:
            return
        async with self.database.connection() as connection:
            spoken_of = await known(connection, old)
        for key in old:
            if key in spoken_of:
                continue
            if self.removal is None:
                self.found.add(kind, key, _NO_ROW)
            else:
                await self.storage.delete(key)
                self.found.add("removed", key, _NO_ROW)

    def _is_right(self, pair: pairing.Pair) -> bool:
        """Whether nothing more need be known; notes are made on the way."""
        row, seen = pair.row, pair.found
        if row is None:
            assert seen is not None
            return self._is_no_object(seen)
        self._note(row)
        if row.state != "stored":
            return True
        return seen is not None and seen.size == row.size and not self.deep

    def _note(self, row: rows.Blob) -> None:
        if row.state == "stored" and not row.referenced and not row.stays:
            self.found.add("unreferenced", row.key, "no entry refers to it")
        elif row.state == "putting" and row.old:
            self.found.add("unfinished_put", row.key, "its storing was broken off")
        elif row.state == "deleting":
            self.found.add("removal", row.key, "its removal was begun")

    def _is_no_object(self, seen: listed.Listed) -> bool:
        if seen.is_ours:
            self.found.add("temporary_file", seen.key, f"{seen.size} bytes")
        elif keys.is_own_matter(seen.key):
            return True
        elif not keys.is_key(seen.key):
            self.found.add("foreign_object", seen.key, "no key")
        else:
            return False
        return True

    async def _judge(self, pair: pairing.Pair, slots: asyncio.Semaphore) -> None:
        """Look by the key; what looks wrong, until the row stands still.

        What is right by the row as it was listed is right: most need no question to the database.
        """
        async with slots:
            before = pair.row or await self._row(pair.key)
            for _ in range(_LOOKS):
                problem = await self._problem(pair.key, before)
                if problem is None:
                    return
                after = await self._row(pair.key)
                if after == before:
                    if not await self._collect_orphan(pair, problem[0]):
                        self.found.add(*problem)
                    return
                before = after

    async def _collect_orphan(self, pair: pairing.Pair, kind: str) -> bool:
        if self.removal is None or kind != "orphan_object" or pair.found is None:
            return False
        if self.now - pair.found.changed_at < collector.DAY_SECONDS:
            return False
        if not await self.removal.collect_orphan(pair.key):
            return False
        self.found.add("removed", pair.key, "no row spoke of it")
        return True

    async def _row(self, key: str) -> rows.Blob | None:
        async with self.database.connection() as connection:
            return await rows.blob(connection, key)

    async def _problem(self, key: str, row: rows.Blob | None) -> tuple[str, str, str] | None:
        if row is not None and row.state != "stored":
            return None
        if row is not None and self.deep:
            return await self._read(key, row)
        size = await self.storage.head(key)
        if row is None:
            return None if size is None else (_sort(key), key, _NO_ROW)
        if size is None:
            return "missing_object", key, _referred("it is not in storage", row)
        return _sized(key, row, size)

    async def _read(self, key: str, row: rows.Blob) -> tuple[str, str, str] | None:
        try:
            digest, size = await content.digest(
                self.storage, key, lambda number: self.found.saw(read=number)
            )
        except keys.Missing:
            return "missing_object", key, _referred("it is not in storage", row)
        if size == row.size and digest != row.sha256:
            return "object_bytes", key, _referred("its SHA-256 is another", row)
        return _sized(key, row, size)


def _sized(key: str, row: rows.Blob, size: int) -> tuple[str, str, str] | None:
    if size == row.size:
        return None
    return "object_size", key, _referred(f"{size} bytes instead of {row.size}", row)


def _sort(key: str) -> str:
    """Registered assets lie under keys of their owner's choice before any row speaks of them."""
    return "orphan_object" if collector.has_our_form(key) else "foreign_object"


def _may_go(row: rows.Blob) -> bool:
    """Worth a question to the database; it decides."""
    return row.state == "deleting" or (row.old and not row.referenced and not row.stays)


def _referred(problem: str, row: rows.Blob) -> str:
    return f"{problem}; {'an entry refers' if row.referenced else 'no entry refers'} to it"
