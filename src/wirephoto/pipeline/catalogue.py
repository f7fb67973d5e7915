"""The entry: created, updated or left alone, by its pair; all of a chunk in a few statements.

The job accepted last decides an entry: its rank stands in the row, and a job of lower rank finds
itself superseded. Entries are locked in the order of their ids, so two chunks cannot deadlock.
"""

import secrets
import string
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from wirephoto import model
from wirephoto.db import changes as history
from wirephoto.db import entries, pool, results
from wirephoto.pipeline import changes, merging

UNCHANGED = "already exists"
EDITED = "edited since the last import"
SUPERSEDED = "superseded by a later import"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ENCODER = msgspec.json.Encoder()


class Asset(msgspec.Struct, frozen=True):
    """A picture in storage; ``size`` in bytes."""

    key: str
    size: int
    picture: model.Picture


class Version(msgspec.Struct, frozen=True):
    """What the request said of the picture, and the digest of its bytes as they came, if they did.

    Digests in hexadecimal digits.
    """

    checksum: str | None = None
    sha256: str | None = None
    request_digest: str | None = None


class Arrival(msgspec.Struct, frozen=True):
    """A picture that is ready to be catalogued.

    ``asset`` is None when the one under ``known_key`` is still right; ``source_url`` and
    ``validators`` are then those of the entry.
    ``metadata`` is the caller's, ``filled`` what is embedded; ``left_out`` of that broke a rule.
    """

    position: int
    external_id: str
    file_name: str
    media_type: str
    title: str
    metadata: dict[str, Any]
    filled: Mapping[str, Any]
    left_out: Sequence[str]
    asset: Asset | None
    known_key: str | None
    source_url: str | None
    validators: model.Validators
    version: Version
    attempts: int


@dataclass(slots=True)
class Catalogued:
    """Final rows; entries that are still to be made, by the statement that writes those.

    ``changed`` are positions whose asset changed under them, to be fetched anew; ``replaced`` keys.
    """

    rows: list[results.Result] = field(default_factory=list)
    new: list[entries.Content] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Rule:
    """Of the job: what happens to entries that are there, and its place in the order."""

    policy: model.Update
    rank: int


@dataclass(slots=True)
class _Plan:
    """What one round of looking found there is to do."""

    update: list[entries.Content] = field(default_factory=list)
    touch: list[entries.Content] = field(default_factory=list)
    changes: list[history.Change] = field(default_factory=list)


async def catalogue(
    connection: pool.Connection,
    pairs: entries.Pairs,
    policy: model.Update,
    arrivals: Sequence[Arrival],
) -> Catalogued:
    """Bring arrivals into the library, inside the caller's transaction; but for new entries.

    A pair that another job makes before those are is looked at once more, as an update, by a
    transaction that begins anew.
    """
    done = Catalogued()
    if not arrivals:
        return done
    current = await entries.lock_pairs(connection, pairs, [one.external_id for one in arrivals])
    plan = _decide(arrivals, current, _Rule(policy, pairs.rank), done)
    await entries.update(connection, pairs, plan.update)
    await history.insert(connection, history.Cause("import", job=pairs.job), plan.changes)
    await entries.touch(connection, pairs, plan.touch)
    return done


def unseen(pairs: entries.Pairs, policy: model.Update, arrivals: Sequence[Arrival]) -> Catalogued:
    """The same where no entry was there when the chunk was claimed: nothing is looked at."""
    done = Catalogued()
    _decide(arrivals, {}, _Rule(policy, pairs.rank), done)
    return done


def _decide(
    arrivals: Sequence[Arrival], current: dict[str, entries.Current], rule: _Rule, done: Catalogued
) -> _Plan:
    plan = _Plan()
    new_ids = _new_ids(arrivals, current)
    for arrival in arrivals:
        entry = current.get(arrival.external_id)
        if entry is not None and (reason := _left_alone(entry, rule)):
            done.rows.append(_row(arrival, entry, "skipped", reason))
        elif arrival.asset is None and (entry is None or entry.asset_key != arrival.known_key):
            done.changed.append(arrival.position)
        elif entry is None:
            content = _content(arrival, new_ids[arrival.position], None, _merged(arrival, None))
            done.new.append(content)
            done.rows.append(_row(arrival, content, "success"))
        else:
            _decide_known(arrival, entry, rule, plan, done)
    return plan


