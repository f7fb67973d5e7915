"""``GET import/images/status``: where a job is, and what became of its images."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

import fastapi
import fastapi.responses
import msgspec

from wirephoto import errors, wiring
from wirephoto.api import addresses, auth, examples, schemas, services, versions
from wirephoto.db import jobs, results

router = fastapi.APIRouter(prefix="/import/images", tags=["import"])
NO_JOB = {"id": "There is no import with this id."}
FINISHED = frozenset({"success", "failed", "cancelled"})
_ENCODER = msgspec.json.Encoder()


@router.get(
    "/status",
    summary="Where a job is",
    description="While it runs: counters. Finished: a row for each image, in the order posted.",
    responses=schemas.responses(
        {200: schemas.documented("Status", "The job.", examples.STATUS)}, 400, 401, 403, 404, 410
    ),
)
async def status(
    request: fastapi.Request,
    _: versions.Given,
    caller: auth.Writer,
    api: services.Given,
    id: Annotated[str, fastapi.Query(description="Of the job.")],  # noqa: A002 - its name on the wire
    state: Annotated[
        Literal["success", "skipped", "failed", "cancelled"] | None,
        fastapi.Query(description="Only rows in this state."),
    ] = None,
    limit: Annotated[
        int | None, fastapi.Query(ge=1, le=2**31 - 1, description="At most this many rows.")
    ] = None,
    offset: Annotated[
        int, fastapi.Query(ge=0, le=2**31 - 1, description="Rows to leave out at the start.")
    ] = 0,
) -> fastapi.Response:
    found = await find(api, caller, id)
    answer = head(found)
    if found.state not in FINISHED or found.state == "failed":
        return schemas.json(answer)
    rows = _rows(request, api, found, state, limit, offset)
    return fastapi.responses.StreamingResponse(
        _document(answer, rows), media_type="application/json"
    )


async def find(api: wiring.Api, caller: auth.Caller, public_id: str) -> jobs.Status:
    """A job of the caller's project.

    Raises:
        errors.NotFound: there is none.
    """
    found = None
    if "\0" not in public_id:
        async with api.database.connection() as connection:
            found = await jobs.status(connection, caller.project, public_id)
    if found is None:
        raise errors.NotFound(NO_JOB)
    return found


def head(found: jobs.Status) -> schemas.Status:
    """Everything but the rows."""
    finished = found.state in FINISHED
    broken = found.state == "failed"
    return schemas.Status(
        finished=finished,
        state=found.state,  # type: ignore[arg-type]  # the table's own check
        id=found.public_id,
        startedAt=schemas.instant(found.started_at),
        finishedAt=schemas.instant(found.finished_at),
        progress=schemas.UNSET if finished else progress(found),
        overview=schemas.UNSET if broken else overview(found),
        retryOf=schemas.optional(found.retry_of),
    )


def progress(found: jobs.Status) -> float:
    return round(found.done / found.total, 4)


def overview(found: jobs.Status) -> schemas.Overview:
    cancelled = found.cancelled or schemas.UNSET
    details = schemas.Details(found.success, found.skipped, found.failed, cancelled)
    return schemas.Overview(found.total, details)


async def _document(
    head: schemas.Status, blocks: AsyncIterator[list[schemas.Row]]
) -> AsyncIterator[bytes]:
    """The status with its rows, a block at a time: memory does not grow with the job."""
    yield _ENCODER.encode(head)[:-1] + b',"images":['
    comma = b""
    async for block in blocks:
        yield comma + _ENCODER.encode(block)[1:-1]
        comma = b","
    yield b"]}"


async def _rows(
    request: fastapi.Request,
    api: wiring.Api,
    found: jobs.Status,
    state: str | None,
    limit: int | None,
    offset: int,
) -> AsyncIterator[list[schemas.Row]]:
    blocks = results.rows(api.database, found.id, state=state, limit=limit, offset=offset)
    async for block in blocks:
        yield [_row(request, api, found.system_name, row) for row in block]


def _row(
    request: fastapi.Request, api: wiring.Api, system_name: str, row: results.Row
) -> schemas.Row:
    state: Literal["success", "skipped", "failed", "cancelled"] = row.state  # type: ignore[assignment]  # the table's own check
    return schemas.Row(
        state=state,
        status=state,
        externalId=row.external_id,
        systemName=system_name,
        title=row.title if row.title is not None else row.file_name,
        attempts=row.attempts,
        reason=schemas.optional(row.reason),
        code=schemas.optional(row.code),
        retryable=schemas.UNSET if row.retryable is None else row.retryable,
        httpStatus=schemas.UNSET if row.http_status is None else row.http_status,
        image=_image(request, api, row),
    )


def _image(
    request: fastapi.Request, api: wiring.Api, row: results.Row
) -> schemas.StoredImage | schemas.Unset:
    if row.asset_key is None:
        return schemas.UNSET
    url = addresses.asset_url(request, api, row.asset_key)
    return schemas.StoredImage(
        mediaId=row.entry_id or "",
        originalUrl=url,
        url=url,
        width=row.width or 0,
        height=row.height or 0,
        mimeType=row.mime_type or "",
    )
