"""``POST import/images``: a batch becomes a job, or is only looked at (``dryRun``)."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import fastapi
import msgspec

from wirephoto import wiring
from wirephoto.api import auth, bodies, examples, schemas, services, versions
from wirephoto.db import keys
from wirephoto.pipeline.accept import batch, job, once, preview

router = fastapi.APIRouter(prefix="/import/images", tags=["import"])


_Key = Annotated[
    str | None,
    fastapi.Header(
        alias=once.HEADER,
        json_schema_extra={"minLength": 1, "maxLength": once.KEY_CHARACTERS},
        description="The same key and body within 24 hours are the same job.",
    ),
]
_DryRun = Annotated[
    bool,
    fastapi.Query(
        alias="dryRun",
        description="Check everything, store and fetch nothing; answer what each image would be.",
    ),
]


def _answers() -> schemas.Responses:
    accepted = schemas.documented("Accepted", "The batch is stored.")
    accepted["content"]["application/json"] = {
        "schema": {"anyOf": [schemas.ref("Accepted"), schemas.ref("DryRun")]},
        "examples": {
            "accepted": {"value": examples.ACCEPTED},
            "dry run": {"value": examples.DRY_RUN},
        },
    }
    return schemas.responses(
        {200: accepted, 429: schemas.over_quota()}, 400, 401, 403, 404, 409, 410, 413
    )


@router.post(
    "",
    summary="Import a batch of images",
    description="Creates and updates. Answers at once with the id of a job; ask its status, "
    "or give a webhook that is called when the job is done.",
    responses=_answers(),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": schemas.ref("Request"),
                    "example": examples.REQUEST,
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
    dry_run: _DryRun = False,
    _key: _Key = None,
) -> fastapi.Response:
    key = once.key(request.headers.getlist(once.HEADER))
    body = await bodies.read(request, api.settings.max_body_bytes)
    served = services.served(api, caller.project, caller.handle)
    if dry_run:
        return await _foresee(api, served, body)

    async def write(claimed: keys.Key | None) -> str | None:
        asked = await asyncio.to_thread(batch.read, body, api.batch)
        owner = job.Owner(
            served.project, served.snapshot, caller.token, served.rules.limits.images_per_day
        )
        return await job.write(api.database, api.app, owner, asked, claimed)

    public_id = await once.once(api.gate, api.database, caller.project, key, body, write)
    return schemas.json(schemas.Accepted(public_id))


async def _foresee(api: wiring.Api, served: wiring.Served, body: bytes) -> fastapi.Response:
    asked = await asyncio.to_thread(batch.read, body, api.batch)
    rules = preview.Rules(served.project, served.rules, api.batch.rule)
    found = await preview.preview(api.database, rules, asked)
    encoded = await asyncio.to_thread(_encode, asked.system_name, found)
    return fastapi.Response(encoded, media_type="application/json")


def _encode(system_name: str, found: Sequence[preview.Foreseen]) -> bytes:
    counted = Counter(one.state for one in found)
    document = schemas.DryRun(
        dryRun=True,
        overview=schemas.ForeseenOverview(
            len(found),
            schemas.ForeseenDetails(
                counted["create"], counted["update"], counted["exists"], counted["invalid"]
            ),
        ),
        images=[_foreseen(system_name, one) for one in found],
    )
    return msgspec.json.encode(document)


def _foreseen(system_name: str, one: preview.Foreseen) -> schemas.Foreseen:
    failure = one.failure
    return schemas.Foreseen(
        state=one.state,
        status=one.state,
        externalId=one.image.id,
        systemName=system_name,
        title=one.title,
        mediaId=schemas.optional(one.entry),
        reason=schemas.optional(failure.reason if failure else None),
        code=schemas.optional(failure.code if failure else None),
    )
