"""The services of a request's application."""

from typing import Annotated

import fastapi

from wirephoto import wiring


def _of(request: fastapi.Request) -> wiring.Api:
    services = request.app.state.services
    assert isinstance(services, wiring.Api)
    return services


Given = Annotated[wiring.Api, fastapi.Depends(_of)]
