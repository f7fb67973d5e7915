"""``/import``: give a list, see what would happen, start."""

import asyncio
import hashlib
import typing
from dataclasses import dataclass
from typing import BinaryIO

import fastapi
import fastapi.responses
import msgspec

from wirephoto import errors, model, wiring
from wirephoto.api import services
from wirephoto.db import drafts, keys
from wirephoto.pipeline.accept import job, once, preview
from wirephoto.project import media_types
from wirephoto.web import pages, routing, sessions
from wirephoto.web.bringing import checking, left_out, matching, receiving, table

router = routing.router()
_NO_LIST = {"list": "This list is gone. Lists are kept for a day: give it again."}
_UPDATES = typing.get_args(model.Update)


@dataclass(frozen=True, slots=True)
class _Open:
    """A list that somebody works on, and where it is to go."""

    draft: drafts.Draft
    content: BinaryIO
    asked: checking.Asked
    served: wiring.Served

    @property
    def media_type(self) -> media_types.MediaType:
        return _media_type(self.served, self.asked.media_type)


def _kinds(served: wiring.Served) -> dict[str, media_types.MediaType]:
    known = served.rules.media_types
    return {name: one for name, one in known.items() if one.type == media_types.IMAGE_TYPE}


def _media_type(served: wiring.Served, handle: str) -> media_types.MediaType:
    known = _kinds(served)
    default = known.get(media_types.DEFAULT_HANDLE) or next(iter(known.values()), None)
    return known.get(handle) or default or media_types.built_in()[media_types.DEFAULT_HANDLE]


@router.get("/import")
async def source(
    request: fastapi.Request, visitor: sessions.Reader, api: services.Given
) -> fastapi.Response:
    return await _source(request, visitor, api, "", 200)


async def _source(
    request: fastapi.Request, visitor: sessions.Visitor, api: wiring.Api, problem: str, status: int
) -> fastapi.Response:
    async with api.database.connection() as connection:
        systems = await drafts.systems(connection, visitor.project)
    return pages.page(
        request,
        "import.html",
        visitor,
        status,
        systems=systems,
        problem=problem,
        most_rows=api.batch.images,
        most_bytes=api.settings.max_body_bytes,
    )


@router.post("/import")
async def give(
    request: fastapi.Request, visitor: sessions.Reader, api: services.Given
) -> fastapi.Response:
    given = await receiving.receive(request, visitor, api.settings.max_body_bytes)
    served = services.served(api, visitor.project, visitor.handle)
    pasted = not given.name
    try:
        shape = await asyncio.to_thread(table.shape, given.content, pasted=pasted)
        asked = await asyncio.to_thread(
            _first_asked, given.content, shape, served, given.system_name
        )
    except table.Unreadable as fault:
        return await _source(request, visitor, api, str(fault), 400)
    public_id = job.new_public_id()
    given.content.seek(0)
    async with api.database.connection() as connection, connection.transaction():
        await drafts.insert(
            connection,
            project=visitor.project,
            public_id=public_id,
            name=given.name,
            asked=msgspec.json.encode(asked).decode(),
            content=given.content,
        )
    await _look(api, visitor.project, public_id, served, asked)
    return _to(public_id)


def _first_asked(
    content: BinaryIO, shape: table.Shape, served: wiring.Served, wanted: str
) -> checking.Asked:
    seen = table.outline(content, shape)
    type_ = _media_type(served, "")
    first = seen.sample[0].cells if seen.sample else {}
    chosen = matching.guess(seen.names, first, type_)
    return checking.Asked(
        shape.encoding,
        shape.separator,
        shape.headed,
        chosen,
        wanted,
        type_.handle,
        dates=matching.dates(type_),
    )


async def _opened(api: wiring.Api, project: int, public_id: str, served: wiring.Served) -> _Open:
    """Raises errors.NotFound: there is no such list."""
    content = receiving.spool()
    async with api.database.connection() as connection:
        draft = await drafts.find(connection, project, public_id) if "\0" not in public_id else None
        if draft is None:
            raise errors.NotFound(_NO_LIST)
        await drafts.copy(connection, draft.id, content)
    asked = msgspec.json.decode(draft.asked, type=checking.Asked)
    return _Open(draft, content, asked, served)


def _read(given: _Open, asked: checking.Asked, api: wiring.Api) -> checking.Read:
    seen = table.outline(given.content, asked.shape)
    names = matching.columns_of(seen.names, asked.chosen, given.media_type)
    return checking.read(given.content, asked, names, api.batch)


async def _look(
    api: wiring.Api, project: int, public_id: str, served: wiring.Served, asked: checking.Asked
) -> None:
    """Find out what would happen, and keep it with the list."""
    given = await _opened(api, project, public_id, served)
    told = await _foresee(api, given, asked)
    texts = [msgspec.json.encode(one).decode() for one in (asked, told)]
    async with api.database.connection() as connection:
        await drafts.note(connection, given.draft.id, *texts)


async def _foresee(api: wiring.Api, given: _Open, asked: checking.Asked) -> checking.Found:
    twice = matching.twice(asked.chosen)
    if twice or "url" not in asked.chosen:
        said = "Two columns become the same." if twice else "No column is the image address."
        return checking.Found(0, 0, whole={"columns": said})
    try:
        read = await asyncio.to_thread(_read, given, asked, api)
        if not read.images:
            return checking.tell(read, [])
        batch = await asyncio.to_thread(checking.assemble, read, asked, api.batch)
    except table.Unreadable as fault:
        return checking.Found(0, 0, whole={"columns": str(fault)})
    except (errors.InvalidRequest, errors.BodyTooLarge) as fault:
        return checking.Found(0, 0, whole=dict(fault.details))
    rules = preview.Rules(given.served.project, given.served.rules, api.batch.rule)
    return checking.tell(read, await preview.preview(api.database, rules, batch))


