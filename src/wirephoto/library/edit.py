"""The transaction of an edit: the entry locked, changed as a whole, its history written with it.

Imports lock the same row, so an edit and an import of the same pair come one after the other. What
lies in storage is looked at before: no transaction is held while storage answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wirephoto import errors
from wirephoto.db import blobs, changes, edits, pool, search
from wirephoto.library import draft, faults, objects, patch
from wirephoto.project import media_types


@dataclass(frozen=True, slots=True)
class Editor:
    """A token with its project: ``rules`` are its media types as they are now.

    No token: somebody who was let in by the link that ``serve`` prints.
    """

    token: int | None
    place: objects.Place
    rules: Mapping[str, media_types.MediaType]

    @property
    def project(self) -> int:
        return self.place.project


async def edit(editor: Editor, entry: str, asked: patch.Patch) -> None:
    """All patches, in their order, or none. What changes nothing makes no new version.

    Raises:
        errors.InvalidRequest: each patch that breaks a rule, by its path.
        errors.NotFound: the project has no such entry.
        errors.Conflict: it has another version.
        errors.Unavailable: storage could not say whether an asset is there.
    """
    found = await _look(editor, entry, asked)
    await pool.transact(
        editor.place.database,
        lambda connection: _write(connection, editor, entry, asked, found),
    )


def not_found() -> errors.NotFound:
    return errors.NotFound({"id": "There is no media library entry with this id."})


async def _look(editor: Editor, entry: str, asked: patch.Patch) -> dict[int, objects.Object]:
    """The assets that patches name, by the patch."""
    named = {
        index: one.value
        for index, one in enumerate(asked.patches)
        if isinstance(one, patch.ReplaceAsset)
    }
    if named:
        async with editor.place.database.connection() as connection:
            if not await edits.exists(connection, editor.project, entry):
                raise not_found()
    wrong, found = faults.Faults(), {}
    for index, asset in named.items():
        try:
            found[index] = await objects.look(editor.place, asset)
        except objects.Unusable as why:
            wrong.add(f"patches.{index}.value.{why.field}", why.problem)
    wrong.check()
    return found


async def _write(
    connection: pool.Connection,
    editor: Editor,
    entry: str,
    asked: patch.Patch,
    found: Mapping[int, objects.Object],
) -> None:
    revoked = await _refer(connection, editor.project, found)
    current = await edits.lock(connection, editor.project, entry)
    if current is None:
        raise not_found()
    _check_version(current, asked)
    revoked[current.asset_key] = draft.Revocation(current.revoked, current.revoke_note)
    made = draft.draft(current, asked.patches, found, editor.rules)
    told = draft.differences(current, made.entry)
    for key, one in made.revocations.items():
        told += await _revoke(connection, key, revoked[key], one)
    if not told:
        return
    await edits.write(connection, made.entry, keeps_updated_at=bool(asked.preserveUpdatedAt))
    if made.entry.asset_key != current.asset_key:
        await blobs.let_go(connection, [current.asset_key])
    await search.enqueue(connection, editor.project, [current.id])
    cause = changes.Cause("edit", token=editor.token)
    await changes.insert(connection, cause, [changes.Change(current.id, current.version + 1, told)])


async def _refer(
    connection: pool.Connection, project: int, found: Mapping[int, objects.Object]
) -> dict[str, draft.Revocation]:
    """Keep the assets for this transaction; whether each is revoked, by its key."""
    revoked = {}
    for index, one in sorted(found.items(), key=lambda item: item[1].key):
        try:
            revoked[one.key] = draft.Revocation(await objects.refer(connection, project, one))
        except objects.Unusable as why:
            raise errors.InvalidRequest({f"patches.{index}.value.key": why.problem}) from None
    return revoked


def _check_version(current: edits.Entry, asked: patch.Patch) -> None:
    if asked.version is not None and asked.version != current.version:
        message = f"The entry has version {current.version}, not {asked.version}."
        raise errors.Conflict({"name": "Conflict", "message": message})


async def _revoke(
    connection: pool.Connection, key: str, old: draft.Revocation, new: draft.Revocation
) -> list[dict[str, Any]]:
    """What the history tells of it; nothing where it stood so before."""
    if old == new or (not old.revoked and not new.revoked):
        return []
    if new.revoked:
        await blobs.revoke(connection, key, new.note)
    else:
        await blobs.unrevoke(connection, key)
    note = {"note": new.note} if new.note else {}
    return [{"path": "revoked", "from": old.revoked, "to": new.revoked, **note}]
