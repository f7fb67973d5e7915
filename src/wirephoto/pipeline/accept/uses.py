"""Images whose bytes their client has sent: they must be here, and stay until they are imported."""

from collections.abc import Mapping

from wirephoto import errors
from wirephoto.db import pool, uploads
from wirephoto.pipeline import uploaded
from wirephoto.pipeline.accept import faults

_NOT_HERE = "names no upload of this project that is here: send the picture, then import it"


async def hold(
    connection: pool.Connection, project: int, digests: Mapping[int, str]
) -> dict[str, int]:
    """Rows of the uploads that a batch names, by digest; ``digests`` by position.

    Raises:
        errors.InvalidRequest: some are not there.
    """
    if not digests:
        return {}
    held = await uploads.hold(connection, project, set(digests.values()))
    missing = [position for position, digest in digests.items() if digest not in held]
    if missing:
        raise errors.InvalidRequest(
            {f"images.{position}.url": _NOT_HERE for position in missing[: faults.MOST]}
        )
    return held


async def use(
    connection: pool.Connection, job: int, digests: Mapping[int, str], held: Mapping[str, int]
) -> None:
    """Keep them for the job's images."""
    if digests:
        named = {position: held[digest] for position, digest in digests.items()}
        await uploads.use(connection, job, named)


async def use_again(connection: pool.Connection, project: int, job: int) -> None:
    """The same for a job that tries again what failed."""
    await uploads.use_again(connection, project, job, uploaded.SCHEME)
