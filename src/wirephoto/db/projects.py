"""Statements on projects: their rows, their secrets, their snapshots."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg.types.json import Jsonb

from wirephoto.db import pool, queries

_SQL = queries.load("projects")


@dataclass(frozen=True, slots=True)
class Registered:
    """Rows of a project and of its media types as they are now."""

    project: int
    snapshot: int


async def register(connection: pool.Connection, handle: str, content: bytes) -> Registered:
    """Make the project known, with ``content``: its snapshot as it is now."""
    async with connection.transaction():
        await connection.execute(_SQL["register"], {"handle": handle})
        made = {"handle": handle, "storage_key": secrets.token_bytes(32)}
        await connection.execute(_SQL["make_storage_key"], made)
        digest = hashlib.sha256(content).digest()
        given = {"handle": handle, "digest": digest, "content": content}
        await connection.execute(_SQL["insert_snapshot"], given)
        row = await (await connection.execute(_SQL["find_snapshot"], given)).fetchone()
        assert row is not None
        return Registered(project=row["project_id"], snapshot=row["id"])


async def set_secrets(
    connection: pool.Connection,
    handle: str,
    *,
    webhook_secret: str | None,
    webhook_headers: Mapping[str, str],
    webhook_origins: Sequence[str] | None,
) -> None:
    """Keep the project's secrets as its file has them now."""
    given = {
        "handle": handle,
        "webhook_secret": webhook_secret,
        "webhook_headers": Jsonb(dict(webhook_headers)),
        "webhook_origins": None if webhook_origins is None else list(webhook_origins),
    }
    await connection.execute(_SQL["set_secrets"], given)
