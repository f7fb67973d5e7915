"""What the head of an answer means. Pure: a status and headers in, values out."""

import email.utils
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from wirephoto import errors, model
from wirephoto.net import retry_after

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429})
_SETTLED = timedelta(minutes=1)
_LONGEST_KEPT = 1024  # characters of a header that we store


def redirect(status: int, headers: Mapping[str, str]) -> str | None:
    """Where a redirect leads, as the origin wrote it; None: it is no redirect.

    300 and ``Refresh`` are none, nor is a redirect that names no place.
    """
    return headers.get("Location") if status in _REDIRECTS else None


def failure(status: int, headers: Mapping[str, str]) -> errors.HttpStatus:
    """The error for an answer that is not the picture.

    Transient for 408, 425, 429 and every 5xx, with the wait that ``Retry-After`` asks for.
    """
    transient = status in _PASSING or 500 <= status < 600  # noqa: PLR2004 - the class 5xx
    wait = retry_after.parse(headers.get("Retry-After"), datetime.now(UTC))
    return errors.HttpStatus(
        f"the origin answered {_named(status)}",
        transient=transient,
        retry_after=wait if transient else None,
        http_status=status,
    )


def _named(status: int) -> str:
    """The number with the phrase of the standard, never with the origin's own."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def validators(headers: Mapping[str, str]) -> model.Validators:
    """What to ask with the next time: the ETag, weak or strong, or without one a settled date."""
    etag = _kept(headers.get("ETag"))
    if etag:
        return model.Validators(etag=etag)
    dated = _kept(headers.get("Last-Modified"))
    return model.Validators(last_modified=dated if _is_settled(dated, headers) else None)


def is_of_another(headers: Mapping[str, str], conditions: Mapping[str, str]) -> bool:
    """Whether a 304 names another version than the one asked with (RFC 9111, 4.3.4)."""
    asked, named = conditions.get("If-None-Match"), headers.get("ETag")
    if not asked or not named:
        return False
    return named.strip().removeprefix("W/") != asked.removeprefix("W/")


def _is_settled(dated: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a picture cannot have changed again at its own date (RFC 9110, 8.8.2.2).

    A minute, because the two may come from two clocks. Without a ``Date`` ours counts.
    """
    changed = _instant(dated)
    answered = _instant(headers.get("Date")) or datetime.now(UTC)
    return changed is not None and answered - changed >= _SETTLED


def _instant(text: str | None) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=found.tzinfo or UTC) if found else None


def content_type(headers: Mapping[str, str]) -> str | None:
    return _kept(headers.get("Content-Type"))


def _kept(value: str | None) -> str | None:
    """The header where it can be stored and sent again: printable ASCII of sane length."""
    if value and len(value) <= _LONGEST_KEPT and value.isascii() and value.isprintable():
        return value
    return None
