"""Entries of the media library: one by its id, several by their ids, one by its pair."""

from typing import Annotated

import fastapi

from wirephoto import errors, wiring
from wirephoto.api import addresses, auth, examples, schemas, services, versions
from wirephoto.db import entries

router = fastapi.APIRouter(prefix="/mediaLibrary", tags=["media library"])
MOST_IDS = 1000


@router.get(
    "",
    summary="Entries by their ids, or by systemName and externalId",
    description="By `ids` in the order asked; what is not there is left out. `v1` answers a bare "
    'array, dated versions from `2026-01` wrap it: `{"results": […]}`.',
    responses=schemas.responses(
        {
            200: schemas.documented("Entries", "The entries.", {"results": [examples.ENTRY]})
            | {
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
                }
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
    ids: Annotated[str | None, fastapi.Query(description="Comma-separated, 1000 at most.")] = None,
    systemName: Annotated[str | None, fastapi.Query(description="With externalId.")] = None,  # noqa: N803 - its name on the wire
    externalId: Annotated[str | None, fastapi.Query(description="With systemName.")] = None,  # noqa: N803 - its name on the wire
) -> fastapi.Response:
    found = await _find(api, caller.project, ids, systemName, externalId)
    shown = [_entry(request, api, entry) for entry in found]
    return schemas.json(schemas.Entries(shown) if version.wraps_lists else shown)


async def _find(
    api: wiring.Api,
    project: int,
    ids: str | None,
    system_name: str | None,
    external_id: str | None,
) -> list[entries.Entry]:
    if any("\0" in text for text in (ids, system_name, external_id) if text):
        return []
    async with api.database.connection() as connection:
        if ids is not None:
            return await entries.by_ids(connection, project, _split(ids))
        if system_name is not None and external_id is not None:
            return await entries.by_pair(connection, project, system_name, external_id)
    raise errors.InvalidRequest({"ids": "give ids, or systemName and externalId"})


def _split(ids: str) -> list[str]:
    asked = list(dict.fromkeys(part.strip() for part in ids.split(",") if part.strip()))
    if len(asked) > MOST_IDS:
        raise errors.InvalidRequest({"ids": f"must be at most {MOST_IDS} (they are {len(asked)})"})
    return asked


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
    id: Annotated[str, fastapi.Path(description="Of the entry, `mediaId` in a job's row.")],  # noqa: A002 - its name on the wire
) -> fastapi.Response:
    found = []
    if "\0" not in id:
        async with api.database.connection() as connection:
            found = await entries.by_ids(connection, caller.project, [id])
    if not found:
        raise errors.NotFound({"id": "There is no media library entry with this id."})
    return schemas.json(_entry(request, api, found[0]))


def _entry(request: fastapi.Request, api: wiring.Api, entry: entries.Entry) -> schemas.Entry:
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
    )
