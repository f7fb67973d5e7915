"""What is searched follows what is there: entries that were made or changed, one block at a time.

An import only says which they are. Workers look at them when no import is at work, and a little
while one is; who searches looks at the newest of his project first, so that he finds what has just
come, unless that is very much.
"""

import asyncio

from wirephoto.db import pool
from wirephoto.db import search as rows
from wirephoto.project import searching

_SECONDS = 20.0  # that one turn of a worker takes at most
_REST_SECONDS = 0.02
_BLOCKS_BEFORE_A_SEARCH = 2


async def look(database: pool.Pool) -> int:
    """A worker's turn: all there is, or one block while imports are at work; how many entries."""
    async with database.connection() as connection:
        busy = await rows.importing(connection)
    clock = asyncio.get_running_loop().time
    until = clock() + (0 if busy else _SECONDS)
    total = 0
    while looked := await _block(database, None):
        total += looked
        if clock() >= until:
            break
        await asyncio.sleep(_REST_SECONDS)
    return total


async def catch_up(database: pool.Pool, project: int) -> None:
    """Before a search: the newest that wait."""
    for _ in range(_BLOCKS_BEFORE_A_SEARCH):
        if not await _block(database, project):
            return


async def _block(database: pool.Pool, project: int | None) -> int:
    async def look_at(connection: pool.Connection) -> int:
        ids = await rows.dequeue(connection, project)
        if not ids:
            return 0
        await rows.write(
            connection,
            [
                {
                    "id": entry["id"],
                    "version": entry["version"],
                    "title": searching.folded(entry["title"]),
                    "words": searching.properties(entry["properties"], entry["metadata"]),
                }
                for entry in await rows.read(connection, ids)
            ],
        )
        return len(ids)

    return await pool.transact(database, look_at)
