"""What the head of an answer means. Pure: a status and headers in, values out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from wirephoto import errors, model
from wirephoto.net import retry_after

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429})
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
    return model.Validators(
        etag=_kept(headers.get("ETag")), last_modified=_kept(headers.get("Last-Modified"))
    )


def content_type(headers: Mapping[str, str]) -> str | None:
    return _kept(headers.get("Content-Type"))


def _kept(value: str | None) -> str | None:
    """The header where it can be stored and sent again: printable ASCII of sane length."""
    if value and len(value) <= _LONGEST_KEPT and value.isascii() and value.isprintable():
        return value
    return None
