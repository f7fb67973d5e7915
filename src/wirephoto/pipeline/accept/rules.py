"""The rules for the values of a request, each written once: a value in, what is wrong with it out.

They hold for values of the right type; ``faults`` says what is wrong with types. Limits on texts
are chosen so that they fit the tables' indexes.
"""

import math
import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from wirephoto import errors, model
from wirephoto.net import addresses, urls
from wirephoto.pipeline import uploaded
from wirephoto.project import wording

SYSTEM_NAME_BYTES = 255  # with the id, they fit PostgreSQL's index row (a third of a page)
ID_BYTES = 1024
FILE_NAME_CHARACTERS = 2000
CHECKSUM_BYTES = 1024
LEVELS = 64  # of arrays and objects in one value: what every parser on the way can follow
_SHOWN_CHARACTERS = 100  # of a key in a path
_SHA256 = re.compile("[0-9A-Fa-f]{64}")
_UNPAIRED = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Limits:
    """``images`` in one batch, ``context_bytes`` of its context, and the guard for its webhook."""

    images: int
    context_bytes: int
    rule: addresses.Rule


def count(images: int, limits: Limits) -> None:
    """Raises errors.BodyTooLarge: more images than one batch may hold."""
    if images > limits.images:
        raise errors.BodyTooLarge(
            {"images": f"must be at most {limits.images} in one batch (they are {images})"}
        )


def system_name(text: str) -> str | None:
    return _bytes(text, SYSTEM_NAME_BYTES)


def external_id(text: str) -> str | None:
    return _bytes(text, ID_BYTES)


def file_name(text: str) -> str | None:
    if len(text) > FILE_NAME_CHARACTERS:
        return f"must be at most {FILE_NAME_CHARACTERS} characters (it has {len(text)})"
    return None


def checksum(text: str) -> str | None:
    return _bytes(text, CHECKSUM_BYTES)


def sha256(text: str) -> str | None:
    if _SHA256.fullmatch(text):
        return None
    if len(text) != 64:  # noqa: PLR2004 - 256 bits
        return f"must be 64 hexadecimal digits (it has {len(text)} characters)"
    return "must be 64 hexadecimal digits"


def update(text: str) -> str | None:
    known = typing.get_args(model.Update)
    return None if text in known else f"is no way to update{wording.did_you_mean(text, known)}"


def url(text: str) -> str | None:
    """Of a picture: where it is, or that it was sent to us."""
    if text.startswith(uploaded.SCHEME):
        return None if uploaded.digest(text) else "names no upload: it is not as we gave it"
    try:
        urls.check(text)
    except errors.BadUrl as bad:
        return str(bad)
    return None


def webhook(text: str, limits: Limits) -> str | None:
    """An empty one is none."""
    try:
        if text:
            addresses.check_url(urls.parse(text), limits.rule)
    except errors.BadUrl as bad:
        return str(bad)
    except errors.BlockedAddress as blocked:
        return blocked.reason
    return None


def context(value: dict[str, Any], limits: Limits) -> str | None:
    """For a value that is storable."""
    size = len(msgspec.json.encode(value))
    if size > limits.context_bytes:
        return f"must be at most {limits.context_bytes} bytes as JSON (it has {size})"
    return None


def text(value: str) -> str | None:
    """What no text of PostgreSQL can hold."""
    if "\0" in value:
        return "must not hold U+0000"
    if _UNPAIRED.search(value):
        return "must not hold an unpaired surrogate"
    return None


def storable(path: str, value: object) -> Iterator[tuple[str, str]]:
    """What cannot be stored of a JSON value, at any depth, by its path."""
    left: list[tuple[str, object, int]] = [(path, value, 1)]
    while left:
        where, one, level = left.pop()
        if isinstance(one, list | dict):
            if level > LEVELS:
                yield path, f"must be nested at most {LEVELS} levels deep"
                return
            bad_key = next(filter(None, map(text, one)), None) if isinstance(one, dict) else None
            if bad_key:
                yield where, f"has a key that {bad_key}"
            else:
                left += [(f"{where}.{key}", item, level + 1) for key, item in _members(one)]
        elif problem := _scalar(one):
            yield where, problem


def is_flat(value: dict[str, Any]) -> bool:
    """Whether an object holds neither objects nor arrays, as most metadata."""
    for item in value.values():  # noqa: SIM110 - any() takes twice the time, for each image
        if item.__class__ is dict or item.__class__ is list:
            return False
    return True


def _scalar(value: object) -> str | None:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "is a number out of range"
    return None


def _members(value: list[Any] | dict[str, Any]) -> list[tuple[str, Any]]:
    """Last first: they go onto a stack."""
    if isinstance(value, list):
        found = [(str(index), item) for index, item in enumerate(value)]
    else:
        found = [(key[:_SHOWN_CHARACTERS], item) for key, item in value.items()]
    return found[::-1]


def _bytes(text: str, most: int) -> str | None:
    if len(text) * 4 <= most:  # no character takes more
        return None
    size = len(text.encode())
    return f"must be at most {most} bytes as UTF-8 (it has {size})" if size > most else None
