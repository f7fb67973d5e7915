"""Numbers, durations and times as pages write them. Pure.

Thousands are parted by a narrow no-break space (U+202F) in every language; decimals by a point in
English and a comma in German.
"""

from datetime import UTC, datetime

_NARROW = "\N{NARROW NO-BREAK SPACE}"
_UNITS = (("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000))
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
_YESTERDAY = {"en": "yesterday", "de": "gestern"}
_TODAY = {"en": "today", "de": "heute"}


def count(number: int) -> str:
    """``18 432``."""
    return f"{number:,}".replace(",", _NARROW)


def decimal(number: float, language: str, digits: int = 1) -> str:
    text = f"{number:,.{digits}f}".replace(",", _NARROW)
    return text.replace(".", ",") if language == "de" else text


def percent(part: int, whole: int, language: str) -> str:
    """Of ``whole``; all of it only when it is."""
    share = 100 * part / whole if whole else 100.0
    return decimal(min(share, 99.9) if part < whole else share, language)


def size(octets: int, language: str) -> tuple[str, str]:
    """Number and unit."""
    for unit, most in _UNITS:
        if octets >= most:
            return decimal(octets / most, language), unit
    return count(octets), "B"


def duration(seconds: float) -> str:
    """``0:32``, ``6:41``, ``1:04:20``."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, _HOUR)
    minutes, left = divmod(rest, _MINUTE)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def roughly(seconds: float, language: str) -> str:
    """What can be known of a time to come: ``0:32``, ``about 3 min``, ``about 2 h``."""
    about = {"en": "about", "de": "etwa"}[language]
    if seconds < 2 * _MINUTE:
        return duration(seconds)
    if seconds < _HOUR:
        return f"{about} {round(seconds / _MINUTE)} min"
    return f"{about} {round(seconds / _HOUR)} h"


def moment(at: datetime, now: datetime, language: str) -> str:
    """``today 14:05``, ``yesterday 22:40``, ``12 March 2026``; in UTC."""
    at, now = at.astimezone(UTC), now.astimezone(UTC)
    days = (now.date() - at.date()).days
    if days <= 1:
        return f"{(_TODAY if days <= 0 else _YESTERDAY)[language]} {at:%H:%M}"
    month = _MONTHS[language].split()[at.month - 1]
    dot = "." if language == "de" else ""
    return f"{at.day}{dot} {month} {at.year}"


def clock(at: datetime) -> str:
    """``14:05:49``, in UTC."""
    return f"{at.astimezone(UTC):%H:%M:%S}"


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def shape(width: int, height: int) -> str:
    """The class of a tile: width by height times 100, rounded to 5, from ``r-050`` to ``r-300``."""
    ratio = 100 * width / height if width and height else 150
    return f"r-{min(300, max(50, 5 * round(ratio / 5))):03}"