def _new_ids(arrivals: Iterable[Arrival], current: Mapping[str, entries.Current]) -> dict[int, str]:
    """By position, in its order: entries of one moment are listed by their ids."""
    places = sorted(one.position for one in arrivals if one.external_id not in current)
    return dict(zip(places, sorted(new_id() for _ in places), strict=True))


def _left_alone(entry: entries.Current, rule: _Rule) -> str | None:
    """Why the entry stays as it is, whatever came for it."""
    if rule.policy == "never":
        return UNCHANGED
    if entry.rank > rule.rank:
        return SUPERSEDED
    return EDITED if rule.policy == "untouched" and entry.edited else None


def _decide_known(
    arrival: Arrival, entry: entries.Current, rule: _Rule, plan: _Plan, done: Catalogued
) -> None:
    merged = _merged(arrival, entry)
    content = _content(arrival, entry.id, entry, merged)
    if rule.policy != "always" and _is_same(merged, content, entry):
        plan.touch.append(content)
        done.rows.append(_row(arrival, entry, "skipped", UNCHANGED))
    else:
        plan.update.append(content)
        plan.changes.append(_change(merged, content, entry))
        if content.asset_key != entry.asset_key:
            done.replaced.append(entry.asset_key)
        done.rows.append(_row(arrival, content, "success"))


def _merged(arrival: Arrival, entry: entries.Current | None) -> merging.Merged:
    standing = None
    if entry is not None and entry.media_type == arrival.media_type:
        standing = merging.Standing(entry.metadata, entry.origins, entry.title)
    return merging.merge(arrival.metadata, arrival.title, arrival.filled, standing)


def _change(
    merged: merging.Merged, content: entries.Content, entry: entries.Current
) -> history.Change:
    before = changes.Facts(
        entry.media_type, entry.title, entry.metadata, entry.asset_key, entry.file_name
    )
    after = changes.Facts(
        content.media_type,
        content.title,
        merged.metadata,
        content.asset_key,
        content.file_name,
    )
    return history.Change(entry.id, entry.version + 1, changes.between(before, after))


def _is_same(merged: merging.Merged, content: entries.Content, entry: entries.Current) -> bool:
    return (
        content.asset_key == entry.asset_key
        and content.title == entry.title
        and content.media_type == entry.media_type
        and changes.is_same(merged.metadata, entry.metadata)
    )


def _content(
    arrival: Arrival, entry_id: str, entry: entries.Current | None, merged: merging.Merged
) -> entries.Content:
    kept = arrival.asset is None and entry is not None
    asset_of = _asset_of_entry(entry) if kept and entry else _asset_of_arrival(arrival)
    return entries.Content(
        id=entry_id,
        external_id=arrival.external_id,
        media_type=arrival.media_type,
        title=merged.title,
        metadata=_ENCODER.encode(merged.metadata).decode(),
        file_name=arrival.file_name,
        source_url=arrival.source_url,
        etag=arrival.validators.etag,  # for a 304 those that it was asked with
        last_modified=arrival.validators.last_modified,
        origins=_ENCODER.encode(merged.origins).decode() if merged.origins else "{}",
        left_out=_ENCODER.encode(arrival.left_out).decode() if arrival.left_out else None,
        checksum=arrival.version.checksum,
        request_digest=arrival.version.request_digest,
        **asset_of,
    )


def _asset_of_entry(entry: entries.Current) -> dict[str, Any]:
    return {
        "asset_key": entry.asset_key,
        "asset_size": entry.asset_size,
        "width": entry.width,
        "height": entry.height,
        "mime_type": entry.mime_type,
        "source_sha256": entry.source_sha256,
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
        "source_sha256": arrival.version.sha256,
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
