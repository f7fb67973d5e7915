"""Jobs as a person steers them: list them, cancel one, try again what failed in one."""

from typing import Annotated, Literal

import fastapi

from wirephoto import errors
from wirephoto.api import auth, bodies, examples, schemas, services, status, versions
from wirephoto.db import jobs
from wirephoto.pipeline import finish
from wirephoto.pipeline.accept import job, retry

router = fastapi.APIRouter(prefix="/import/images", tags=["import"])
MOST_JOBS = 1000
_MOST_BODY_BYTES = 65_536  # of a retry: a few words
Id = Annotated[str, fastapi.Path(description="Of the job.")]


@router.get(
    "",
    summary="The project's jobs, the newest first",
    description="With their counters. `next` of an answer is `before` of the following page.",
    responses=schemas.responses(
        {200: schemas.documented("Jobs", "The jobs.", examples.JOBS)}, 400, 401, 403, 404, 410
    ),
)
async def list_(
    _: versions.Given,
    caller: auth.Writer,
    api: services.Given,
    systemName: Annotated[str | None, fastapi.Query(description="Only of this system.")] = None,  # noqa: N803 - its name on the wire
    state: Annotated[
        Literal["queued", "started", "success", "failed", "cancelled"] | None,
        fastapi.Query(description="Only jobs in this state."),
    ] = None,
    limit: Annotated[
        int, fastapi.Query(ge=1, le=MOST_JOBS, description="At most this many jobs.")
    ] = 100,
    before: Annotated[
        str | None, fastapi.Query(description="Only jobs before this one, by its id.")
    ] = None,
) -> fastapi.Response:
    if systemName is not None and "\0" in systemName:
        return schemas.json(schemas.Jobs([]))
    start = None if before is None else await status.find(api, caller, before)
    listing = jobs.Listing(
        caller.project, start.id if start else None, systemName, state, limit + 1
    )
    async with api.database.connection() as connection:
        found = await jobs.listed(connection, listing)
    page = found[:limit]
    following = page[-1].public_id if len(found) > limit else None
    return schemas.json(schemas.Jobs([_job(one) for one in page], schemas.optional(following)))


def _job(found: jobs.Status) -> schemas.Job:
    return schemas.Job(
        id=found.public_id,
        state=found.state,  # type: ignore[arg-type]  # the table's own check
        finished=found.state in status.FINISHED,
        systemName=found.system_name,
        acceptedAt=str(schemas.instant(found.accepted_at)),
        overview=status.overview(found),
        progress=status.progress(found),
        startedAt=schemas.instant(found.started_at),
        finishedAt=schemas.instant(found.finished_at),
        retryOf=schemas.optional(found.retry_of),
    )


@router.post(
    "/{id}/cancel",
    summary="Cancel a job",
    description="What is done stays, every other image gets its row as `cancelled`. A job that has "
    "ended stays as it is; the answer says how it ended.",
    responses=schemas.responses(
        {200: schemas.documented("Status", "The job, ended.", examples.CANCELLED)},
        400,
        401,
        403,
        404,
        410,
    ),
)
async def cancel(
    _: versions.Given,
    caller: auth.Writer,
    api: services.Given,
    id: Id,  # noqa: A002 - its name on the wire
) -> fastapi.Response:
    found = await status.find(api, caller, id)
    async with api.database.connection() as connection, connection.transaction():
        ended = await finish.cancel(connection, found.id)
    finish.tell(ended)
    return schemas.json(status.head(await status.find(api, caller, id)))


@router.post(
    "/{id}/retry",
    summary="Try again what failed in a job",
    description="Makes a new job of the images that failed; `codes` narrows. It stands in the "
    "order of acceptance where the first job stood: what was imported later is not overridden.",
    responses=schemas.responses(
        {200: schemas.documented("Retried", "The new job.", examples.RETRIED)},
        *(400, 401, 403, 404, 409, 410, 413, 422),
    ),
    openapi_extra={
        "requestBody": {
            "content": {
                "application/json": {
                    "schema": schemas.ref("Retry"),
                    "example": {"codes": ["timeout", "http_status"]},
                }
            },
        }
    },
)
async def retry_(
    request: fastapi.Request,
    _: versions.Given,
    caller: auth.Writer,
    api: services.Given,
    id: Id,  # noqa: A002 - its name on the wire
) -> fastapi.Response:
    codes = retry.read(await bodies.read(request, _MOST_BODY_BYTES))
    served = services.served(api, caller.project, caller.handle)
    if "\0" in id:
        raise errors.NotFound(status.NO_JOB)
    owner = job.Owner(served.project, served.snapshot, caller.token)
    made = await retry.write(api.database, api.app, owner, id, codes)
    return schemas.json(schemas.Retried(made, id))
