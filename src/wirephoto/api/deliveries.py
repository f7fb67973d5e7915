"""``import/images/{id}/deliveries``: what became of a job's webhook; send it again."""

from typing import Annotated

import fastapi

from wirephoto import errors
from wirephoto.api import auth, examples, schemas, services, status, versions
from wirephoto.db import deliveries, jobs, pool

router = fastapi.APIRouter(prefix="/import/images/{id}/deliveries", tags=["webhooks"])
_Job = Annotated[str, fastapi.Path(alias="id", description="Of the job.")]
_ERRORS = (400, 401, 403, 404, 410)


@router.get(
    "",
    summary="What became of a job's webhook",
    description="Its delivery with every try. Empty while the job runs, and for a job without a "
    "webhook.",
    responses=schemas.responses(
        {
            200: schemas.documented(
                "Deliveries", "The deliveries.", {"deliveries": [examples.DELIVERY]}
            )
        },
        *_ERRORS,
    ),
)
async def of_job(
    job: _Job, _: versions.Given, caller: auth.Writer, api: services.Given
) -> fastapi.Response:
    async with api.database.connection() as connection:
        found = await _find(connection, caller, job)
        listed = await _listed(connection, found)
    return schemas.json(schemas.Deliveries(listed))


@router.post(
    "/{delivery}/resend",
    summary="Send a webhook again",
    description="A try now, with the same `webhook-id`, whatever became of the delivery; if it is "
    "not taken, the schedule begins anew. A success ends the pause of a paused endpoint.",
    responses=schemas.responses(
        {200: schemas.documented("Delivery", "It is due now.", examples.DELIVERY)}, *_ERRORS
    ),
)
async def resend(
    job: _Job,
    delivery: Annotated[str, fastapi.Path(description="Of the delivery: its `webhook-id`.")],
    _: versions.Given,
    caller: auth.Writer,
    api: services.Given,
) -> fastapi.Response:
    async with api.database.connection() as connection, connection.transaction():
        found = await _find(connection, caller, job)
        if "\0" in delivery or not await deliveries.resend(connection, found, delivery):
            raise errors.NotFound({"delivery": "This import has no delivery with this id."})
        (sent,) = (one for one in await _listed(connection, found) if one.id == delivery)
    return schemas.json(sent)


async def _find(connection: pool.Connection, caller: auth.Caller, job: str) -> int:
    """The row of a job of the caller's project."""
    found = await jobs.status(connection, caller.project, job) if "\0" not in job else None
    if found is None:
        raise errors.NotFound(status.NO_JOB)
    return found.id


async def _listed(connection: pool.Connection, job: int) -> list[schemas.Delivery]:
    found = await deliveries.of_job(connection, job)
    tries = await deliveries.tries(connection, job)
    return [_delivery(one, [made for made in tries if made.delivery_id == one.id]) for one in found]


def _delivery(one: deliveries.Recorded, tries: list[deliveries.Made]) -> schemas.Delivery:
    return schemas.Delivery(
        id=one.public_id,
        state=one.state,  # type: ignore[arg-type]  # the table's own check
        endpoint=schemas.Endpoint(
            url=one.url.partition("#")[0].partition("?")[0],
            paused=one.paused_at is not None,
            pausedAt=schemas.instant(one.paused_at),
            failingSince=schemas.instant(one.failing_since),
            nextProbeAt=schemas.instant(one.probe_at),
        ),
        createdAt=schemas.instant(one.created_at),  # type: ignore[arg-type]  # never null
        tries=[_try(made) for made in tries],
        nextTryAt=schemas.instant(one.next_try_at if one.state == "pending" else None),
        finishedAt=schemas.instant(one.finished_at),
    )


def _try(made: deliveries.Made) -> schemas.Try:
    return schemas.Try(
        number=made.number,
        at=schemas.instant(made.at),  # type: ignore[arg-type]  # never null
        milliseconds=made.milliseconds,
        httpStatus=schemas.UNSET if made.http_status is None else made.http_status,
        problem=schemas.UNSET if made.problem is None else made.problem,
    )
