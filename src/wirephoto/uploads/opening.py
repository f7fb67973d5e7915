"""What a client announces: which bytes are here already, and where it is to send the others."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from wirephoto import errors, model
from wirephoto.db import collector, pool
from wirephoto.db import uploads as rows
from wirephoto.library import faults
from wirephoto.pipeline.accept import quota, rules
from wirephoto.pipeline.storage import keys
from wirephoto.uploads import signing

MOST = 1000
LIST = "uploads"
_ID_BYTES = 16
_LATER = {"Retry-After": "5"}


class Wanted(msgspec.Struct, frozen=True):
    """The bytes of a picture that is to be sent."""

    sha256: Annotated[
        str,
        msgspec.Meta(
            description="Of its bytes.", extra_json_schema={"pattern": "^[0-9A-Fa-f]{64}$"}
        ),
    ]
    size: Annotated[int, msgspec.Meta(ge=1, description="Their number.")]


class Announcement(msgspec.Struct, frozen=True):
    """Pictures that are to be sent, then imported."""

    uploads: Annotated[list[Wanted], msgspec.Meta(min_length=1, max_length=MOST)]


@dataclass(frozen=True, slots=True)
class Limits:
    """``max_bytes`` of one; ``most`` of a project at once; ``hours`` that they wait."""

    max_bytes: int
    most: int
    hours: int


@dataclass(frozen=True, slots=True)
class Owner:
    """A project, and how many images it may have accepted in a day; 0 is no limit."""

    project: int
    handle: str
    per_day: int


@dataclass(frozen=True, slots=True)
class Opened:
    """An upload, and what lets its holder send the bytes until ``expires``, seconds since 1970."""

    upload: rows.Announced
    expires: int
    signature: str


def read(body: bytes) -> list[Wanted]:
    """The announcement.

    Raises:
        errors.InvalidRequest: names each fault by its path.
        errors.BodyTooLarge: it names too many.
    """
    document = faults.decode(body)
    listed = document.get(LIST)
    if isinstance(listed, list) and len(listed) > MOST:
        raise errors.BodyTooLarge({LIST: f"must be at most {MOST} (they are {len(listed)})"})
    found = faults.Faults()
    given = [
        _wanted(found, f"{LIST}.{at}", one)
        for at, one in enumerate(found.items(document, LIST, MOST))
    ]
    found.check()
    return [one for one in given if one is not None]


def _wanted(found: faults.Faults, path: str, value: object) -> Wanted | None:
    members = found.members(value, path)
    if members is None:
        return None
    prefix = f"{path}."
    digest = found.text(members, "sha256", prefix, required=True)
    if digest and (problem := rules.sha256(digest)):
        found.add(f"{prefix}sha256", problem)
    size = found.count(members, "size", prefix)
    if not size:
        found.add(f"{prefix}size", "is required" if size is None else "must be 1 or more")
    return Wanted(digest.lower(), size) if digest and size else None


async def announce(
    database: pool.Pool, owner: Owner, limits: Limits, given: Sequence[Wanted]
) -> list[Opened | None]:
    """What becomes of each, in the order given; None: it is larger than a picture may be.

    Raises:
        errors.OverQuota: the project has no room for so many.
    """
    fitting = {one.sha256: one for one in given if one.size <= limits.max_bytes}
    opened: dict[str, Opened] = {}
    if fitting:

        async def write(connection: pool.Connection) -> dict[str, Opened]:
            return await _write(connection, owner, limits, list(fitting.values()))

        opened = await pool.transact(database, write)
    return [opened[one.sha256] if one.size <= limits.max_bytes else None for one in given]


async def _write(
    connection: pool.Connection, owner: Owner, limits: Limits, given: Sequence[Wanted]
) -> dict[str, Opened]:
    await quota.check(connection, quota.Quota(owner.project, owner.per_day), len(given))
    if not await rows.has_room(connection, owner.project, len(given), limits.most):
        raise errors.OverQuota({"message": _full(limits)}, headers=_LATER)
    secret = await collector.storage_key(connection, owner.handle)
    assert secret is not None
    new = [_new(owner.handle, secret, one) for one in given]
    made = await rows.announce(connection, owner.project, new, limits.hours)
    return {one.sha256: _opened(secret, one) for one in made}


def _new(handle: str, secret: bytes, one: Wanted) -> rows.New:
    public_id = secrets.token_hex(_ID_BYTES)
    digest = bytes.fromhex(one.sha256)
    known = [keys.asset_key(handle, secret, digest, kind) for kind in model.Kind]
    return rows.New(public_id, one.sha256, one.size, keys.upload_key(public_id), known)


def _opened(secret: bytes, upload: rows.Announced) -> Opened:
    expires = int(upload.expires_at.timestamp())
    return Opened(upload, expires, signing.sign(secret, upload.public_id, expires))


def _full(limits: Limits) -> str:
    return (
        f"{limits.most} pictures at most may wait to be imported (WIREPHOTO_MAX_UPLOADS): import "
        f"those that were sent; what is never imported goes after {limits.hours} hours."
    )
