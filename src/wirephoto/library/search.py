"""Pages of what is found.

A cursor names the last entry of a page: what comes meanwhile neither repeats nor hides another.
"""

import base64
import binascii
from dataclasses import replace
from datetime import datetime
from typing import Literal

import msgspec

from wirephoto import errors
from wirephoto.db import pool
from wirephoto.db import search as rows

MOST = 200
RANKED = 1000
"""Entries that are put in the order of relevance: the newest of those that fit."""

Sort = Literal["newest", "relevance"]
_CURSOR_CHARACTERS = 1000


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last entry of a page; ``top``: the newest that was ranked."""

    sort: Sort
    at: datetime
    id: str
    rank: float = 0.0
    top_at: datetime | None = None
    top_id: str | None = None


_DECODER = msgspec.json.Decoder(Cursor)


def read(text: str, sort: Sort) -> Cursor:
    """The cursor of an answer.

    Raises:
        errors.InvalidRequest: it is none, or one of another order.
    """
    cursor = _decoded(text)
    if cursor is None:
        raise errors.InvalidRequest({"after": "is not the `next` of an answer"})
    if cursor.sort != sort:
        raise errors.InvalidRequest({"after": f"is of a search sorted by {cursor.sort}"})
    return cursor


def _decoded(text: str) -> Cursor | None:
    if len(text) > _CURSOR_CHARACTERS:
        return None
    try:
        cursor = _DECODER.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        return None
    times = (cursor.at, cursor.top_at) if cursor.sort == "relevance" else (cursor.at,)
    if any(time is None or time.tzinfo is None for time in times):
        return None
    return None if "\0" in cursor.id + (cursor.top_id or "") else cursor


def written(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


async def page(
    database: pool.Pool, query: rows.Query, sort: Sort, after: Cursor | None
) -> tuple[list[rows.Found], str | None]:
    """Up to ``query.limit`` entries, and the cursor of the page that follows, if any does."""
    # Where words are asked for, so many are wanted that nobody walks through a million entries for
    # one that is not there: how rare a beginning is, statistics do not tell.
    candidates = RANKED if query.words else query.limit + 1
    by_rank = sort == "relevance"
    asked = replace(query, limit=query.limit + 1, candidates=candidates, by_rank=by_rank)
    if after:
        asked = _behind(asked, after)
    async with database.connection() as connection:
        found = await rows.page(connection, asked)
    if len(found) <= query.limit:
        return found, None
    shown = found[: query.limit]
    return shown, written(_cursor(shown[-1], sort, after))


def _behind(asked: rows.Query, after: Cursor) -> rows.Query:
    if after.sort == "newest":
        return replace(asked, before_at=after.at, before_id=after.id)
    return replace(
        asked,
        top_at=after.top_at,
        top_id=after.top_id,
        after_rank=after.rank,
        after_at=after.at,
        after_id=after.id,
    )


def _cursor(last: rows.Found, sort: Sort, after: Cursor | None) -> Cursor:
    at, id_ = last.entry.created_at, last.entry.id
    if sort == "newest":
        return Cursor(sort, at, id_)
    top = (after.top_at, after.top_id) if after else (last.top_at, last.top_id)
    return Cursor(sort, at, id_, last.rank, *top)
