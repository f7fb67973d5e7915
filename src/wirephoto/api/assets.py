"""The stored pictures and their renditions, by keys that nobody can guess; no token.

What is served was sent to us by strangers: its type is the one found in its bytes, the browser may
not guess another, run nothing of it, and an SVG is a download (hardening: stored SVG is the
commonest hole of image hosts).
"""

from typing import Annotated

import fastapi
import fastapi.responses

from wirephoto import errors, model, wiring
from wirephoto.api import ranges, renditions, schemas, services, versions
from wirephoto.db import blobs
from wirephoto.metrics import families
from wirephoto.pipeline.storage import store

router = fastapi.APIRouter(prefix="/mediaLibrary/serve-image", tags=["media library"])
_CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_CONTENT = {kind.mime_type: _BYTES for kind in model.Kind}


@router.head("/{key:path}", include_in_schema=False)
@router.get(
    "/{key:path}",
    summary="The stored bytes of a picture, or a smaller one",
    description="Without a token: the key cannot be guessed. Byte ranges and validators work. "
    "Without parameters the stored bytes come. With `w` or `h` a rendition does: turned as it is "
    "seen, in sRGB, the first frame of an animation; made when it is first asked for. SVG comes as "
    "it is stored, whatever is asked.",
    responses=schemas.responses(
        {
            200: {"description": "The picture, as it came (SVG: cleaned).", "content": _CONTENT},
            206: {"description": "The range that was asked.", "content": _CONTENT},
            304: {"description": "It has not changed."},
            403: schemas.documented("Error", "The picture was revoked."),
            416: schemas.documented("Error", "The range lies outside of the picture."),
            422: schemas.documented(
                "Error", "The picture cannot be decoded, or not within limits."
            ),
        },
        400,
        404,
        410,
    ),
)
async def serve(
    request: fastapi.Request,
    _: versions.Given,
    api: services.Given,
    key: Annotated[str, fastapi.Path(description="Of the asset, `asset.key` of its entry.")],
    asked: renditions.Given,
) -> fastapi.Response:
    blob = await stored(api, key)
    served = await renditions.wanted(api, blob, asked)
    headers = _headers(served, api.settings.asset_max_age)
    if _is_known(request, headers["ETag"]):
        return fastapi.Response(status_code=304, headers=headers)
    part = ranges.parse(_range(request, headers["ETag"]), served.size)
    start, end = part or (0, served.size)
    headers["Content-Length"] = str(end - start)
    if part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{served.size}"
    status = 206 if part else 200
    if request.method == "HEAD":
        return fastapi.Response(None, status, headers, media_type=served.mime_type)
    return await _stream(api, served, start, end, status, headers)


async def stored(api: wiring.Api, key: str) -> blobs.Blob:
    """The picture that may be served under a key, in whatever form.

    Raises:
        errors.NotFound: there is none.
        errors.Forbidden: it was revoked.
    """
    async with api.database.connection() as connection:
        blob = await blobs.find(connection, key) if "\0" not in key else None
    if blob is None:
        raise errors.NotFound({"key": "There is no picture with this key."})
    if blob.revoked:
        raise errors.Forbidden({"key": "The picture was revoked."})
    return blob


async def _stream(
    api: wiring.Api,
    served: renditions.Delivered,
    start: int,
    end: int,
    status: int,
    headers: dict[str, str],
) -> fastapi.Response:
    try:
        content = await api.store.read(served.key, start, end)
    except store.Missing:
        if served.made is not None and api.renditions is not None:
            await api.renditions.lost(served.made)
            raise errors.Unavailable(
                {"renditions": "It has to be made anew. Try again."}, headers={"Retry-After": "1"}
            ) from None
        raise errors.NotFound({"key": "There is no picture with this key."}) from None
    except errors.StorageFailed as failure:
        families.STORAGE_ERRORS.add("read")
        raise errors.Unavailable(
            {"storage": failure.reason}, headers={"Retry-After": "5"}
        ) from None
    return fastapi.responses.StreamingResponse(
        content, status, headers, media_type=served.mime_type
    )


def _headers(served: renditions.Delivered, max_age: int) -> dict[str, str]:
    inline = served.mime_type != model.Kind.SVG.mime_type
    return {
        "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Referrer-Policy": "no-referrer",
        "Content-Disposition": f'{"inline" if inline else "attachment"}; filename="{served.name}"',
        "ETag": served.etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": f"public, max-age={max_age}",
    }


def _is_known(request: fastapi.Request, etag: str) -> bool:
    """If-None-Match, compared weakly (RFC 9110, 13.1.2); a field may come in several lines."""
    given = ",".join(request.headers.getlist("if-none-match"))
    return given.strip() == "*" or etag in {
        part.strip().removeprefix("W/") for part in given.split(",")
    }


def _range(request: fastapi.Request, etag: str) -> str | None:
    """The Range field, unless If-Range names another version (RFC 9110, 13.1.5); GET's alone."""
    if request.method != "GET" or request.headers.get("if-range", etag) != etag:
        return None
    return request.headers.get("range")
