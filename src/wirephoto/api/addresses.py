"""Where clients reach us: the addresses of pictures in answers."""

from collections.abc import Mapping
from urllib.parse import urlencode

import fastapi

from wirephoto import wiring


def asset_url(request: fastapi.Request, api: wiring.Api, key: str) -> str:
    """The stored original by its key, in the version that the request came by."""
    base = api.settings.public_url or str(request.base_url).rstrip("/")
    version = request.path_params["version"]
    return f"{base}/api/{version}/mediaLibrary/serve-image/{key}"


def upload_url(
    request: fastapi.Request, api: wiring.Api, upload: str, query: Mapping[str, str]
) -> str:
    """Where the bytes of an upload are to be sent, in the version that the request came by."""
    base = api.settings.public_url or str(request.base_url).rstrip("/")
    version = request.path_params["version"]
    return f"{base}/api/{version}/import/uploads/{upload}?{urlencode(query)}"


def with_parameter(request: fastapi.Request, api: wiring.Api, name: str, value: str) -> str:
    """The request's own address with another value of a parameter."""
    url = request.url.include_query_params(**{name: value})
    base = api.settings.public_url or str(request.base_url).rstrip("/")
    return f"{base}{url.path}?{url.query}"
