"""A job that tries again what failed in another; it stands where that one stood."""

import msgspec
import procrastinate
import structlog

from wirephoto import errors, tracing
from wirephoto.db import accept, pool
from wirephoto.metrics import families
from wirephoto.pipeline.accept import faults, job, uses
from wirephoto.project import wording

_RUNNING = {"queued", "started"}
log = structlog.get_logger(__name__)


def read(body: bytes) -> list[str] | None:
    """The codes that a request names; None: all that failed. An empty body names none.

    Raises:
        errors.InvalidRequest: names each fault by its path.
    """
    if not body.strip():
        return None
    try:
        document = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise errors.InvalidRequest(faults.unreadable(body)) from None
    if not isinstance(document, dict):
        raise errors.InvalidRequest(
            {"body": f"must be a JSON object, not {faults.name_of(document)}"}
        )
    codes = document.get("codes")
    if codes is None:
        return None
    if found := _faults(codes):
        raise errors.InvalidRequest(found)
    return list(dict.fromkeys(codes))


def _faults(codes: object) -> dict[str, str]:
    if not isinstance(codes, list):
        return {"codes": f"must be an array, not {faults.name_of(codes)}"}
    if not codes:
        return {"codes": "must hold at least one code"}
    known = sorted(errors.failure_codes())
    found = {}
    for index, code in enumerate(codes[: faults.MOST]):
        if not isinstance(code, str):
            found[f"codes.{index}"] = f"must be a string, not {faults.name_of(code)}"
        elif code not in known:
            found[f"codes.{index}"] = f"is no failure code{wording.did_you_mean(code, known)}"
    if len(codes) > faults.MOST:
        found["codes"] = f"must be at most {faults.MOST} (they are {len(codes)})"
    return found


async def write(
    database: pool.Pool,
    app: procrastinate.App,
    owner: job.Owner,
    public_id: str,
    codes: list[str] | None,
) -> str:
    """Write the failed images of a job as a job of their own; its public id.

    It takes the media types as they are now, webhook and context of the other, and its place in
    the order of acceptance: what was imported later is not overridden. It uses up no quota: its
    images were counted when they were accepted.

    Raises:
        errors.NotFound: the project has no such job.
        errors.Conflict: the job has not ended.
        errors.Unprocessable: nothing failed, or nothing with these codes.
    """
    made = job.new_public_id()
    async with database.connection() as connection, connection.transaction():
        source = await accept.find_source(connection, owner.project, public_id)
        _refuse_unended(source)
        assert source is not None
        new = await accept.insert_job(connection, _new_job(made, owner, source))
        total = await accept.copy_failed(connection, new, source, codes)
        if not total:
            raise _nothing(source, codes)
        await uses.use_again(connection, owner.project, new)
        chunks = await job.enqueue(connection, app, new, total)
        await accept.stamp(connection, new)
    families.ACCEPTED.add(by=total)
    log.info("job_retried", job=made, retry_of=public_id, images=total)
    tracing.note(job=made, images=total)
    await job.refresh(database, chunks)
    return made


def _refuse_unended(source: accept.Source | None) -> None:
    if source is None:
        raise errors.NotFound({"id": "There is no import with this id."})
    if source.state in _RUNNING:
        raise errors.Conflict({"id": "The import has not ended: wait for it, or cancel it first."})


def _nothing(source: accept.Source, codes: list[str] | None) -> errors.Unprocessable:
    if codes is not None:
        return errors.Unprocessable({"codes": "No image that can be tried again has such a code."})
    hint = ""
    if source.cancelled:
        hint = f' {source.cancelled} were cancelled: name the code "cancelled" to try them again.'
    return errors.Unprocessable({"id": f"No image failed that can be tried again.{hint}"})


def _new_job(made: str, owner: job.Owner, source: accept.Source) -> accept.NewJob:
    return accept.NewJob(
        public_id=made,
        project=owner.project,
        snapshot=owner.snapshot,
        token=owner.token,
        system_name=source.system_name,
        webhook=source.webhook,
        context=source.context,
        total=0,
        update_policy=source.update_policy,
        versioned=source.versioned,
        retry_of=source.id,
        rank=source.rank,
    )