@router.get("/import/{public_id}")
async def look(
    request: fastapi.Request, visitor: sessions.Reader, api: services.Given, public_id: str
) -> fastapi.Response:
    served = services.served(api, visitor.project, visitor.handle)
    given = await _opened(api, visitor.project, public_id, served)
    found = msgspec.json.decode(given.draft.found or '{"rows":0,"sendable":0}', type=checking.Found)
    try:
        seen = await asyncio.to_thread(table.outline, given.content, given.asked.shape)
    except table.Unreadable:
        seen = table.Outline([], [])
    async with api.database.connection() as connection:
        systems = await drafts.systems(connection, visitor.project)
    return pages.page(
        request,
        "import_list.html",
        visitor,
        draft=given.draft,
        asked=given.asked,
        found=found,
        seen=seen,
        choices=matching.choices(given.media_type),
        fields=matching.FIELDS,
        properties=given.media_type.properties,
        kinds=list(_kinds(served)),
        encodings=dict.fromkeys([given.asked.encoding, *table.ENCODINGS]),
        separators=table.SEPARATORS,
        systems=systems,
    )


@router.get("/import/{public_id}/left-out.csv")
async def left_out_(
    request: fastapi.Request, visitor: sessions.Reader, api: services.Given, public_id: str
) -> fastapi.Response:
    """The rows that would not be sent, as they came, each with what is wrong with it."""
    served = services.served(api, visitor.project, visitor.handle)
    given = await _opened(api, visitor.project, public_id, served)
    try:
        content = await asyncio.to_thread(_left_out, given, pages.language(request))
    except table.Unreadable as fault:
        raise errors.InvalidRequest({"list": str(fault)}) from None
    name = f"left-out-{given.draft.public_id}.csv"
    return fastapi.responses.StreamingResponse(
        left_out.blocks(content),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _left_out(given: _Open, language: str) -> BinaryIO:
    seen = table.outline(given.content, given.asked.shape)
    names = matching.columns_of(seen.names, given.asked.chosen, given.media_type)
    return left_out.write(given.content, given.asked, seen.names, names, language)


@router.post("/import/{public_id}")
async def check(posted: sessions.Writer, api: services.Given, public_id: str) -> fastapi.Response:
    """What would happen now; with ``start``, and nothing changed since the last look, begin."""
    visitor = posted.visitor
    served = services.served(api, visitor.project, visitor.handle)
    given = await _opened(api, visitor.project, public_id, served)
    asked = await asyncio.to_thread(_asked, given, posted.fields)
    if "start" in posted.fields and asked == given.asked and _may_start(given):
        return await _start(api, visitor, given)
    await _look(api, visitor.project, public_id, served, asked)
    return _to(public_id, "#h-would")


def _may_start(given: _Open) -> bool:
    found = msgspec.json.decode(given.draft.found or "null", type=checking.Found | None)
    return found is not None and found.sendable > 0 and not found.whole


def _asked(given: _Open, fields: dict[str, str]) -> checking.Asked:
    """What the form says; the columns anew where the list is read in another way."""
    before = given.asked
    encoding = fields.get("encoding", before.encoding)
    separator = fields.get("separator", before.separator)
    known = encoding in {before.encoding, *table.ENCODINGS} and separator in table.SEPARATORS
    type_ = _media_type(given.served, fields.get("media_type", before.media_type))
    shape = table.Shape(encoding, separator, before.headed) if known else before.shape
    chosen = [fields.get(f"c{at}", one) for at, one in enumerate(before.chosen)]
    if shape != before.shape:
        chosen = _guessed(given.content, shape, type_)
    allowed = {"", *matching.choices(type_)}
    return checking.Asked(
        shape.encoding,
        shape.separator,
        shape.headed,
        [one if one in allowed else "" for one in chosen],
        fields.get("system", before.system_name).strip(),
        type_.handle,
        _one_of(fields.get("update", before.update), _UPDATES, before.update),
        fields.get("webhook", before.webhook).strip(),
        matching.dates(type_),
    )


def _guessed(content: BinaryIO, shape: table.Shape, type_: media_types.MediaType) -> list[str]:
    try:
        seen = table.outline(content, shape)
    except table.Unreadable:
        return []
    return matching.guess(seen.names, seen.sample[0].cells if seen.sample else {}, type_)


def _one_of(value: str, allowed: tuple[str, ...], otherwise: str) -> str:
    return value if value in allowed else otherwise


async def _start(api: wiring.Api, visitor: sessions.Visitor, given: _Open) -> fastapi.Response:
    """The job of this list and these wishes: one, however often the button is pressed."""
    served = given.served
    wishes = hashlib.sha256(given.draft.asked.encode()).hexdigest()
    key = f"page {given.draft.public_id} {wishes}"

    async def write(claimed: keys.Key | None) -> str | None:
        read = await asyncio.to_thread(_read, given, given.asked, api)
        batch = await asyncio.to_thread(checking.assemble, read, given.asked, api.batch)
        per_day = served.rules.limits.images_per_day
        owner = job.Owner(served.project, served.snapshot, visitor.token, per_day)
        return await job.write(api.database, api.app, owner, batch, claimed)

    made = await once.once(api.gate, api.database, visitor.project, key, key.encode(), write)
    return fastapi.responses.RedirectResponse(f"/jobs/{made}", routing.SEE_OTHER)


def _to(public_id: str, place: str = "") -> fastapi.Response:
    return fastapi.responses.RedirectResponse(f"/import/{public_id}{place}", routing.SEE_OTHER)
