"""Entries of the media library: one by its id, and lists: by ids, by a pair, by a search."""

from typing import Annotated, Any

import fastapi
import msgspec

from wirephoto import errors, wiring
from wirephoto.api import addresses, asked, auth, examples, schemas, services, versions
from wirephoto.db import entries, records
from wirephoto.library import edit, reindex, search

router = fastapi.APIRouter(prefix="/mediaLibrary", tags=["media library"])
MOST_IDS = 1000
Id = Annotated[str, fastapi.Path(description="Of the entry, `mediaId` in a job's row.")]


@router.get(
    "",
    summary="Entries by their ids, by systemName and externalId, or by what they say and are",
    description="By `ids` in the order asked; what is not there is left out. Otherwise what fits "
    "all that is asked, a page at a time; the header `Link` leads to the next one. `v1` answers a "
    'bare array, dated versions from `2026-01` wrap it: `{"results": […]}`.',
    responses=schemas.responses(
        {
            200: {
                "description": "The entries.",
                "headers": {"Link": {"schema": {"type": "string"}, "description": "rel=next"}},
                "content": {
                    "application/json": {
                        "schema": {
                            "anyOf": [
                                {"type": "array", "items": schemas.ref("Entry")},
                                schemas.ref("Entries"),
                            ]
                        },
                        "example": {"results": [examples.ENTRY]},
                    }
                },
            }
        },
        400,
        401,
        403,
        404,
        410,
    ),
)
async def list_(
    request: fastapi.Request,
    version: versions.Given,
    caller: auth.Reader,
    api: services.Given,
    given: Annotated[asked.Asked, fastapi.Query()],
) -> fastapi.Response:
    found, following = await _find(api, caller.project, given)
    answer = [shown(request, api, entry) for entry in found]
    document = schemas.Entries(answer, schemas.optional(following))
    response = schemas.json(document if version.wraps_lists else answer)
    if following:
        link = addresses.with_parameter(request, api, "after", following)
        response.headers["Link"] = f'<{link}>; rel="next"'
    return response


async def _find(
    api: wiring.Api, project: int, given: asked.Asked
) -> tuple[list[entries.Entry], str | None]:
    """What is asked for, and where it goes on."""
    pair = (given.systemName, given.externalId)
    if given.ids is None and given.externalId is None:
        await reindex.catch_up(api.database, project)
        found, following = await search.page(
            api.database, given.query(project), given.sort, given.cursor()
        )
        return [one.entry for one in found], following
    if given.ids is None and given.systemName is None:
        raise errors.InvalidRequest({"systemName": "is required with an externalId"})
    if any("\0" in text for text in (given.ids, *pair) if text):
        return [], None
    async with api.database.connection() as connection:
        if given.ids is not None:
            return await entries.by_ids(connection, project, _split(given.ids)), None
        return await entries.by_pair(connection, project, str(pair[0]), str(pair[1])), None


def _split(ids: str) -> list[str]:
    wanted = list(dict.fromkeys(part.strip() for part in ids.split(",") if part.strip()))
    if len(wanted) > MOST_IDS:
        raise errors.InvalidRequest({"ids": f"must be at most {MOST_IDS} (they are {len(wanted)})"})
    return wanted


@router.get(
    "/{id}",
    summary="One entry",
    responses=schemas.responses(
        {200: schemas.documented("Entry", "The entry.", examples.ENTRY)}, 400, 401, 403, 404, 410
    ),
)
async def get(
    request: fastapi.Request,
    _: versions.Given,
    caller: auth.Reader,
    api: services.Given,
    id: Id,  # noqa: A002 - its name on the wire
) -> fastapi.Response:
    found, record = [], None
    if "\0" not in id:
        async with api.database.connection() as connection:
            found = await entries.by_ids(connection, caller.project, [id])
            record = await records.of_asset(connection, found[0].asset_key) if found else None
    if not found:
        raise edit.not_found()
    entry = shown(request, api, found[0])
    if record is not None:
        entry = msgspec.structs.replace(entry, embedded=_embedded(record, found[0].left_out))
    return schemas.json(entry)


def _embedded(record: dict[str, Any], left_out: list[str] | None) -> schemas.Embedded:
    """The record, and what of it was not filled in, in the notes."""
    notes = [*record.get("notes", []), *(f"not filled in: {one}" for one in left_out or [])]
    return msgspec.convert(record | {"notes": notes}, schemas.Embedded)


def shown(request: fastapi.Request, api: wiring.Api, entry: entries.Entry) -> schemas.Entry:
    """An entry as every answer has it."""
    created, updated = schemas.instant(entry.created_at), schemas.instant(entry.updated_at)
    return schemas.Entry(
        id=entry.id,
        version=entry.version,
        systemName=entry.system_name,
        externalId=entry.external_id,
        mediaType=entry.media_type,
        asset=_asset(request, api, entry),
        metadata={**entry.metadata, "title": entry.title},
        createdAt=str(created),
        updatedAt=str(updated),
        archivedAt=schemas.instant(entry.archived_at),
        revokedAt=schemas.instant(entry.revoked_at),
        revokeNote=schemas.optional(entry.revoke_note),
    )


def _asset(request: fastapi.Request, api: wiring.Api, entry: entries.Entry) -> schemas.Asset:
    return schemas.Asset(
        key=entry.asset_key,
        url=addresses.asset_url(request, api, entry.asset_key),
        size=entry.asset_size,
        width=entry.width,
        height=entry.height,
        filename=entry.file_name,
        mimeType=entry.mime_type,
        blurhash=schemas.optional(entry.blurhash),
        dominantColor=schemas.optional(entry.dominant_color),
    )
