"""``/library/{id}``: a picture, what is known of it, where it came from; edit, archive, revoke.

A form is a ``PATCH`` by the same code: its version is that of the page, and on a conflict the
page comes back with both values and with everything that was typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import fastapi
import fastapi.responses
import msgspec

from wirephoto import errors, wiring
from wirephoto.api import edits, services, similar
from wirephoto.db import changes, entries, gallery, pool, records
from wirephoto.library import edit, patch
from wirephoto.pipeline import uploaded
from wirephoto.renditions import variant
from wirephoto.web import fields, library, pages, routing, sessions

router = routing.router()
_HISTORY = 50
_ALIKE = 24
_BITS = 10
_ACTS = {
    "archive": "archive",
    "unarchive": "unarchive",
    "revoke": "revokeAsset",
    "unrevoke": "unrevokeAsset",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Why a form was not saved: it comes back as it was sent. ``problems`` by property."""

    given: Mapping[str, str]
    problems: Mapping[str, str]
    detail: str = ""
    conflict: bool = False


@router.get("/library/{id}")
async def entry_(
    request: fastapi.Request,
    visitor: sessions.Reader,
    api: services.Given,
    id: str,  # noqa: A002 - as in the API
) -> fastapi.Response:
    return await _shown(request, visitor, api, id)


@router.post("/library/{id}")
async def save(
    request: fastapi.Request,
    posted: sessions.Writer,
    api: services.Given,
    id: str,  # noqa: A002 - as in the API
) -> fastapi.Response:
    visitor, given = posted.visitor, posted.fields
    async with api.database.connection() as connection:
        found = await _find(connection, visitor.project, id)
    form = _form(api, visitor, found)
    form.take(given)
    patches, problems = _patches(form.changed())
    if problems:
        return await _shown(request, visitor, api, id, Answer(given, problems))
    if not patches:
        return _to(id)
    try:
        await _edit(api, visitor, id, {"version": _version(given), "patches": patches})
    except errors.Conflict:
        return await _shown(request, visitor, api, id, Answer(given, {}, conflict=True))
    except errors.InvalidRequest as wrong:
        return await _shown(request, visitor, api, id, _refused(given, patches, wrong.details))
    return _to(id, "?saved")


def _patches(changed: list[fields.Field]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Operations, and what cannot be read, by property."""
    made, problems = [], {}
    for one in changed:
        try:
            value = fields.read(one)
        except fields.Unreadable as why:
            problems[one.handle] = str(why)
            continue
        made.append(
            {"operation": "setMetadataProperty", "propertyName": one.handle, "value": value}
        )
    return made, problems


def _refused(
    given: Mapping[str, str], patches: list[dict[str, Any]], details: Mapping[str, str]
) -> Answer:
    """What breaks a rule at its field; what is of no field above them all."""
    problems, rest = {}, []
    for path, said_of_it in details.items():
        index = path.removeprefix("patches.").partition(".")[0]
        if index.isdecimal():
            problems[str(patches[int(index)]["propertyName"])] = said_of_it
        else:
            rest.append(said_of_it)
    return Answer(given, problems, "; ".join(rest))


def _version(fields_: Mapping[str, str]) -> int:
    """Of the page that the form is of.

    Raises:
        errors.InvalidRequest: the form has none.
    """
    given = fields_.get("version", "")
    if not (given.isascii() and given.isdecimal() and len(given) < 10):  # noqa: PLR2004 - fits 32 bits
        raise errors.InvalidRequest({"version": "The form is incomplete. Open the entry again."})
    return int(given)


@router.post("/library/{id}/act")
async def act(
    posted: sessions.Writer,
    api: services.Given,
    id: str,  # noqa: A002 - as in the API
) -> fastapi.Response:
    """Archive, take back, revoke with a note, serve again."""
    operation = _ACTS.get(posted.fields.get("act", ""))
    if operation is None:
        raise errors.InvalidRequest({"act": f"must be one of: {', '.join(_ACTS)}"})
    one = {"operation": operation}
    if operation == "revokeAsset" and posted.fields.get("note", "").strip():
        one["note"] = posted.fields["note"].strip()
    await _edit(api, posted.visitor, id, {"patches": [one]})
    return _to(id)


async def _edit(api: wiring.Api, visitor: sessions.Visitor, id_: str, body: dict[str, Any]) -> None:
    asked = patch.read(msgspec.json.encode(body))
    if "\0" in id_:
        raise edit.not_found()
    served = services.served(api, visitor.project, visitor.handle)
    editor = edit.Editor(visitor.token, edits.place(api, served), served.rules.media_types)
    await edit.edit(editor, id_, asked)


async def _find(connection: pool.Connection, project: int, id_: str) -> entries.Entry:
    found = await entries.by_ids(connection, project, [id_]) if "\0" not in id_ else []
    if not found:
        raise edit.not_found()
    return found[0]


def _form(api: wiring.Api, visitor: sessions.Visitor, found: entries.Entry) -> fields.Form:
    served = api.projects.get(visitor.project)
    return fields.form(served.rules.media_types.get(found.media_type) if served else None, found)


async def _shown(
    request: fastapi.Request,
    visitor: sessions.Visitor,
    api: wiring.Api,
    id_: str,
    answer: Answer | None = None,
) -> fastapi.Response:
    async with api.database.connection() as connection:
        found = await _find(connection, visitor.project, id_)
        record = await records.of_asset(connection, found.asset_key) or {}
        past = await changes.history(connection, id_, before=None, limit=_HISTORY + 1)
        alike = await similar.find(connection, visitor.project, id_, _BITS, _ALIKE)
        origin = await gallery.origin(connection, visitor.project, id_)
    form = _form(api, visitor, found)
    if answer:
        form.take(answer.given)
        form.mark(answer.problems)
    return pages.page(
        request,
        "entry.html",
        visitor,
        200 if answer is None else 409 if answer.conflict else 400,
        entry=found,
        form=form,
        answer=answer,
        saved="saved" in request.query_params,
        record=_groups(record),
        credentials=record.get("contentCredentials"),
        notes=[*record.get("notes", []), *(found.left_out or [])],
        history=past[:_HISTORY],
        older=len(past) > _HISTORY,
        same=[one.entry for one in alike.entries if one.distance is None],
        alike=[one for one in alike.entries if one.distance is not None],
        described=alike.described,
        origin=origin,
        source=_without_query(origin.source_url),
        widths=_widths(api, found),
        kinds=library.KINDS,
        said=said,
    )


def _widths(api: wiring.Api, found: entries.Entry) -> list[int]:
    """Of the renditions that can be had."""
    if api.renditions is None or found.mime_type == "image/svg+xml":
        return []
    return [width for width in variant.WIDTHS if width < found.width]


def _groups(record: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What the file says, as it was read: the fields of IPTC first, then what was found where."""
    named = (("fields", "IPTC"), ("iim", "IIM"), ("xmp", "XMP"), ("exif", "EXIF"))
    return [(words, record[name]) for name, words in named if record.get(name)]


def said(value: object) -> str:
    """A value of a record in one text."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return msgspec.json.encode(value).decode()


def _without_query(url: str | None) -> str:
    if url is None or url.startswith(uploaded.SCHEME):
        return url or ""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" + ("?…" if parts.query else "")


def _to(id_: str, query: str = "") -> fastapi.Response:
    return fastapi.responses.RedirectResponse(f"/library/{id_}{query}", routing.SEE_OTHER)
