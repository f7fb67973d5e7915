"""Where clients reach us: the addresses of pictures in answers."""

import fastapi

from wirephoto import wiring


def asset_url(request: fastapi.Request, api: wiring.Api, key: str) -> str:
    """The stored original by its key, in the version that the request came by."""
    base = api.settings.public_url or str(request.base_url).rstrip("/")
    version = request.path_params["version"]
    return f"{base}/api/{version}/mediaLibrary/serve-image/{key}"
