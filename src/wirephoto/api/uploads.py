"""``import/uploads``: pictures that their client sends itself, then imports."""

from typing import Annotated

import fastapi

from wirephoto import wiring
from wirephoto.api import addresses, auth, bodies, examples, schemas, services, versions
from wirephoto.pipeline import uploaded
from wirephoto.uploads import opening, receiving

router = fastapi.APIRouter(prefix="/import/uploads", tags=["import"])


@router.post(
    "",
    summary="Announce pictures that you send yourself",
    description="For pictures that no URL leads to. Each is answered for: where its bytes are to "
    "be sent, or that they are here already. The `url` in the answer then stands in an import.",
    responses=schemas.responses(
        {
            200: schemas.documented("Uploads", "What became of each.", examples.UPLOADS),
            429: schemas.over_quota(),
        },
        *(400, 401, 403, 404, 410, 413),
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": schemas.ref("Announcement"),
                    "example": examples.ANNOUNCEMENT,
                }
            },
        }
    },
)
async def announce(
    request: fastapi.Request, _: versions.Given, caller: auth.Writer, api: services.Given
) -> fastapi.Response:
    body = await bodies.read(request, api.settings.max_body_bytes)
    served = services.served(api, caller.project, caller.handle)
    limits = _limits(api, served)
    owner = opening.Owner(served.project, caller.handle, served.rules.limits.images_per_day)
    given = opening.read(body)
    opened = await opening.announce(api.database, owner, limits, given)
    listed = [
        _answer(request, api, wanted, one) if one else _too_large(wanted, limits)
        for wanted, one in zip(given, opened, strict=True)
    ]
    return schemas.json(schemas.Uploads(listed))


def _limits(api: wiring.Api, served: wiring.Served) -> opening.Limits:
    given = api.settings
    most_bytes = min(given.max_bytes, served.rules.limits.max_bytes or given.max_bytes)
    return opening.Limits(most_bytes, given.max_uploads, given.upload_hours)


def _answer(
    request: fastapi.Request, api: wiring.Api, wanted: opening.Wanted, one: opening.Opened
) -> schemas.Upload:
    upload = one.upload
    is_wanted = upload.state == "wanted"
    address = addresses.upload_url(
        request, api, upload.public_id, {"expires": str(one.expires), "signature": one.signature}
    )
    return schemas.Upload(
        sha256=wanted.sha256,
        size=upload.size,
        state="wanted" if is_wanted else "stored",
        url=uploaded.name(upload.sha256),
        expiresAt=schemas.instant(upload.expires_at),
        put=address if is_wanted else schemas.UNSET,
    )


def _too_large(wanted: opening.Wanted, limits: opening.Limits) -> schemas.Upload:
    return schemas.Upload(
        sha256=wanted.sha256,
        size=wanted.size,
        state="refused",
        code="too_large",
        reason=f"the picture has {wanted.size} bytes; at most {limits.max_bytes} are taken",
    )


@router.put(
    "/{id}",
    summary="Send the bytes of a picture",
    description="To the address that its announcement gave: it is signed, so no token is needed. "
    "Answers once the bytes are durable; sending them again does no harm.",
    responses=schemas.responses(
        {
            200: schemas.documented("Uploaded", "The bytes are here.", examples.UPLOADED),
            403: schemas.documented("Error", "The address is none that we gave."),
            410: schemas.documented(
                "Error", "The time of the upload is over, or the API version is retired."
            ),
        },
        *(400, 404, 413),
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
async def put(
    request: fastapi.Request,
    _: versions.Given,
    api: services.Given,
    id: Annotated[str, fastapi.Path(description="Of the upload.")],  # noqa: A002 - its name
    expires: Annotated[int, fastapi.Query(description="As the announcement's answer has it.")],
    signature: Annotated[str, fastapi.Query(description="As the announcement's answer has it.")],
) -> fastapi.Response:
    place = receiving.Place(
        api.database, api.store, wiring.temporary_folder(api.settings), api.settings.upload_hours
    )
    upload = await receiving.find(place, id, expires, signature)
    await receiving.receive(place, upload, bodies.parts(request, upload.size))
    digest = upload.sha256.hex()
    return schemas.json(schemas.Uploaded(digest, upload.size, uploaded.name(digest)))
