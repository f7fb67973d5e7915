"""API versions: ``v1``, and a dated one for every odd month."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from wirephoto import errors

_FIRST, _LAST = (2025, 3), (2026, 11)
_WRAPS_LISTS_FROM = "2026-01"


def _odd_months(first: tuple[int, int], last: tuple[int, int]) -> frozenset[str]:
    years = range(first[0], last[0] + 1)
    months = ((year, month) for year in years for month in range(1, 13, 2))
    within = (month for month in months if first <= month <= last)
    return frozenset(f"{year}-{month:02}" for year, month in within)


KNOWN = frozenset({"v1"}) | _odd_months(_FIRST, _LAST)
RETIRED: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Version:
    """``v1`` or a date, ``YYYY-MM``."""

    name: str

    @property
    def is_dated(self) -> bool:
        return self.name != "v1"

    @property
    def wraps_lists(self) -> bool:
        """Whether a list comes as ``{"results": […]}`` instead of bare."""
        return self.is_dated and self.name >= _WRAPS_LISTS_FROM


def resolve(
    text: str, *, known: AbstractSet[str] = KNOWN, retired: AbstractSet[str] = RETIRED
) -> Version:
    """The version that a path names.

    Raises:
        errors.Gone: it was one, and is retired.
        errors.NotFound: it never was one.
    """
    if text in retired:
        raise errors.Gone({"version": f"The API version {text} is retired."})
    if text not in known:
        raise errors.NotFound({"version": "There is no such API version."})
    return Version(text)
