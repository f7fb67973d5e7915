"""Who of an entry's metadata wins: its caller, then who edited it, then what is embedded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

EMBEDDED: Final = "embedded"
EDITOR: Final = "editor"
_TITLE = "title"


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry as it is; ``origins`` names who set a property that its caller did not."""

    metadata: Mapping[str, Any]
    origins: Mapping[str, str]
    title: str


@dataclass(slots=True)
class Merged:
    """An entry as it is to be."""

    metadata: dict[str, Any]
    title: str
    origins: dict[str, str] = field(default_factory=dict)


def merge(
    given: Mapping[str, Any], title: str, filled: Mapping[str, Any], entry: Standing | None
) -> Merged:
    """The caller's values, then what was edited, then what is embedded.

    An edit that removed a property holds against what is embedded, too. ``title`` is the caller's,
    by metadata or by file name: one that was edited or is embedded comes before a file name.
    """
    merged = Merged(dict(given), title)
    if entry is not None and entry.origins:
        _keep_edits(merged, entry)
    for name, value in filled.items():
        if name not in merged.metadata and name not in merged.origins:
            merged.metadata[name] = value
            merged.origins[name] = EMBEDDED
    if merged.origins.get(_TITLE) == EMBEDDED:
        merged.title = str(merged.metadata[_TITLE]) or title
    return merged


def _keep_edits(merged: Merged, entry: Standing) -> None:
    for name, origin in entry.origins.items():
        if origin == EDITOR and name not in merged.metadata:
            merged.origins[name] = EDITOR
            if name in entry.metadata:
                merged.metadata[name] = entry.metadata[name]
    if merged.origins.get(_TITLE) == EDITOR:
        merged.title = entry.title
