"""The metadata that a picture carries, put aside on the way through its bytes, unread.

So a file is walked once. What is put aside is bounded: more than a camera, a desk or an agency
writes is left where it is, and that is said.
"""

from typing import Final

from wirephoto import model
from wirephoto.pipeline.inspection import limits as bounds

_MOST_BLOCKS = 256
_MOST_BYTES: Final = {
    model.BlockKind.EXIF: 1 << 20,
    model.BlockKind.XMP: 4_000_000,
    model.BlockKind.XMP_DEFLATED: 4_000_000,
    model.BlockKind.XMP_EXTENSION: 4_500_000,
    model.BlockKind.GIF_XMP: 4_000_300,
    model.BlockKind.PHOTOSHOP: 4_000_000,
    model.BlockKind.IIM: 1 << 20,
    model.BlockKind.PNG_TEXT: 4_000_000,
}
"""Of all blocks of a kind together."""


class Carried:
    """Blocks in the order of the file."""

    __slots__ = ("_blocks", "_credentials", "_sizes")

    def __init__(self) -> None:
        self._blocks: list[model.Block] = []
        self._sizes: dict[model.BlockKind, int] = {}
        self._credentials = 0

    def take(self, kind: model.BlockKind, data: bounds.Data, start: int, end: int) -> None:
        """Put aside the bytes from ``start`` to ``end``, if there is still room for their kind."""
        size = self._sizes.get(kind, 0) + max(end - start, 0)
        if size > _MOST_BYTES[kind] or len(self._blocks) >= _MOST_BLOCKS:
            self._beyond(kind)
            return
        self._sizes[kind] = size
        self._blocks.append(model.Block(kind, data[start:end]))

    def credentials(self, size: int) -> None:
        """A part of a C2PA manifest, of so many bytes: recognised, neither read nor checked."""
        self._credentials += size

    @property
    def has_credentials(self) -> bool:
        return self._credentials > 0

    def blocks(self) -> tuple[model.Block, ...]:
        if self._credentials:
            size = str(self._credentials).encode()
            return (*self._blocks, model.Block(model.BlockKind.CREDENTIALS, size))
        return tuple(self._blocks)

    def _beyond(self, kind: model.BlockKind) -> None:
        block = model.Block(model.BlockKind.BEYOND, kind.value.encode())
        if block not in self._blocks[-len(_MOST_BYTES) :]:
            self._blocks.append(block)
