"""Dates as they are found, normalised to ISO 8601 as far as they are certain.

Nothing is made up: what is not known stays missing, and a time without zone has none.
"""

import datetime as dt
import re

_MONTHS = 12
_DATE = re.compile(
    r"(\d{4})(?:[-:/.]?(\d{2})(?:[-:/.]?(\d{2}))?)?"
    r"(?:(?:[T ]\s*|(?<=\d{8}))(.+))?",
    re.ASCII,
)
_TIME = re.compile(
    r"(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9})\d*)?)?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?", re.ASCII
)
_ZONE = re.compile(r"([+-])(\d{2}):?(\d{2})?", re.ASCII)


def iso(text: str) -> str | None:
    """The date, with its time where there is one that can be; None where there is no date."""
    found = _DATE.fullmatch(text.strip())
    day = _date(*found.group(1, 2, 3)) if found else None
    if found is None or day is None:
        return None
    clock = time(found[4]) if found[4] and len(day) == len("YYYY-MM-DD") else None
    return f"{day}T{clock}" if clock else day


def _date(year: str, month: str | None, day: str | None) -> str | None:
    """As far as it is known: 00 is unknown; what cannot be is no date."""
    if year == "0000":
        return None
    if month in (None, "00"):
        return year
    number = int(month)
    if number > _MONTHS:
        return None
    if day in (None, "00"):
        return f"{year}-{month}"
    try:
        dt.date(int(year), number, int(day))
    except ValueError:
        return None
    return f"{year}-{month}-{day}"


def time(text: str) -> str | None:
    """``HH:MM``, ``HH:MM:SS`` or with a fraction, and its zone where one is given."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds, fraction = found.group(1, 2, 3, 4)
    if int(hours) > 23 or int(minutes) > 59 or int(seconds or 0) > 59:  # noqa: PLR2004 - a clock
        return None
    clock = f"{hours}:{minutes}" + (f":{seconds}" if seconds else "")
    return clock + (f".{fraction}" if fraction else "") + zone(found[5] or "")


def zone(text: str) -> str:
    """``Z`` or ``±HH:MM``; empty where there is none that can be."""
    text = text.strip()
    if text in {"Z", "z"}:
        return "Z"
    found = _ZONE.fullmatch(text)
    if found is None or int(found[2]) > 14 or int(found[3] or 0) > 59:  # noqa: PLR2004 - of the world
        return ""
    return f"{found[1]}{found[2]}:{found[3] or '00'}"


def of_iim(date: str, clock: str) -> str | None:
    """A date and a time of IIM: CCYYMMDD, HHMMSS±HHMM, and what is found in their place."""
    day = iso(date)
    if day is None or len(day) < len("YYYY-MM-DD") or "T" in day:
        return day
    at = time(clock) if clock else None
    return f"{day}T{at}" if at else day


def of_exif(text: str, fraction: str, offset: str) -> str | None:
    """A time of EXIF, with digits after its second and a zone that stand in tags of their own."""
    found = iso(text)
    if found is None or "T" not in found or len(found) != len("YYYY-MM-DDTHH:MM:SS"):
        return found
    digits = fraction.strip()
    return found + (f".{digits}" if digits.isascii() and digits.isdigit() else "") + zone(offset)
