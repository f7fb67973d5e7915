"""Templates to answers: the environment, what every page knows, and its headers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import fastapi
import jinja2

from wirephoto.web import numbers, placeholder, reasons, sessions, words

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("wirephoto.web"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def language(request: fastapi.Request) -> str:
    """What the page speaks."""
    return words.language(request.headers.get("accept-language", ""))


def known(language: str) -> dict[str, Any]:
    """What templates may use: words and numbers in a language."""
    return {
        "language": language,
        "t": partial(words.text, language),
        "say": partial(words.say, language),
        "many": partial(words.many, language),
        "reason": partial(reasons.said, language),
        "count": numbers.count,
        "decimal": partial(numbers.decimal, language=language),
        "percent": partial(numbers.percent, language=language),
        "size": partial(numbers.size, language=language),
        "duration": numbers.duration,
        "roughly": partial(numbers.roughly, language=language),
        "moment": partial(numbers.moment, now=datetime.now(UTC), language=language),
        "clock": numbers.clock,
        "iso": numbers.iso,
        "shape": numbers.shape,
        "blurred": placeholder.address,
    }


def fragment(name: str, language: str, **given: Any) -> str:
    """A part of a page."""
    return _ENVIRONMENT.get_template(name).render(**known(language), **given)


def page(
    request: fastapi.Request,
    name: str,
    visitor: sessions.Visitor | None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **given: Any,
) -> fastapi.Response:
    """A whole page; ``visitor`` is None on those that anybody may see."""
    spoken = language(request)
    text = fragment(name, spoken, visitor=visitor, path=request.url.path, **given)
    return fastapi.Response(
        text,
        status,
        media_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": POLICY,
            "Content-Language": spoken,
            "Referrer-Policy": "same-origin",  # else browsers hide where a form comes from
            "Vary": "Accept-Language, Cookie",
            **(headers or {}),
        },
    )


def wrong(
    request: fastapi.Request,
    status: int,
    title: str,
    what: str,
    headers: Mapping[str, str] | None = None,
) -> fastapi.Response:
    """A page that says what went wrong; ``title`` and ``what`` may be keys of ``words``."""
    return page(request, "wrong.html", None, status, headers, title=title, what=what)
