"""The entry: created, updated or left alone, by its pair; all of a chunk in a few statements.

The job accepted last decides an entry: its rank stands in the row, and a job of lower rank finds
itself superseded. Entries are locked in the order of their ids, so two chunks cannot deadlock.
"""

import decimal
import secrets
import string
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from wirephoto import model
from wirephoto.db import entries, pool, results

UNCHANGED = "already exists"
SUPERSEDED = "superseded by a later import"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ENCODER = msgspec.json.Encoder()
_CANONICAL = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class Asset:
    """A picture in storage; ``size`` in bytes."""

    key: str
    size: int
    picture: model.Picture


@dataclass(frozen=True, slots=True)
class Arrival:
    """A picture that is ready to be catalogued.

    ``asset`` is None when the origin said that the one under ``known_key`` is still right.
    """

    position: int
    external_id: str
    file_name: str
    media_type: str
    title: str
    metadata: dict[str, Any]
    asset: Asset | None
    known_key: str | None
    source_url: str
    validators: model.Validators
    attempts: int


@dataclass(slots=True)
class Catalogued:
    """Final rows; positions whose asset changed under them, to be fetched anew; replaced keys."""

    rows: list[results.Result] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Plan:
    """What one round of looking found there is to do."""

    create: list[tuple[Arrival, entries.Content]] = field(default_factory=list)
    update: list[entries.Content] = field(default_factory=list)
    touch: list[entries.Content] = field(default_factory=list)


async def catalogue(
    connection: pool.Connection, pairs: entries.Pairs, arrivals: Sequence[Arrival]
) -> Catalogued:
    """Bring arrivals into the library, inside the caller's transaction.

    A pair that another job makes in the same moment is looked at once more, as an update.
    """
    done = Catalogued()
    left = sorted(arrivals, key=lambda arrival: arrival.external_id)
    while left:
        current = await entries.lock_pairs(
            connection, pairs, [arrival.external_id for arrival in left]
        )
        plan = _decide(left, current, pairs.rank, done)
        await entries.update(connection, pairs, plan.update)
        await entries.touch(connection, pairs, plan.touch)
        left = await _create(connection, pairs, plan.create, done)
    return done


async def _create(
    connection: pool.Connection,
    pairs: entries.Pairs,
    wanted: Sequence[tuple[Arrival, entries.Content]],
    done: Catalogued,
) -> list[Arrival]:
    """Make new entries; those that somebody else made first are left to do."""
    if not wanted:
        return []
    made = await entries.insert(connection, pairs, [content for _, content in wanted])
    done.rows += [
        _row(arrival, content, "success")
        for arrival, content in wanted
        if content.external_id in made
    ]
    return [arrival for arrival, content in wanted if content.external_id not in made]


def _decide(
    arrivals: Iterable[Arrival], current: dict[str, entries.Current], rank: int, done: Catalogued
) -> _Plan:
    plan = _Plan()
    for arrival in arrivals:
        entry = current.get(arrival.external_id)
        if arrival.asset is None and (entry is None or entry.asset_key != arrival.known_key):
            done.changed.append(arrival.position)
        elif entry is None:
            plan.create.append((arrival, _content(arrival, new_id(), None)))
        elif entry.rank > rank:
            done.rows.append(_row(arrival, entry, "skipped", SUPERSEDED))
        else:
            _decide_known(arrival, entry, plan, done)
    return plan


def _decide_known(arrival: Arrival, entry: entries.Current, plan: _Plan, done: Catalogued) -> None:
    content = _content(arrival, entry.id, entry)
    if _is_same(arrival, content, entry):
        plan.touch.append(content)
        done.rows.append(_row(arrival, entry, "skipped", UNCHANGED))
    else:
        plan.update.append(content)
        if content.asset_key != entry.asset_key:
            done.replaced.append(entry.asset_key)
        done.rows.append(_row(arrival, content, "success"))


def _is_same(arrival: Arrival, content: entries.Content, entry: entries.Current) -> bool:
    return (
        content.asset_key == entry.asset_key
        and content.title == entry.title
        and content.media_type == entry.media_type
        and _is_same_json(arrival.metadata, entry.metadata)
    )


def _is_same_json(first: Any, second: Any) -> bool:
    """Whether two JSON values are the same, as jsonb has it: ``true`` is not 1, 1.0 is.

    jsonb gives a large number back as an integer (1e300), and the order of keys as its own.
    """
    if _CANONICAL.encode(first) == _CANONICAL.encode(second):
        return True
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(
            _is_same_json(value, second[key]) for key, value in first.items()
        )
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_is_same_json, first, second))
    numbers = isinstance(first, int | float) and isinstance(second, int | float)
    if not numbers or bool in {type(first), type(second)}:
        return False  # equal texts and constants have equal encodings
    return decimal.Decimal(str(first)) == decimal.Decimal(str(second))


def _content(arrival: Arrival, entry_id: str, entry: entries.Current | None) -> entries.Content:
    kept = arrival.asset is None and entry is not None
    asset_of = _asset_of_entry(entry) if kept and entry else _asset_of_arrival(arrival)
    return entries.Content(
        id=entry_id,
        external_id=arrival.external_id,
        media_type=arrival.media_type,
        title=arrival.title,
        metadata=_ENCODER.encode(arrival.metadata).decode(),
        file_name=arrival.file_name,
        source_url=arrival.source_url,
        etag=arrival.validators.etag,  # for a 304 those that it was asked with
        last_modified=arrival.validators.last_modified,
        **asset_of,
    )


def _asset_of_entry(entry: entries.Current) -> dict[str, Any]:
    return {
        "asset_key": entry.asset_key,
        "asset_size": entry.asset_size,
        "width": entry.width,
        "height": entry.height,
        "mime_type": entry.mime_type,
    }


def _asset_of_arrival(arrival: Arrival) -> dict[str, Any]:
    asset = arrival.asset
    assert asset is not None
    return {
        "asset_key": asset.key,
        "asset_size": asset.size,
        "width": asset.picture.width,
        "height": asset.picture.height,
        "mime_type": asset.picture.kind.mime_type,
    }


def _row(
    arrival: Arrival,
    entry: entries.Content | entries.Current,
    state: str,
    reason: str | None = None,
) -> results.Result:
    return results.Result(
        position=arrival.position,
        state=state,
        attempts=arrival.attempts,
        title=entry.title,
        entry_id=entry.id,
        asset_key=entry.asset_key,
        width=entry.width,
        height=entry.height,
        mime_type=entry.mime_type,
        reason=reason,
    )


def new_id() -> str:
    """Fourteen characters: six of the second, so the index grows at its end, eight by chance."""
    return _base62(int(time.time()), 6) + _base62(secrets.randbelow(62**8), 8)


def _base62(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
