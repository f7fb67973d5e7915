"""Byte ranges of a request (RFC 9110, 14.1.2 and 14.2), pure."""

import re

from wirephoto import errors

_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.IGNORECASE)


def parse(header: str | None, size: int) -> tuple[int, int] | None:
    """``(start, end)``, end exclusive, of the one range asked; None: the whole, of ``size`` bytes.

    Several ranges, other units and what cannot be read are answered with the whole, as the RFC
    allows.

    Raises:
        errors.RangeNotSatisfiable: the range begins behind the end.
    """
    found = _ONE_RANGE.fullmatch((header or "").replace(" ", ""))
    if found is None or found[0].endswith("=-"):
        return None
    first, last = found[1], found[2]
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
    if last and first and int(last) < int(first):
        return None
    if start >= end:
        raise errors.RangeNotSatisfiable(
            {"range": "lies outside of the picture"}, headers={"Content-Range": f"bytes */{size}"}
        )
    return start, end
