"""Calls as data: what is sent, what came back, and when to send it again. No input, no output.

A flow is a generator: it yields ``Ask`` and ``Wait``, is sent an ``Answer`` or a ``NoAnswer`` for
each ``Ask``, and returns its result. The sync and the async client drive the same flows.
"""

import json
import random
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

from wirephoto.client import errors

_AWAY = frozenset(
    {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0
_QUOTED_CHARACTERS = 200
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class File:
    """A body that is read from a file as it is sent: ``size`` bytes, no more and no less."""

    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class Ask:
    """One request; ``path`` begins after the API's version. ``repeatable``: twice does no harm.

    ``file`` is its body where there is no ``body``.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True
    file: File | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """``sent``: the server may have got the request."""

    problem: str
    sent: bool


Flow = Generator[Ask | Wait, Any, T]


def call(ask: Ask, patience: float) -> Flow[Any]:
    """The JSON of a successful answer, see ``answered`` and ``document``."""
    return document((yield from answered(ask, patience)))


def answered(ask: Ask, patience: float) -> Flow[Answer]:
    """An answer, whatever it says; tried again for ``patience`` seconds while nobody answers.

    Raises:
        errors.ServerAway: patience is over.
    """
    deadline = time.monotonic() + patience
    wait = _FIRST_WAIT_SECONDS
    while True:
        came: Answer | NoAnswer = yield ask
        if isinstance(came, Answer) and came.status not in _AWAY:
            return came
        if isinstance(came, NoAnswer) and came.sent and not ask.repeatable:
            raise errors.ServerAway(f"{came.problem}; it may have been done all the same")
        pause = max(wait * random.uniform(0.8, 1.2), _retry_after(came))  # noqa: S311 - spreads clients
        if time.monotonic() + pause > deadline:
            raise errors.ServerAway(_problem(came))
        yield Wait(pause)
        wait = min(wait * 2, _LONGEST_WAIT_SECONDS)


def _problem(came: Answer | NoAnswer) -> str:
    return came.problem if isinstance(came, NoAnswer) else f"the server answers {came.status}"


def _retry_after(came: Answer | NoAnswer) -> float:
    """Seconds; 0 where nothing, or a date, is said."""
    said = came.headers.get("retry-after", "") if isinstance(came, Answer) else ""
    return float(said) if said.isdecimal() else 0.0


def document(came: Answer) -> Any:
    """The JSON of a successful answer.

    Raises:
        errors.Refused: 4xx, or 500.
        errors.NotWirephoto: the answer is not JSON.
    """
    try:
        found = json.loads(came.body)
    except ValueError:
        raise errors.NotWirephoto(_unreadable(came)) from None
    if came.status < HTTPStatus.MULTIPLE_CHOICES:
        return found
    first = found[0] if isinstance(found, list) and found else found
    details = first.get("error_details") if isinstance(first, dict) else None
    if not isinstance(details, dict):
        raise errors.NotWirephoto(_unreadable(came))
    told = {str(path): str(text) for path, text in details.items()}
    request = came.headers.get("x-request-id")
    if came.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise errors.OverQuota(came.status, told, _retry_after(came), request)
    raise errors.Refused(came.status, told, request)


def _unreadable(came: Answer) -> str:
    text = came.body[:_QUOTED_CHARACTERS].decode(errors="replace")
    return f"the answer {came.status} is none of wirephoto's: {text!r}"
