"""Rows of a job as a file: what was asked for and what became of it, to be mended and sent."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

import fastapi
import fastapi.responses

from wirephoto import wiring
from wirephoto.api import auth, export, jobs, schemas, services, status, versions
from wirephoto.db import jobs as records
from wirephoto.db import results

router = fastapi.APIRouter(prefix="/import/images", tags=["import"])
_TYPES = {"csv": "text/csv", "jsonl": "application/jsonl"}
_MOST_NAMES = 1000
_CONTENT = {media_type: {"schema": {"type": "string"}} for media_type in _TYPES.values()}


@router.get(
    "/{id}/rows",
    response_class=fastapi.Response,
    summary="Rows of a job as a file",
    description="The images as they were posted, each with what became of it in columns that begin "
    "with `_`. While the job runs, the rows that are final by now.",
    responses=schemas.responses(
        {200: {"description": "The file.", "content": _CONTENT}}, 400, 401, 403, 404, 410
    ),
)
async def rows(
    _: versions.Given,
    caller: auth.Writer,
    api: services.Given,
    id: jobs.Id,  # noqa: A002 - its name on the wire
    state: Annotated[
        Literal["success", "skipped", "failed", "cancelled"] | None,
        fastapi.Query(description="Only rows in this state."),
    ] = None,
    format: Annotated[  # noqa: A002 - as above
        Literal["csv", "jsonl"], fastapi.Query(description="CSV, or a JSON object a line.")
    ] = "csv",
) -> fastapi.Response:
    found = await status.find(api, caller, id)
    return file(api, found, state, format)


def file(
    api: wiring.Api, found: records.Status, state: str | None, kind: Literal["csv", "jsonl"]
) -> fastapi.Response:
    """The rows of a job as a download."""
    name = "-".join(filter(None, ("import", found.public_id, state)))
    content = _csv(api, found.id, state) if kind == "csv" else _json_lines(api, found.id, state)
    return fastapi.responses.StreamingResponse(
        content,
        media_type=_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"'},
    )


async def _csv(api: wiring.Api, job: int, state: str | None) -> AsyncIterator[bytes]:
    async with api.database.connection() as connection:
        names = await results.text_properties(connection, job, state=state, limit=_MOST_NAMES)
        versioned = await results.is_versioned(connection, job)
    columns = export.columns(names, versioned=versioned)
    yield export.csv_head(columns)
    async for block in _blocks(api, job, state):
        yield export.csv_lines(block, columns)


async def _json_lines(api: wiring.Api, job: int, state: str | None) -> AsyncIterator[bytes]:
    async for block in _blocks(api, job, state):
        yield export.json_lines(block)


async def _blocks(
    api: wiring.Api, job: int, state: str | None
) -> AsyncIterator[list[results.Exported]]:
    """A block at a time, each from a look of its own: memory does not grow with the job."""
    after = -1
    while True:
        async with api.database.connection() as connection:
            block = await results.exported(connection, job, state=state, after=after)
        if not block:
            return
        yield block
        after = block[-1].position
