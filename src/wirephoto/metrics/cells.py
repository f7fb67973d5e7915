"""The memory that is counted in: numbers at fixed places, shared between a parent and its workers.

A worker's cells belong to its place, not to its process: its parent made them, without a name in
any folder, and hands them to whoever works there next. So a worker that is killed takes nothing
with it, its successor counts on, and no sum ever goes backwards while the parent lives.

One writer each: the event loop of one process. A cell is eight aligned bytes, written at once.

The second cell is a pulse: it grows while the worker's event loop turns, and its parent can see it.
"""

import mmap
import os
import zlib
from dataclasses import dataclass

_MOST = 1024  # cells; two pages
_BYTES = 8 * _MOST
_LAYOUT, _PULSE, _FIRST = range(3)


@dataclass(frozen=True, slots=True)
class Place:
    """Memory for one child after the other; ``descriptor`` is to be inherited."""

    descriptor: int
    values: "memoryview[float]"

    @property
    def pulse(self) -> float:
        """Another number after a second, while who counts here does not stand still."""
        return float(self.values[_PULSE])


class Cells:
    """Those of this process, and of the places that it keeps. The first cell names the layout."""

    def __init__(self) -> None:
        self.values = memoryview(bytearray(_BYTES)).cast("d")
        self._places: list[memoryview[float]] = []
        self._taken = _FIRST
        self._layout = 0.0

    def take(self, names: list[str]) -> int:
        """Room for numbers of these names, side by side; where it begins.

        Raises:
            ValueError: there is none left.
        """
        begin, self._taken = self._taken, self._taken + len(names)
        if self._taken > _MOST:
            raise ValueError("no cells are left: raise _MOST")
        for name in names:
            self._layout = float(zlib.crc32(name.encode(), int(self._layout)))
        return begin

    def add_place(self) -> Place:
        """A file without a name that a child may count in."""
        descriptor = os.memfd_create("wirephoto-metrics")
        os.ftruncate(descriptor, _BYTES)
        place = _mapped(descriptor)
        place[_LAYOUT] = self._layout
        self._places.append(place)
        return Place(descriptor, place)

    def count_in(self, descriptor: int) -> bool:
        """From now on count in a parent's file; False: it is another release's, we count apart."""
        place = _mapped(descriptor)
        os.close(descriptor)
        if place[_LAYOUT] != self._layout:
            return False
        self.values = place
        return True

    def beat(self) -> None:
        """Show that we do not stand still."""
        self.values[_PULSE] += 1.0

    def total(self, at: int) -> float:
        """What all of us counted there."""
        return self.values[at] + sum(place[at] for place in self._places)


def _mapped(descriptor: int) -> "memoryview[float]":
    return memoryview(mmap.mmap(descriptor, _BYTES)).cast("d")


CELLS = Cells()
