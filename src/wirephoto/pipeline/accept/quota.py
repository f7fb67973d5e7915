"""``imagesPerDay`` of a project: a batch fits as a whole into what is left of the day, or not."""

from dataclasses import dataclass

from wirephoto import errors
from wirephoto.db import pool, quota


@dataclass(frozen=True, slots=True)
class Quota:
    """Images that ``project`` may have accepted in a day (UTC); 0 is no limit."""

    project: int
    per_day: int


async def check(connection: pool.Connection, given: Quota, images: int) -> None:
    """Refuse early what cannot fit, before it costs anything; ``take`` decides.

    Raises:
        errors.OverQuota: it does not fit now.
    """
    if not given.per_day:
        return
    left = await quota.left(connection, given.project, given.per_day)
    if images > left.images:
        raise _refusal(given, images, left)


async def take(connection: pool.Connection, given: Quota, images: int) -> None:
    """Count a batch, last in its transaction: until that ends, others of the project wait.

    Raises:
        errors.OverQuota: others were faster.
    """
    if not given.per_day or await quota.take(connection, given.project, images, given.per_day):
        return
    left = await quota.left(connection, given.project, given.per_day)
    raise _refusal(given, images, left)


def _refusal(given: Quota, images: int, left: quota.Left) -> errors.OverQuota:
    if images > given.per_day:
        problem = f"It fits into no day: split it into batches of at most {given.per_day}."
    else:
        free = max(0, left.images)
        problem = f"{free} are left today. The next day begins at 00:00 UTC, in {left.seconds} s."
    message = (
        f"The batch has {images} images, and the project takes {given.per_day} a day. {problem}"
    )
    return errors.OverQuota({"message": message}, headers={"Retry-After": str(left.seconds)})
