"""``PATCH mediaLibrary/{id}``: an entry as a person or another system changes it."""

import fastapi

from wirephoto import wiring
from wirephoto.api import auth, bodies, examples, media_library, schemas, services, versions
from wirephoto.library import edit, objects, patch
from wirephoto.pipeline.inspection import limits as inspection

router = fastapi.APIRouter(prefix="/mediaLibrary", tags=["media library"])
_MOST_BODY_BYTES = 1_048_576


@router.patch(
    "/{id}",
    summary="Change an entry",
    description="All patches in their order, or none of them. With `version` only if the entry "
    "still has it. What changes nothing makes no new version.",
    responses=schemas.responses(
        {
            200: schemas.documented("Patched", "It is done.", {"status": 200}),
            409: schemas.documented("Error", "It has another version.", examples.CONFLICT),
        },
        *(400, 401, 403, 404, 410, 413),
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": schemas.ref("Patch"), "example": examples.PATCH}
            },
        }
    },
)
async def patch_(
    request: fastapi.Request,
    _: versions.Given,
    caller: auth.Writer,
    api: services.Given,
    id: media_library.Id,  # noqa: A002 - its name on the wire
) -> fastapi.Response:
    asked = patch.read(await bodies.read(request, _MOST_BODY_BYTES))
    served = services.served(api, caller.project, caller.handle)
    if "\0" in id:
        raise edit.not_found()
    await edit.edit(
        edit.Editor(caller.token, place(api, served), served.rules.media_types), id, asked
    )
    return schemas.json(schemas.Patched(200))


def place(api: wiring.Api, served: wiring.Served) -> objects.Place:
    """Storage as a project sees it, under the narrower of its own limits and the installation's."""
    given, own = api.settings, served.rules.limits
    limits = objects.Limits(
        max_bytes=min(given.max_bytes, own.max_bytes or given.max_bytes),
        inspecting=inspection.Limits(
            kinds=own.kinds, max_pixels=min(given.max_pixels, own.max_pixels or given.max_pixels)
        ),
        folder=wiring.temporary_folder(given),
    )
    return objects.Place(api.database, api.store, served.project, limits)
