"""Statements on uploads: pictures that their client sends itself, until they are imported."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

import msgspec

from wirephoto.db import collector, pool, queries

_SQL = queries.load("uploads")
REMOVED_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class New:
    """An upload to be: ``sha256`` in hexadecimal digits, ``size`` in bytes, ``key`` in storage.

    ``known`` are keys under which the library would have the same bytes.
    """

    public_id: str
    sha256: str
    size: int
    key: str
    known: list[str]


@dataclass(frozen=True, slots=True)
class Announced:
    """``state``: ``wanted`` until its bytes are there, then ``stored``."""

    public_id: str
    sha256: str
    size: int
    state: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Upload:
    """As its address finds it. ``secret`` is the project's: never log it.

    ``living``: neither it nor the address that was asked has expired.
    """

    id: int
    project: int
    sha256: bytes
    size: int
    key: str
    state: str
    living: bool
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Removed:
    """``borrowed``: the bytes are those of a picture of the library, and stay."""

    id: int
    key: str
    borrowed: bool


async def has_room(connection: pool.Connection, project: int, more: int, most: int) -> bool:
    given = {"project": project, "more": more, "most": most}
    row = await (await connection.execute(_SQL["room"], given)).fetchone()
    assert row is not None
    return bool(row["found"])


async def announce(
    connection: pool.Connection, project: int, wanted: Sequence[New], hours: int
) -> list[Announced]:
    """``wanted`` hold each digest once; they live for so many hours from now."""
    rows = msgspec.json.encode([asdict(one) for one in wanted]).decode()
    given = {"project": project, "rows": rows, "hours": hours}
    found = await (await connection.execute(_SQL["announce"], given)).fetchall()
    return [Announced(**row) for row in found]


async def find(connection: pool.Connection, public_id: str, expires: int) -> Upload | None:
    given = {"public_id": public_id, "expires": expires}
    row = await (await connection.execute(_SQL["find"], given)).fetchone()
    return Upload(**row) if row else None


async def begin_put(connection: pool.Connection, upload: int) -> bool:
    """Whether its bytes are still wanted; it then lives for an hour at least."""
    cursor = await connection.execute(_SQL["begin_put"], {"upload": upload})
    return await cursor.fetchone() is not None


async def end_put(connection: pool.Connection, upload: Upload, hours: int) -> bool:
    """Say that its bytes are there; False: it is another's, or gone."""
    given = {"upload": upload.id, "key": upload.key, "hours": hours}
    return await (await connection.execute(_SQL["end_put"], given)).fetchone() is not None


async def state(connection: pool.Connection, upload: int) -> str | None:
    row = await (await connection.execute(_SQL["state"], {"upload": upload})).fetchone()
    return str(row["state"]) if row else None


async def hold(
    connection: pool.Connection, project: int, digests: Collection[str]
) -> dict[str, int]:
    """Ids of those that an import may name, by digest; none goes before the transaction ends."""
    given = {"project": project, "digests": _bytes(digests)}
    rows = await (await connection.execute(_SQL["hold"], given)).fetchall()
    return {row["sha256"]: row["id"] for row in rows}


async def use(connection: pool.Connection, job: int, uploads: Mapping[int, int]) -> None:
    """Images of a job are made of these: upload by position."""
    given = {"job": job, "uploads": list(uploads.values()), "positions": list(uploads)}
    await connection.execute(_SQL["use"], given)


async def use_again(connection: pool.Connection, project: int, job: int, scheme: str) -> None:
    """The same of a job that tries again, as far as they are there; ``scheme`` of their URLs."""
    given = {"project": project, "job": job, "scheme": scheme}
    await connection.execute(_SQL["use_again"], given)


async def of_chunk(
    connection: pool.Connection, project: int, digests: Collection[str]
) -> dict[str, str]:
    """Keys in storage by digest, of those that are there."""
    given = {"project": project, "digests": _bytes(digests)}
    rows = await (await connection.execute(_SQL["of_chunk"], given)).fetchall()
    return {row["sha256"]: row["key"] for row in rows}


async def due(connection: pool.Connection) -> list[Removed]:
    """Some that may go; they are said to be removed. None while a backup is taken."""
    async with connection.transaction():
        if not await collector.may_remove(connection):
            return []
        rows = await (await connection.execute(_SQL["due"], {"most": REMOVED_AT_ONCE})).fetchall()
    return [Removed(**row) for row in rows]


async def count_due(connection: pool.Connection) -> int:
    row = await (await connection.execute(_SQL["count_due"])).fetchone()
    assert row is not None
    return int(row["n"])


async def forget(connection: pool.Connection, uploads: Sequence[int]) -> None:
    await connection.execute(_SQL["forget"], {"ids": list(uploads)})


async def known(connection: pool.Connection, keys: Sequence[str]) -> set[str]:
    """Those of the keys that an upload has."""
    rows = await (await connection.execute(_SQL["known"], {"keys": list(keys)})).fetchall()
    return {row["key"] for row in rows}


def _bytes(digests: Collection[str]) -> list[bytes]:
    return [bytes.fromhex(one) for one in sorted(digests)]
