"""``POST import/mediaLibrary``: assets that are in storage already become entries."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import fastapi

from wirephoto import wiring
from wirephoto.api import auth, bodies, edits, examples, media_library, schemas, services, versions
from wirephoto.db import entries
from wirephoto.library import edit, register

router = fastapi.APIRouter(prefix="/import/mediaLibrary", tags=["import"])


@router.post(
    "",
    summary="Make entries for assets that are in storage already",
    description="The objects are looked at, and each entry answered for at once: what is wrong "
    "with one hinders no other.",
    responses=schemas.responses(
        {200: schemas.documented("Registered", "What became of each.", examples.REGISTERED)},
        *(400, 401, 403, 404, 410, 413),
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": schemas.ref("Registration"),
                    "example": examples.REGISTRATION,
                }
            },
        }
    },
)
async def post(
    request: fastapi.Request,
    _: versions.Given,
    caller: auth.Writer,
    api: services.Given,
) -> fastapi.Response:
    body = await bodies.read(request, api.settings.max_body_bytes)
    served = services.served(api, caller.project, caller.handle)
    given = await asyncio.to_thread(register.read, body)
    editor = edit.Editor(caller.token, edits.place(api, served), served.rules.media_types)
    made = await register.register(editor, given)
    records = await _records(request, api, caller.project, made)
    return schemas.json(schemas.Registered([_answer(one, records) for one in made]))


async def _records(
    request: fastapi.Request, api: wiring.Api, project: int, made: Sequence[object]
) -> dict[str, schemas.Entry]:
    ids = [one for one in made if isinstance(one, str)]
    async with api.database.connection() as connection:
        found = await entries.by_ids(connection, project, ids)
    return {entry.id: media_library.shown(request, api, entry) for entry in found}


def _answer(
    one: str | register.Refused, records: Mapping[str, schemas.Entry]
) -> schemas.RegisteredEntry | schemas.RefusedEntry:
    if isinstance(one, str):
        return schemas.RegisteredEntry(True, 200, one, records[one])
    if one.taken:
        return schemas.RefusedEntry(False, one.correlation, 409, "UniqueIdViolation", one.details)
    details: dict[str, Any] = {"message": "; ".join(f"{k}: {v}" for k, v in one.details.items())}
    return schemas.RefusedEntry(
        False, one.correlation, 400, "ValidationError", details | one.details
    )
