"""``Retry-After`` (RFC 9110, 10.2.3), pure."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_SECONDS = 24 * 3600.0

_DIGITS_READ = 12  # far above the longest wait


def parse(value: str | None, now: datetime) -> float | None:
    """Seconds that the field asks to wait, from 0 to a day.

    Takes seconds or an HTTP date; what is past is 0, what is neither is None.

    Args:
        value: the field, None where there was none.
        now: aware; what a date is measured against.
    """
    if value is None:
        return None
    seconds = _as_seconds(value.strip())
    if seconds is None:
        seconds = _as_date(value, now)
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_SECONDS)


def _as_seconds(value: str) -> float | None:
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        return None
    seconds = float(digits[:_DIGITS_READ])
    return -seconds if value.startswith("-") else seconds


def _as_date(value: str, now: datetime) -> float | None:
    try:
        date = parsedate_to_datetime(value)
        return ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
