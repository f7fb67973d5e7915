"""A form with a file, as it comes in: bounded, and on the disk where it is large."""

import hmac
import io
import tempfile
from dataclasses import dataclass
from typing import BinaryIO, cast

import fastapi
from starlette import datastructures, formparsers

from wirephoto import errors
from wirephoto.api import bodies
from wirephoto.web import sessions

_MOST_FIELDS = 10


@dataclass(frozen=True, slots=True)
class Given:
    """A list of pictures; ``name`` is the file's, empty for what was pasted."""

    name: str
    content: BinaryIO
    system_name: str


async def receive(request: fastapi.Request, visitor: sessions.Visitor, most: int) -> Given:
    """What somebody pasted or chose; in all at most ``most`` bytes.

    Raises:
        errors.Forbidden: it is another site's form, or they may only look.
        errors.BodyTooLarge, errors.InvalidRequest: it cannot be read.
    """
    sessions.refuse_foreign(request)
    visitor.must(sessions.WRITE)
    if "multipart/form-data" not in request.headers.get("content-type", ""):
        raise errors.InvalidRequest({"form": "cannot be read"})
    parser = formparsers.MultiPartParser(
        request.headers,
        bodies.parts(request, most),
        max_files=1,
        max_fields=_MOST_FIELDS,
        max_part_size=most,
    )
    try:
        form = await parser.parse()
    except formparsers.MultiPartException:
        raise errors.InvalidRequest({"form": "cannot be read"}) from None
    if not hmac.compare_digest(_text(form, "csrf").encode(), visitor.csrf.encode()):
        raise errors.Forbidden({"csrf": "The form is out of date"})
    return _given(form)


def _given(form: datastructures.FormData) -> Given:
    wanted = _text(form, "system").strip()
    file = form.get("file")
    if isinstance(file, datastructures.UploadFile) and file.size:
        name = (file.filename or "").rpartition("/")[2].replace("\0", "")[:200]
        return Given(name or "list", file.file, wanted)
    pasted = _text(form, "urls").strip().encode("utf-8", "replace")
    return Given("", io.BytesIO(pasted + b"\n" if pasted else b""), wanted)


def _text(form: datastructures.FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def spool() -> BinaryIO:
    """Room for a list: in memory while it is small."""
    return cast("BinaryIO", tempfile.SpooledTemporaryFile(max_size=1 << 20))
