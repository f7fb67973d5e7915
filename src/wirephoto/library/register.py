"""Assets that are in storage become entries, each by itself: one that fails hinders no other."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from wirephoto import errors
from wirephoto.db import changes, edits, pool, search
from wirephoto.library import claim, edit, faults, objects
from wirephoto.pipeline import catalogue, merging
from wirephoto.pipeline.accept import rules
from wirephoto.pipeline.embedded import filling
from wirephoto.project import media_types

MOST_ENTRIES = 1000
LIST = "mediaLibraryEntries"
_AT_ONCE = 32  # objects that are looked at side by side; fewer of them are read
_ID = re.compile(r"[a-zA-Z0-9-]{1,64}")
_ID_RULE = "must be 1 to 64 characters of a-z, A-Z, 0-9 and -"


class NewEntry(msgspec.Struct, frozen=True):
    """An entry for an asset that is in storage already."""

    mediaType: Annotated[str, msgspec.Meta(description="A handle of the project's media types.")]
    asset: claim.Asset
    id: Annotated[str, msgspec.Meta(pattern=f"^{_ID.pattern}$")] | None = None
    systemName: Annotated[str | None, msgspec.Meta(description="With externalId.")] = None
    externalId: Annotated[str | None, msgspec.Meta(description="Unique in its system.")] = None
    metadata: dict[str, Any] | None = None


class Registration(msgspec.Struct, frozen=True):
    """Entries for assets that are in storage already."""

    mediaLibraryEntries: Annotated[list[NewEntry], msgspec.Meta(max_length=MOST_ENTRIES)]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an entry was not made: by the path of the value, or that something is taken."""

    correlation: str
    details: dict[str, str]
    taken: bool = False


class _Taken(errors.WirephotoError):
    """The id or the pair is an entry's."""


def read(body: bytes) -> list[Any]:
    """The entries, each of whatever shape it has.

    Raises:
        errors.InvalidRequest: the body as a whole is none.
        errors.BodyTooLarge: there are too many.
    """
    document = faults.decode(body)
    listed = document.get(LIST)
    if isinstance(listed, list) and len(listed) > MOST_ENTRIES:
        problem = f"must be at most {MOST_ENTRIES} in one request (they are {len(listed)})"
        raise errors.BodyTooLarge({LIST: problem})
    found = faults.Faults()
    wanted = listed if listed == [] else found.items(document, LIST, MOST_ENTRIES)
    found.check()
    return list(wanted)


async def register(editor: edit.Editor, given: Sequence[Any]) -> list[str | Refused]:
    """Make entries, in their order; the id of each, or why there is none.

    Raises:
        errors.Unavailable: storage could not say what is there; what was made stays.
    """
    made: list[str | Refused] = []
    for start in range(0, len(given), _AT_ONCE):
        block = given[start : start + _AT_ONCE]
        named = [f"{LIST}.{index}" for index in range(start, start + len(block))]
        prepared = await asyncio.gather(*map(_prepared, [editor] * len(block), block, named))
        for one in prepared:
            made.append(one if isinstance(one, Refused) else await _make(editor, *one))  # noqa: PERF401 - one after the other
    return made


async def _prepared(
    editor: edit.Editor, given: object, name: str
) -> tuple[edits.New, objects.Object, str] | Refused:
    """An entry that may be made, with its object and its correlation."""
    found = faults.Faults()
    entry = _read(found, given)
    correlation = _correlation(given, name)
    if entry is None:
        return Refused(correlation, found.found)
    try:
        thing = await objects.look(editor.place, entry.asset)
    except objects.Unusable as why:
        return Refused(correlation, {f"asset.{why.field}": why.problem})
    new = _new(found, editor, entry, thing)
    return (new, thing, correlation) if new else Refused(correlation, found.found)


