"""The statement that writes what a part of a chunk has come to: all of it, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import psycopg

from wirephoto.db import chunks, entries, jobs, pool, queries, results

_SQL = queries.load("parts")
_PAIR = "entries_pair"  # the constraint that one pair is one entry


class MadeMeanwhile(Exception):
    """Somebody else has made the entry of a pair that was to be new; nothing was written."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a part has come to.

    ``new`` are entries to make; ``held`` keys of the pictures that they will refer to, and ``put``
    those that were put for them since ``reserved_at``. ``records`` are what pictures say of
    themselves, by key; ``written`` ids of entries that were made or changed. ``skipped`` is how
    many images have their rows already; ``closes``: nothing of the chunk is left.
    """

    rows: Sequence[results.Result] = ()
    new: Sequence[entries.Content] = ()
    held: Sequence[str] = ()
    put: Sequence[str] = ()
    reserved_at: datetime | None = None
    records: Mapping[str, bytes] = field(default_factory=dict)
    written: Sequence[str] = ()
    skipped: int = 0
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """``fenced``: the chunk was still ours; ``written``: and all that was to be held is there.

    ``counted`` is the job, where something was counted.
    """

    fenced: bool
    written: bool
    counted: jobs.Counted | None


async def settle(
    connection: pool.Connection, chunk: chunks.Chunk, job: chunks.Job, part: Part
) -> Answer:
    """Write a part behind its chunk's fence; last statement of its transaction, or all of it.

    Raises:
        MadeMeanwhile: an entry of ``new`` is there by now; the transaction is over.
    """
    try:
        cursor = await connection.execute(_SQL["settle"], _given(chunk, job, part))
    except psycopg.errors.UniqueViolation as violated:
        if violated.diag.constraint_name != _PAIR:
            raise
        raise MadeMeanwhile from None
    row = await cursor.fetchone()
    assert row is not None
    fenced, written = row.pop("fenced"), row.pop("written")
    return Answer(fenced, written, jobs.Counted(**row) if row["id"] is not None else None)


def _given(chunk: chunks.Chunk, job: chunks.Job, part: Part) -> dict[str, Any]:
    done = set(part.put)
    return {
        "chunk": chunk.id,
        "attempt": chunk.attempt,
        "closes": part.closes,
        "job": job.id,
        "project": job.project_id,
        "system_name": job.system_name,
        "rank": job.rank,
        "held": _json([{"key": key, "put": key in done} for key in part.held]),
        "reserved_at": part.reserved_at,
        "entries": _json(part.new),
        "record_keys": list(part.records),
        "records": [record.decode() for record in part.records.values()],
        "rows": _json(part.rows),
        "put": list(part.put),
        "written": list(part.written),
        "skipped": part.skipped,
    }


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
