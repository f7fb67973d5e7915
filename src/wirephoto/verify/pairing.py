"""Rows and objects side by side: one pass over both, in the order of their keys as bytes.

Where a side keeps another order, a pair may come apart: its halves are looked at once more, by
their key, before anything is said of them.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from wirephoto.db import verify as rows
from wirephoto.pipeline.storage import listed


@dataclass(frozen=True, slots=True)
class Pair:
    """What the database and storage say of a key; one of them may say nothing."""

    row: rows.Blob | None
    found: listed.Listed | None

    @property
    def key(self) -> str:
        said = self.row or self.found
        assert said is not None
        return said.key


async def paired(
    blobs: AsyncIterator[rows.Blob], pages: AsyncIterator[Sequence[listed.Listed]]
) -> AsyncIterator[Pair]:
    """Each key of either side, once."""
    row = await anext(blobs, None)
    async for page in pages:
        for found in page:
            place = _place(found.key)
            while row is not None and _place(row.key) < place:
                yield Pair(row, None)
                row = await anext(blobs, None)
            if row is not None and row.key == found.key:
                yield Pair(row, found)
                row = await anext(blobs, None)
            else:
                yield Pair(None, found)
    while row is not None:
        yield Pair(row, None)
        row = await anext(blobs, None)


def _place(key: str) -> bytes:
    return key.encode(errors="surrogateescape")


async def blocks(pairs: AsyncIterator[Pair], size: int) -> AsyncIterator[list[Pair]]:
    """The same, some at a time."""
    block: list[Pair] = []
    async for pair in pairs:
        block.append(pair)
        if len(block) == size:
            yield block
            block = []
    yield block
