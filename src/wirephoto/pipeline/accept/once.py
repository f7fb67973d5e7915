"""The same request under the same key is one job, however often and wherever it comes in."""

import asyncio
import contextlib
import hashlib
import re
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from wirephoto import errors
from wirephoto.db import keys, pool

HEADER = "Idempotency-Key"
KEY_CHARACTERS = 255
_PRINTABLE = re.compile(r"[\x20-\x7e]+")


def key(given: Sequence[str]) -> str | None:
    """The key of a request, from the header's lines; None when it carries none.

    Raises:
        errors.InvalidRequest: it cannot be one.
    """
    if not given:
        return None
    if len(given) > 1:
        raise errors.InvalidRequest({HEADER: f"must be given once (it is {len(given)} times)"})
    (text,) = given
    if len(text) > KEY_CHARACTERS:
        problem = f"must be at most {KEY_CHARACTERS} characters (it has {len(text)})"
        raise errors.InvalidRequest({HEADER: problem})
    if not _PRINTABLE.fullmatch(text):
        problem = "must be printable ASCII" if text else "must not be empty"
        raise errors.InvalidRequest({HEADER: problem})
    return text


class Gate:
    """One request a key at a time in this process: those that wait hold no connection.

    Between processes the database's unique index does the same.
    """

    def __init__(self) -> None:
        self._locks: weakref.WeakValueDictionary[tuple[int, str], asyncio.Lock] = (
            weakref.WeakValueDictionary()
        )

    @contextlib.asynccontextmanager
    async def held(self, project: int, key: str) -> AsyncIterator[None]:
        lock = self._locks.setdefault((project, key), asyncio.Lock())
        async with lock:
            yield


async def once(
    gate: Gate,
    database: pool.Pool,
    project: int,
    key: str | None,
    body: bytes,
    write: Callable[[keys.Key | None], Awaitable[str | None]],
) -> str:
    """The public id of the job that ``write`` makes, or that the key's first request has made.

    ``write`` claims the key in the transaction that makes the job; None: it was claimed meanwhile.

    Raises:
        errors.Conflict: the key came with another body.
    """
    if key is None:
        made = await write(None)
        assert made is not None
        return made
    digest = await asyncio.to_thread(lambda: hashlib.sha256(body).digest())
    wanted = keys.Key(project, key, digest)
    async with gate.held(project, key):
        while True:
            made = await _earlier(database, wanted) or await write(wanted)
            if made is not None:
                return made


async def _earlier(database: pool.Pool, wanted: keys.Key) -> str | None:
    async with database.connection() as connection:
        used = await keys.find(connection, wanted)
    if used is None:
        return None
    if used.digest != wanted.digest:
        raise errors.Conflict({HEADER: "This key was used with another body within 24 hours."})
    return used.job
