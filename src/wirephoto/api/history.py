"""``GET mediaLibrary/{id}/history``: what changed an entry, when, and who asked for it."""

from typing import Annotated

import fastapi

from wirephoto.api import auth, examples, media_library, schemas, services, versions
from wirephoto.db import changes, edits
from wirephoto.library import edit

router = fastapi.APIRouter(prefix="/mediaLibrary", tags=["media library"])
MOST_CHANGES = 200
_VERSIONS = 2**31 - 1


@router.get(
    "/{id}/history",
    summary="What changed an entry",
    description="The newest first. `next` of an answer is `before` of the following page.",
    responses=schemas.responses(
        {200: schemas.documented("History", "The changes.", examples.HISTORY)},
        *(400, 401, 403, 404, 410),
    ),
)
async def history(
    _: versions.Given,
    caller: auth.Reader,
    api: services.Given,
    id: media_library.Id,  # noqa: A002 - its name on the wire
    limit: Annotated[
        int, fastapi.Query(ge=1, le=MOST_CHANGES, description="At most this many changes.")
    ] = 50,
    before: Annotated[
        int | None,
        fastapi.Query(ge=1, le=_VERSIONS, description="Only changes before this version."),
    ] = None,
) -> fastapi.Response:
    if "\0" in id:
        raise edit.not_found()
    async with api.database.connection() as connection:
        if not await edits.exists(connection, caller.project, id):
            raise edit.not_found()
        found = await changes.history(connection, id, before=before, limit=limit + 1)
    page = found[:limit]
    following = page[-1].version if len(found) > limit else schemas.UNSET
    return schemas.json(schemas.History([_past(one) for one in page], following))


def _past(one: changes.Past) -> schemas.Past:
    token = None
    if one.token is not None and one.token_name is not None:
        token = schemas.EntryToken(one.token, one.token_name)
    return schemas.Past(
        version=one.version,
        at=str(schemas.instant(one.at)),
        kind=one.kind,
        changes=[_change(change) for change in one.changes],
        job=schemas.optional(one.job),
        token=token or schemas.UNSET,
    )


def _change(given: dict[str, object]) -> schemas.PropertyChange:
    return schemas.PropertyChange(
        path=str(given["path"]),
        old=given.get("from", schemas.UNSET),
        new=given.get("to", schemas.UNSET),
        note=given.get("note", schemas.UNSET),  # type: ignore[arg-type]  # a text, as it was written
    )
