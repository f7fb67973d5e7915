"""Entries whose pictures look alike, the nearest first."""

from dataclasses import dataclass
from typing import Annotated

import fastapi

from wirephoto import errors
from wirephoto.api import auth, examples, media_library, schemas, services, versions
from wirephoto.db import descriptions, entries, pool
from wirephoto.renditions import likeness

router = fastapi.APIRouter(prefix="/mediaLibrary", tags=["media library"])
_DEFAULT_DISTANCE = 10
_DEFAULT_LIMIT = 20
_MOST = 100


@dataclass(frozen=True, slots=True)
class Near:
    """An entry, and the bits in which its picture differs; None: the same bytes."""

    entry: entries.Entry
    distance: int | None


@dataclass(frozen=True, slots=True)
class Alike:
    """``described``: the picture has its hash."""

    described: bool
    entries: list[Near]


@router.get(
    "/{id}/similar",
    summary="Entries whose pictures look alike",
    description="The nearest first, those with the very same bytes before all others. `distance` "
    "is the number of bits, of 64, in which the hashes of two pictures differ: 0 is most often the "
    "same picture in another size or format. A picture has its hash some time after its import "
    "(`described`); the same bytes are known at once. Archived entries are left out.",
    responses=schemas.responses(
        {200: schemas.documented("Similar", "What is alike.", examples.SIMILAR)},
        *(400, 401, 403, 404, 410),
    ),
)
async def similar(
    request: fastapi.Request,
    _: versions.Given,
    caller: auth.Reader,
    api: services.Given,
    id: Annotated[str, fastapi.Path(description="Of the entry.")],  # noqa: A002 - its name on the wire
    distance: Annotated[
        int,
        fastapi.Query(ge=0, le=likeness.MOST_DISTANCE, description="At most; 0 to 12."),
    ] = _DEFAULT_DISTANCE,
    limit: Annotated[
        int, fastapi.Query(ge=1, le=_MOST, description="Entries, 100 at most.")
    ] = _DEFAULT_LIMIT,
) -> fastapi.Response:
    async with api.database.connection() as connection:
        found = await find(connection, caller.project, id, distance, limit)
    results = [
        schemas.SimilarEntry(
            distance=one.distance or 0,
            sameBytes=one.distance is None,
            entry=media_library.shown(request, api, one.entry),
        )
        for one in found.entries
    ]
    return schemas.json(schemas.Similar(found.described, results))


async def find(
    connection: pool.Connection, project: int, entry: str, distance: int, limit: int
) -> Alike:
    """What is alike: the same bytes first.

    Raises:
        errors.NotFound: the project has no such entry.
    """
    subject = await descriptions.of_entry(connection, project, entry) if "\0" not in entry else None
    if subject is None:
        raise errors.NotFound({"id": "There is no media library entry with this id."})
    same = await descriptions.same(connection, project, entry, subject.key, limit)
    alike = []
    if subject.hash is not None and len(same) < limit:
        parts = likeness.parts(subject.hash, distance)
        alike = await descriptions.alike(
            connection, project, subject, parts, distance, limit - len(same)
        )
    distances: dict[str, int | None] = {
        **dict.fromkeys(same),
        **{one.id: one.distance for one in alike},
    }
    shown = await entries.by_ids(connection, project, list(distances))
    return Alike(subject.hash is not None, [Near(one, distances[one.id]) for one in shown])
