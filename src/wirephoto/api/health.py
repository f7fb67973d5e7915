"""Whether we are up."""

import fastapi

from wirephoto.api import schemas, services, versions
from wirephoto.db import server

_PATIENCE_SECONDS = 2.0
router = fastapi.APIRouter(tags=["health"])


@router.head("/health", include_in_schema=False)  # what many balancers ask
@router.get(
    "/health",
    summary="Whether the service and its database are up",
    responses=schemas.responses({200: schemas.documented("Health", "They are.")}, 404, 410),
)
async def health(_: versions.Given, api: services.Given) -> fastapi.Response:
    async with api.database.connection(timeout=_PATIENCE_SECONDS) as connection:
        await server.look(connection)
    return schemas.json(schemas.Health("ok"))
