"""``/settings/media-types``: what the project takes, as it is in force, and its limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import fastapi
import fastapi.responses

from wirephoto import settings
from wirephoto.api import services
from wirephoto.project import config, media_types, plugins
from wirephoto.web import numbers, pages, routing, sessions

router = routing.router()
TAKES = {
    "li-text": "Text",
    "li-integer": "Whole number",
    "li-boolean": "Yes or no",
    "li-enum": "One of a list",
    "li-string-list": "List of texts",
    "li-numeric-list": "List of numbers",
    "li-date": "Date",
    "li-datetime": "Date and time",
    "li-datetime-validity": "From and to",
    "li-link": "Link",
}
Phrase = tuple[str, dict[str, object]]  # a key of ``words``, and what stands in it


@dataclass(frozen=True, slots=True)
class Row:
    """A property as the table shows it; ``takes`` is empty where any JSON is taken."""

    rule: media_types.Property
    takes: str
    rules: tuple[Phrase, ...]
    filled: tuple[str, ...]


@router.get("/settings")
async def first(visitor: sessions.Reader) -> fastapi.Response:
    to = "tokens" if visitor.may(sessions.ADMIN) else "media-types"
    return fastapi.responses.RedirectResponse(f"/settings/{to}", routing.SEE_OTHER)


@router.get("/settings/media-types")
async def media_types_(
    request: fastapi.Request,
    visitor: sessions.Reader,
    api: services.Given,
    handle: Annotated[str | None, fastapi.Query(alias="type", max_length=200)] = None,
) -> fastapi.Response:
    served = services.served(api, visitor.project, visitor.handle)
    known = served.rules.media_types
    chosen = known.get(handle or "") or known.get(media_types.DEFAULT_HANDLE)
    chosen = chosen or next(iter(known.values()))
    limits = served.rules.limits
    return pages.page(
        request,
        "settings_rules.html",
        visitor,
        known=known.values(),
        chosen=chosen,
        rows=rows(chosen),
        limits=limits,
        kinds=sorted(kind.name for kind in limits.kinds),
        most=_least(api.settings, limits),
        of_all=api.settings,
    )


def _least(of_all: settings.Settings, own: config.ProjectLimits) -> dict[str, int]:
    """The project's limit, or the installation's where that is lower."""
    return {
        "bytes": min(of_all.max_bytes, own.max_bytes or of_all.max_bytes),
        "pixels": min(of_all.max_pixels, own.max_pixels or of_all.max_pixels),
    }


def rows(media_type: media_types.MediaType) -> list[Row]:
    """Properties in the order of the project's file. Pure."""
    filled: dict[str, list[str]] = {}
    for one in media_type.exif_mappings:
        filled.setdefault(one.property, []).append(one.field)
    return [
        Row(one, TAKES.get(one.plugin, ""), tuple(_rules(one)), tuple(filled.get(one.handle, ())))
        for one in media_type.properties.values()
    ]


def _rules(one: media_types.Property) -> Iterator[Phrase]:
    if one.required:
        yield "required", {}
    if one.index or one.handle == media_types.TITLE:
        yield "searched", {}
    yield from _bounds(one.options)
    if one.plugin == "li-text" and not one.options.allow_newlines:
        yield "one line", {}
    if one.options.choices is not None:
        yield (
            "one of: {choices}",
            {"choices": ", ".join(f"“{choice}”" for choice in one.options.choices)},
        )


def _bounds(options: plugins.Options) -> Iterator[Phrase]:
    bounds = (
        ("at least {n} characters", options.min_length),
        ("at most {n} characters", options.max_length),
        ("{n} or more", options.min_value),
        ("{n} or less", options.max_value),
        ("at most {n} items", options.max_items),
    )
    for words, number in bounds:
        if number is not None:
            yield words if number != 1 else words.removesuffix("s"), {"n": numbers.count(number)}
