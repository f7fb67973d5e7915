"""``/library``: the pictures, the newest first, by the query that the API has.

A page has an address, by the cursor of the one before it; a browser with scripts puts the next one
below as the reader comes near, and changes the address with it.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import fastapi
import pydantic

from wirephoto import errors, model, wiring
from wirephoto.api import asked, services
from wirephoto.db import entries, gallery
from wirephoto.library import reindex, search
from wirephoto.web import pages, routing, sessions

router = routing.router()
_LABELS = {  # of what may be asked, as the form has them
    "search": "Words of title and caption",
    "systemName": "System",
    "mediaType": "Media type",
    "mimeType": "Kind",
    "orientation": "Shape",
    "state": "State",
    "sort": "Order",
    "createdFrom": "Imported from",
    "createdTo": "Imported to",
}
PAGE = 60
COUNTED = 10_000
_SYSTEMS = 50
_MOST_TEXT = 1000
# As the API names them, so that an address says there what it says here.
_NAMES = (
    "search",
    "systemName",
    "mediaType",
    "mimeType",
    "orientation",
    "state",
    "createdFrom",
    "createdTo",
    "sort",
)
KINDS = {kind.mime_type: kind.name for kind in model.Kind}


@router.get("/library")
async def library(
    request: fastapi.Request, visitor: sessions.Reader, api: services.Given
) -> fastapi.Response:
    given = _given(request)
    try:
        found, following, problems = *await _find(api, visitor.project, given, request), {}
    except errors.InvalidRequest as wrong:
        found, following, problems = [], None, wrong.details
    async with api.database.connection() as connection:
        total = await gallery.how_many(connection, visitor.project, COUNTED + 1)
        systems = await gallery.systems(connection, visitor.project, _SYSTEMS)
    served = api.projects.get(visitor.project)
    return pages.page(
        request,
        "library.html",
        visitor,
        400 if problems else 200,
        given=given,
        problems=problems,
        total=total,
        counted=COUNTED,
        labels=_LABELS,
        systems=_choices(systems, given.get("systemName")),
        media_types=_choices(served.rules.media_types if served else (), given.get("mediaType")),
        first="after" not in request.query_params,
        **_tiles(found, following, given),
    )


@router.get("/library/more")
async def more(
    request: fastapi.Request, visitor: sessions.Reader, api: services.Given
) -> fastapi.Response:
    """The tiles of a page, to be put below those that are there."""
    given = _given(request)
    found, following = await _find(api, visitor.project, given, request)
    return pages.page(request, "tiles.html", visitor, **_tiles(found, following, given))


def _tiles(
    found: list[entries.Entry], following: str | None, given: dict[str, str]
) -> dict[str, Any]:
    return {
        "entries": found,
        "following": urlencode({**given, "after": following}) if following else None,
        "kinds": KINDS,
    }


def _choices(names: Iterable[str], chosen: str | None) -> list[tuple[str, str]]:
    """Values with their words; what is asked for is one of them."""
    listed = list(names)
    if chosen and chosen not in listed:
        listed.append(chosen)
    return [(name, name) for name in listed]


def _given(request: fastapi.Request) -> dict[str, str]:
    """What is asked; a field that was left empty asks nothing."""
    asked_for = {name: request.query_params.get(name, "").strip() for name in _NAMES}
    return {name: text[:_MOST_TEXT] for name, text in asked_for.items() if text}


async def _find(
    api: wiring.Api, project: int, given: dict[str, str], request: fastapi.Request
) -> tuple[list[entries.Entry], str | None]:
    """A page, and the cursor of the next one.

    Raises:
        errors.InvalidRequest: by the name of what is wrong.
    """
    after = request.query_params.get("after")
    try:
        query = asked.Asked.model_validate({**given, "limit": PAGE, "after": after})
    except pydantic.ValidationError as wrong:
        named = {str(one["loc"][0]): str(one["msg"]) for one in wrong.errors()}
        raise errors.InvalidRequest(named) from None
    wanted, cursor = query.query(project), query.cursor()
    await reindex.catch_up(api.database, project)
    found, following = await search.page(api.database, wanted, query.sort, cursor)
    return [one.entry for one in found], following