def _read(found: faults.Faults, given: object) -> NewEntry | None:
    members = found.members(given, "entry")
    if members is None:
        return None
    system_name = found.text(members, "systemName", "") or None
    external_id = found.text(members, "externalId", "") or None
    for name, text, rule in (
        ("systemName", system_name, rules.system_name),
        ("externalId", external_id, rules.external_id),
    ):
        if text and (problem := rule(text)):
            found.add(name, problem)
    if external_id and not members.get("systemName"):
        found.add("systemName", "is required with an externalId")
    media_type = found.text(members, "mediaType", "", required=True)
    metadata = _metadata(found, members.get("metadata"))
    id_ = found.text(members, "id", "") or None
    if id_ and not _ID.fullmatch(id_):
        found.add("id", _ID_RULE)
    asset = claim.read(found, members.get("asset"), "asset")
    if found.found or asset is None or media_type is None:
        return None
    return NewEntry(media_type, asset, id_, system_name, external_id, metadata)


def _metadata(found: faults.Faults, given: object) -> dict[str, Any]:
    metadata = {} if given is None else found.members(given, "metadata") or {}
    found.storable(metadata, "metadata")
    return metadata


def _new(
    found: faults.Faults, editor: edit.Editor, entry: NewEntry, thing: objects.Object
) -> edits.New | None:
    file_name = entry.asset.filename or thing.key.rsplit("/", 1)[-1]
    try:
        merged, left_out = _settled(editor, entry, thing, file_name)
    except errors.UnknownMediaType as refused:
        found.add("mediaType", refused.reason)
        return None
    except errors.InvalidMetadata as refused:
        found.add("metadata", refused.reason)
        return None
    return edits.New(
        id=entry.id or catalogue.new_id(),
        project=editor.project,
        system_name=entry.systemName,
        external_id=entry.externalId,
        media_type=entry.mediaType,
        title=merged.title,
        metadata=merged.metadata,
        origins=merged.origins,
        left_out=list(left_out) or None,
        asset_key=thing.key,
        asset_size=thing.size,
        width=thing.width,
        height=thing.height,
        mime_type=thing.mime_type,
        file_name=file_name,
    )


def _settled(
    editor: edit.Editor, entry: NewEntry, thing: objects.Object, file_name: str
) -> tuple[merging.Merged, Sequence[str]]:
    """What its sender says, filled in from the picture as at an import; what broke a rule there.

    Raises:
        errors.UnknownMediaType, errors.InvalidMetadata: the entry is refused.
    """
    metadata, title = media_types.settle(
        editor.rules, entry.mediaType, entry.metadata or {}, file_name=file_name
    )
    media_type = media_types.find(editor.rules, entry.mediaType)
    filled = filling.fill(media_type, thing.fields, metadata)
    media_type.check_required({**filled.values, **metadata}, title=file_name)
    return merging.merge(metadata, title, filled.values, None), filled.left_out


async def _make(
    editor: edit.Editor, new: edits.New, thing: objects.Object, correlation: str
) -> str | Refused:
    async def write(connection: pool.Connection) -> None:
        await objects.refer(connection, editor.project, thing)
        if not await edits.insert(connection, new):
            raise _Taken
        await search.enqueue(connection, editor.project, [new.id])
        cause = changes.Cause("registration", token=editor.token)
        await changes.insert(connection, cause, [changes.Change(new.id, 1, [])])

    try:
        await pool.transact(editor.place.database, write)
    except objects.Unusable as why:
        return Refused(correlation, {f"asset.{why.field}": why.problem})
    except _Taken:
        return Refused(correlation, {"message": await _taken(editor, new)}, taken=True)
    return new.id


async def _taken(editor: edit.Editor, new: edits.New) -> str:
    async with editor.place.database.connection() as connection:
        if await edits.id_is_taken(connection, new.id):
            return f"id is not unique: '{new.id}'"
    return f"externalId is not unique in systemName '{new.system_name}': '{new.external_id}'"


def _correlation(given: object, name: str) -> str:
    """What its sender knows the entry by."""
    members: Mapping[Any, Any] = given if isinstance(given, dict) else {}
    for field in ("id", "externalId"):
        if isinstance(members.get(field), str) and members[field]:
            return f"{field}: {members[field][:100]}"
    return name
