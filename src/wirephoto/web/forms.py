"""Forms of pages: small, and read under the same limits as any body."""

from urllib.parse import parse_qsl

import fastapi

from wirephoto import errors
from wirephoto.api import bodies

_MOST_BYTES = 65_536
_MOST_FIELDS = 1000


async def read(request: fastapi.Request, most: int = _MOST_BYTES) -> dict[str, str]:
    """The fields of ``application/x-www-form-urlencoded``; of a name that comes twice the last.

    Raises:
        errors.InvalidRequest: it is none.
        errors.BodyTooLarge: it has more than ``most`` bytes.
    """
    body = await bodies.read(request, most)
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise errors.InvalidRequest({"form": "cannot be read"}) from None
    if any("\0" in value for _, value in fields):
        raise errors.InvalidRequest({"form": "holds U+0000"})
    return dict(fields)
