"""Dates as people write them, to those that the rules take. Pure.

What can be read in two ways stays as it is, and the rule says how it is to be written.
"""

import re
from datetime import date

_DAY_FIRST = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)(?:[:.]([0-5]\d))?(?: ?Uhr)?")
_MONTHS = 12


def day(text: str) -> str:
    """``24.11.2026``, ``2026/11/24`` and ``24/11/2026`` as ``2026-11-24``; others as they are."""
    return _day(text.strip()) or text


def moment(text: str) -> str:
    """As ``day``, with a time behind it: ``24.11.2026 14:05`` as ``2026-11-24T14:05:00``."""
    first, _, rest = text.strip().rpartition(" ") if not _day(text.strip()) else (text, "", "")
    first, rest = _uhr(first, rest)
    found = _day(first.rstrip(", "))
    clock = _CLOCK.fullmatch(rest) if rest else None
    if found and clock:
        hour, minute, second = clock.groups()
        return f"{found}T{int(hour):02}:{minute}:{second or '00'}"
    return f"{found}T00:00:00" if found and not rest else text


def _uhr(first: str, rest: str) -> tuple[str, str]:
    """``24.11.2026 14:05 Uhr`` has two words behind the day."""
    if rest != "Uhr":
        return first, rest
    before, _, clock = first.rpartition(" ")
    return before, clock


def _day(text: str) -> str | None:
    if found := _DAY_FIRST.fullmatch(text):
        dd, mm, year = map(int, found.groups())
    elif found := _YEAR_FIRST.fullmatch(text):
        year, mm, dd = map(int, found.groups())
    elif (found := _SLASHES.fullmatch(text)) and (one := _parted(*map(int, found.groups()))):
        dd, mm, year = one
    else:
        return None
    try:
        return date(year, mm, dd).isoformat()
    except ValueError:  # the 30th of February
        return None


def _parted(first: int, second: int, year: int) -> tuple[int, int, int] | None:
    """Day and month by slashes: one of them must be more than twelve, or both the same."""
    if first > _MONTHS or first == second:
        return first, second, year
    return (second, first, year) if second > _MONTHS else None
