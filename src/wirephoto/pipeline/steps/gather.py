"""A chunk's outcomes as they come, handed over in parts that are each worth a transaction."""

import asyncio
from collections.abc import Collection

from wirephoto.db import chunks
from wirephoto.pipeline.steps import bound, outcomes


class Gathering:
    """``held``: requests made whose outcome has not been handed over."""

    def __init__(self, images: Collection[chunks.Image], worker: bound.Bound) -> None:
        self._left = {image.position: image for image in images}
        self._bound = worker
        self._part = outcomes.Arrived()
        self._due = asyncio.Event()

    @property
    def held(self) -> int:
        return self._part.asked

    def asked(self) -> None:
        """One more request has ended, whatever came of it; its place belongs to this part."""
        self._part.asked += 1
        if self._left and self._part.asked >= bound.PART:
            self._due.set()
        self._bound.press()

    def brought(self, brought: outcomes.Brought) -> None:
        self._part.brought.append(brought)
        del self._left[brought.wanted.image.position]

    def left(self, image: chunks.Image) -> None:
        """Its entry is to stay as it is."""
        self._part.left.append(image)
        del self._left[image.position]

    def failed(self, failed: outcomes.Failed) -> None:
        self._part.failed.append(failed)
        del self._left[failed.image.position]

    def again(self, again: outcomes.Again) -> None:
        self._part.again.append(again)
        del self._left[again.image.position]

    def unspooled(self) -> None:
        """The temporary folder took a body not."""
        self._part.unspooled = True

    def hurry(self) -> None:
        self._due.set()

    def end(self) -> None:
        """Nothing more will come: images without an outcome come back at once."""
        for image in list(self._left.values()):
            self.again(outcomes.Again(image, 0.0))
        self._part.is_last = True
        self._due.set()

    async def part(self) -> outcomes.Arrived:
        """The next part, as soon as it is due."""
        await self._due.wait()
        self._due.clear()
        part, self._part = self._part, outcomes.Arrived()
        return part
