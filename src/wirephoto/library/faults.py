"""Faults of a body by the path of the value: each value is taken, or said to be wrong."""

from typing import Any

import msgspec

from wirephoto import errors
from wirephoto.pipeline.accept import faults, rules

MOST = faults.MOST
_LARGEST = 2**63 - 1
_BOM = b"\xef\xbb\xbf"


def decode(body: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        errors.InvalidRequest: it is none.
    """
    body = body.removeprefix(_BOM)
    try:
        document = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise errors.InvalidRequest(faults.unreadable(body)) from None
    if not isinstance(document, dict):
        problem = f"must be a JSON object, not {faults.name_of(document)}"
        raise errors.InvalidRequest({"body": problem})
    return document


class Faults:
    """What was found; ``check`` ends the request with it."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def add(self, path: str, problem: str) -> None:
        """The first fault of a path stands."""
        if len(self.found) < MOST:
            self.found.setdefault(path, problem)

    def check(self) -> None:
        """Raises errors.InvalidRequest where anything was found."""
        if self.found:
            raise errors.InvalidRequest(self.found)

    def members(self, value: object, path: str) -> dict[str, Any] | None:
        if isinstance(value, dict):
            return value
        self.add(path, f"must be an object, not {faults.name_of(value)}")
        return None

    def items(self, holder: dict[str, Any], name: str, most: int) -> list[Any]:
        """A list that holds something."""
        value = holder.get(name)
        if name not in holder:
            self.add(name, "is required")
        elif not isinstance(value, list):
            self.add(name, f"must be an array, not {faults.name_of(value)}")
        elif not value:
            self.add(name, "must not be empty")
        elif len(value) > most:
            self.add(name, f"must be at most {most} (they are {len(value)})")
        else:
            return value
        return []

    def text(
        self,
        holder: dict[str, Any],
        name: str,
        prefix: str,
        *,
        required: bool = False,
        most: int | None = None,
    ) -> str | None:
        """A text, at most so many characters; one that is required is not empty. Null is absent."""
        value = holder.get(name)
        path = prefix + name
        if value is None or value == "":
            if required:
                self.add(path, "is required" if value is None else "must not be empty")
            return value
        if not isinstance(value, str):
            self.add(path, f"must be a string, not {faults.name_of(value)}")
        elif problem := rules.text(value):
            self.add(path, problem)
        elif most is not None and len(value) > most:
            self.add(path, f"must be at most {most} characters (it has {len(value)})")
        else:
            return value
        return None

    def count(self, holder: dict[str, Any], name: str, prefix: str) -> int | None:
        """A whole number, 0 or more. Null is absent."""
        value = holder.get(name)
        if value is None:
            return None
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        if isinstance(number, bool) or not isinstance(number, int):
            self.add(prefix + name, f"must be a whole number, not {faults.name_of(value)}")
        elif not 0 <= number <= _LARGEST:
            self.add(prefix + name, "must be 0 or more, and fit 64 bits")
        else:
            return number
        return None

    def storable(self, value: object, path: str) -> None:
        """Any JSON value that the database can hold."""
        for where, problem in rules.storable(path, value):
            self.add(where, problem)
