"""Every fault of a request, each by the path of its value. Slow: only for refused bodies."""

import itertools
import json
import math
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from wirephoto import errors
from wirephoto.pipeline.accept import rules

MOST = 100  # faults named in one answer

_INTEGER_DIGITS = 4300  # Python's own limit on reading one, and what we can write again
_TEXTS: dict[str, Callable[[str], str | None]] = {
    "url": rules.url,
    "id": rules.external_id,
    "fileName": rules.file_name,
}
_OPTIONAL_TEXTS: dict[str, Callable[[str], str | None]] = {
    "mediaType": lambda _: None,
    "checksum": rules.checksum,
    "sha256": rules.sha256,
}
_Faults = Iterator[tuple[str, str]]


def in_body(body: bytes, limits: rules.Limits) -> dict[str, str]:
    """Faults of a body that ``request.decode`` refused, up to ``MOST``.

    Raises:
        errors.BodyTooLarge: more images than one batch may hold.
    """
    try:
        document = _parsed(body)
    except errors.InvalidRequest as refused:
        return dict(refused.details)
    if not isinstance(document, dict):
        return {"body": f"must be a JSON object, not {name_of(document)}"}
    return in_document(document, limits)


def unreadable(body: bytes) -> dict[str, str]:
    """Faults of any body that msgspec refused: no JSON, or values that nothing could store."""
    try:
        document = _parsed(body)
    except errors.InvalidRequest as refused:
        return dict(refused.details)
    unstorable = itertools.islice(rules.storable("", document), MOST)
    found = {path.removeprefix(".") or "body": problem for path, problem in unstorable}
    return found or {"body": "is not valid JSON"}


def in_document(document: dict[str, Any], limits: rules.Limits) -> dict[str, str]:
    """Faults of a decoded request, up to ``MOST``; raises as ``in_body``."""
    found: dict[str, str] = {}
    for path, problem in _in_document(document, limits):
        found.setdefault(path, problem)
        if len(found) == MOST:
            break
    return found


def name_of(value: object) -> str:
    """What JSON calls it."""
    names = {bool: "a boolean", str: "a string", int: "a number", float: "a number"}
    names |= {list: "an array", dict: "an object", type(None): "null"}
    return names[type(value)]


def _parsed(body: bytes) -> object:
    """Raises errors.InvalidRequest: it is no JSON."""
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant, parse_int=_integer)
    except UnicodeDecodeError as fault:
        problem = f"must be UTF-8; byte {fault.start} is not"
    except RecursionError:
        problem = "is nested too deeply"
    except ValueError as fault:
        problem = f"is not valid JSON: {fault}"
    raise errors.InvalidRequest({"body": problem})


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits.lstrip("-")) <= _INTEGER_DIGITS else math.inf


def _in_document(document: dict[str, Any], limits: rules.Limits) -> _Faults:
    images = document.get("images")
    if isinstance(images, list):
        rules.count(len(images), limits)
    yield from _in_text("systemName", document, "", rules.system_name)
    yield from _in_webhook(document.get("webhook"), limits)
    yield from _in_optional_text("update", document, "", rules.update)
    yield from _in_context(document.get("context"), limits)
    if "images" not in document:
        yield "images", "is required"
    elif not isinstance(images, list):
        yield "images", f"must be an array, not {name_of(images)}"
    elif not images:
        yield "images", "must hold at least one image"
    else:
        for index, image in enumerate(images):
            yield from in_image(f"images.{index}", image)


def _in_webhook(value: object, limits: rules.Limits) -> _Faults:
    if isinstance(value, str):
        if problem := rules.text(value) or rules.webhook(value, limits):
            yield "webhook", problem
    elif value is not None:
        yield "webhook", f"must be a string, not {name_of(value)}"


def _in_context(value: object, limits: rules.Limits) -> _Faults:
    if isinstance(value, dict):
        unstorable = list(rules.storable("context", value))
        yield from unstorable
        if not unstorable and (problem := rules.context(value, limits)):
            yield "context", problem
    elif value is not None:
        yield "context", f"must be an object, not {name_of(value)}"


def in_image(path: str, image: object) -> _Faults:
    """Of one image that stands at ``path``."""
    if not isinstance(image, dict):
        yield path, f"must be an object, not {name_of(image)}"
        return
    for name, rule in _TEXTS.items():
        yield from _in_text(name, image, f"{path}.", rule)
    for name, rule in _OPTIONAL_TEXTS.items():
        yield from _in_optional_text(name, image, f"{path}.", rule)
    if "metadata" not in image:
        yield f"{path}.metadata", "is required"
    elif not isinstance(image["metadata"], dict):
        yield f"{path}.metadata", f"must be an object, not {name_of(image['metadata'])}"
    else:
        yield from rules.storable(f"{path}.metadata", image["metadata"])


def _in_text(
    name: str, holder: dict[str, Any], prefix: str, rule: Callable[[str], str | None]
) -> _Faults:
    path = prefix + name
    value = holder.get(name)
    if name not in holder:
        yield path, "is required"
    elif not isinstance(value, str):
        yield path, f"must be a string, not {name_of(value)}"
    elif not value:
        yield path, "must not be empty"
    elif problem := rules.text(value) or rule(value):
        yield path, problem


def _in_optional_text(
    name: str, holder: dict[str, Any], prefix: str, rule: Callable[[str], str | None]
) -> _Faults:
    """Null is absent."""
    value = holder.get(name)
    if isinstance(value, str):
        if problem := rules.text(value) or rule(value):
            yield prefix + name, problem
    elif value is not None:
        yield prefix + name, f"must be a string, not {name_of(value)}"
