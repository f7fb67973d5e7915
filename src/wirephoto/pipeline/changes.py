"""What is different between an entry and what becomes of it, as its history tells it."""

import decimal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

_CANONICAL = msgspec.json.Encoder(order="deterministic")
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Facts:
    """What an entry says. The title stands beside the metadata, and wins over one in there."""

    media_type: str
    title: str
    metadata: Mapping[str, Any]
    asset_key: str
    file_name: str
    archived: bool = False

    def paths(self) -> dict[str, Any]:
        """Values by their paths in an answer."""
        found = {f"metadata.{name}": value for name, value in self.metadata.items()}
        return found | {
            "metadata.title": self.title,
            "mediaType": self.media_type,
            "asset.key": self.asset_key,
            "asset.filename": self.file_name,
            "archived": self.archived,
        }


def between(before: Facts, after: Facts) -> list[dict[str, Any]]:
    """Objects of ``path``, ``from`` and ``to``, by path; absent where it was absent."""
    old, new = before.paths(), after.paths()
    return [
        dict(_change(path, old.get(path, _ABSENT), new.get(path, _ABSENT)))
        for path in sorted({*old, *new})
        if path not in old or path not in new or not is_same(old[path], new[path])
    ]


def _change(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any]]:
    yield "path", path
    if old is not _ABSENT:
        yield "from", old
    if new is not _ABSENT:
        yield "to", new


def is_same(first: Any, second: Any) -> bool:
    """Whether two JSON values are the same, as jsonb has it: ``true`` is not 1, 1.0 is.

    jsonb gives a large number back as an integer (1e300), and the order of keys as its own.
    """
    if _CANONICAL.encode(first) == _CANONICAL.encode(second):
        return True
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(
            is_same(value, second[key]) for key, value in first.items()
        )
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(is_same, first, second))
    numbers = isinstance(first, int | float) and isinstance(second, int | float)
    if not numbers or bool in {type(first), type(second)}:
        return False  # equal texts and constants have equal encodings
    return decimal.Decimal(str(first)) == decimal.Decimal(str(second))
