"""The services of a request's application."""

from typing import Annotated

import fastapi

from wirephoto import errors, wiring


async def _of(request: fastapi.Request) -> wiring.Api:  # one that is not async goes to a thread
    services = request.app.state.services
    assert isinstance(services, wiring.Api)
    return services


def served(api: wiring.Api, project: int, handle: str) -> wiring.Served:
    """A project as its file has it here.

    Raises:
        errors.Forbidden: this service has no such file.
    """
    known = api.projects.get(project)
    if known is None:
        raise errors.Forbidden({"access_token": f"The project {handle} is not served here."})
    return known


Given = Annotated[wiring.Api, fastapi.Depends(_of)]
