"""Every fault of a request, each by the path of its value. Slow: only for refused bodies."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

MOST = 100  # faults named in one answer

_TEXTS = ("url", "id", "fileName")


def find(body: bytes, *, max_images: int) -> dict[str, str]:
    """Faults in shape of a body that ``request.decode`` refused, up to ``MOST``."""
    try:
        document = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as fault:
        return {"body": f"must be UTF-8; byte {fault.start} is not"}
    except RecursionError:
        return {"body": "is nested too deeply"}
    except ValueError as fault:
        return {"body": f"is not valid JSON: {fault}"}
    if not isinstance(document, dict):
        return {"body": f"must be a JSON object, not {name_of(document)}"}
    return first(_in_document(document, max_images))


def first(faults: Iterator[tuple[str, str]]) -> dict[str, str]:
    """At most ``MOST`` of them, the first of each path."""
    found: dict[str, str] = {}
    for path, problem in faults:
        found.setdefault(path, problem)
        if len(found) == MOST:
            break
    return found


def name_of(value: object) -> str:
    """What JSON calls it."""
    names = {bool: "a boolean", str: "a string", int: "a number", float: "a number"}
    names |= {list: "an array", dict: "an object", type(None): "null"}
    return names[type(value)]


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _in_document(document: dict[str, Any], max_images: int) -> Iterator[tuple[str, str]]:
    yield from _in_text("systemName", document)
    for name, kind, wanted in (("webhook", str, "a string"), ("context", dict, "an object")):
        value = document.get(name)
        if value is not None and not isinstance(value, kind):
            yield name, f"must be {wanted}, not {name_of(value)}"
    yield from unstorable("context", document.get("context"))
    yield from _in_images(document, max_images)


def _in_images(document: dict[str, Any], max_images: int) -> Iterator[tuple[str, str]]:
    images = document.get("images")
    if "images" not in document:
        yield "images", "is required"
    elif not isinstance(images, list):
        yield "images", f"must be an array, not {name_of(images)}"
    elif not images:
        yield "images", "must hold at least one image"
    elif len(images) <= max_images:
        for index, image in enumerate(images):
            yield from _in_image(f"images.{index}", image)


def _in_image(path: str, image: object) -> Iterator[tuple[str, str]]:
    if not isinstance(image, dict):
        yield path, f"must be an object, not {name_of(image)}"
        return
    for name in _TEXTS:
        yield from _in_text(name, image, f"{path}.")
    media_type = image.get("mediaType")
    if media_type is not None and not isinstance(media_type, str):
        yield f"{path}.mediaType", f"must be a string, not {name_of(media_type)}"
    yield from unstorable(f"{path}.mediaType", media_type)
    if "metadata" not in image:
        yield f"{path}.metadata", "is required"
    elif not isinstance(image["metadata"], dict):
        yield f"{path}.metadata", f"must be an object, not {name_of(image['metadata'])}"
    else:
        yield from unstorable(f"{path}.metadata", image["metadata"])


def _in_text(name: str, holder: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    path = prefix + name
    if name not in holder:
        yield path, "is required"
    elif not isinstance(holder[name], str):
        yield path, f"must be a string, not {name_of(holder[name])}"
    elif not holder[name]:
        yield path, "must not be empty"
    else:
        yield from unstorable(path, holder[name])


def unstorable(path: str, value: object) -> Iterator[tuple[str, str]]:
    """Strings that no PostgreSQL text can hold, and numbers beyond a double, at any depth."""
    if isinstance(value, str):
        if "\0" in value:
            yield path, "must not hold U+0000"
        elif any("\ud800" <= character <= "\udfff" for character in value):
            yield path, "must not hold an unpaired surrogate"
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        yield path, "is a number out of range"
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unstorable(f"{path}.{index}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from unstorable(path, key)
            yield from unstorable(f"{path}.{key}", item)
