"""What a drawing says of itself: title, desc and metadata, children of its root (SVG 2, 5)."""

import re
from typing import Final
from xml.sax import saxutils  # writes only

from wirephoto import model

NAMES: Final = frozenset({"title", "desc", "metadata"})
_MOST_BYTES = 1_000_000
_TEXT = re.compile(rb"<[^>]*+>")
_KINDS: Final = {
    "title": model.BlockKind.TITLE,
    "desc": model.BlockKind.DESCRIPTION,
    "metadata": model.BlockKind.XMP,
}


class Said:
    """The first of each, as the walk comes by."""

    def __init__(self) -> None:
        self._scope: dict[str, str] = {}
        self._spans: dict[str, tuple[int, int]] = {}
        self._open: tuple[str, int] | None = None

    def declare(self, prefix: str | None, uri: str | None) -> None:
        """A namespace of the root, which what is inside makes use of."""
        if prefix and uri:
            self._scope[prefix] = uri

    def begins(self, name: str, at: int) -> None:
        if name not in self._spans:
            self._open = name, at

    def ends(self, at: int) -> None:
        """The end tag of a child of the root begins at ``at``."""
        if self._open is not None:
            name, start = self._open
            self._spans[name] = start, at
            self._open = None

    def blocks(self, text: bytes) -> tuple[model.Block, ...]:
        found = []
        for name, (start, end) in self._spans.items():
            inside = text[start:end].partition(b">")[2]
            data = self._rdf(inside) if name == "metadata" else _plain(inside)
            if data and len(data) <= _MOST_BYTES:
                found.append(model.Block(_KINDS[name], data))
        return tuple(found)

    def _rdf(self, inside: bytes) -> bytes:
        """A document of its own, with the namespaces that it had in the drawing."""
        if not inside.strip():
            return b""
        names = "".join(
            f" xmlns:{prefix}={saxutils.quoteattr(uri)}" for prefix, uri in self._scope.items()
        )
        return f"<m{names}>".encode() + inside + b"</m>"


def _plain(inside: bytes) -> bytes:
    return saxutils.unescape(_TEXT.sub(b"", inside).decode("utf-8", "replace")).strip().encode()
