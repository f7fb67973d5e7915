"""Examples for OpenAPI: those of the public page, and what comes back."""

from typing import Any

REQUEST: dict[str, Any] = {
    "systemName": "identifier-for-your-system",
    "webhook": "https://your-domain.com/api/webhook",
    "context": {"some": "context"},
    "images": [
        {
            "url": "https://your-domain.com/images/1.jpg",
            "id": "1",
            "fileName": "Der Eiger im Morgenlicht",
            "metadata": {"caption": "Die Nordwand, von Grindelwald aus", "source": "Archiv"},
            "mediaType": "image",
        }
    ],
}
ACCEPTED = {"id": "25bzj8jk3m"}
DRY_RUN: dict[str, Any] = {
    "dryRun": True,
    "overview": {"total": 2, "details": {"create": 1, "update": 0, "exists": 0, "invalid": 1}},
    "images": [
        {
            "state": "create",
            "status": "create",
            "externalId": "1",
            "systemName": "identifier-for-your-system",
            "title": "Der Eiger im Morgenlicht",
        },
        {
            "state": "invalid",
            "status": "invalid",
            "externalId": "2",
            "systemName": "identifier-for-your-system",
            "title": "Der Mönch",
            "reason": 'no media type "video" in this project; it has: image',
            "code": "unknown_media_type",
        },
    ],
}
_KEY = "default/3f/3f1c0a52be0c4f2d9be2c4b3a6d0b9f0b8d7e6c5a4938271605f4e3d2c1b0a99.jpg"
_URL = f"https://wirephoto.example/api/v1/mediaLibrary/serve-image/{_KEY}"
STATUS: dict[str, Any] = {
    "finished": True,
    "state": "success",
    "id": "25bzj8jk3m",
    "startedAt": "2026-11-23T14:05:49.120Z",
    "finishedAt": "2026-11-23T14:05:51.894Z",
    "overview": {"total": 2, "details": {"success": 1, "skipped": 0, "failed": 1}},
    "images": [
        {
            "state": "success",
            "status": "success",
            "externalId": "1",
            "systemName": "identifier-for-your-system",
            "title": "Der Eiger im Morgenlicht",
            "attempts": 1,
            "image": {
                "mediaId": "3bCx0JqW9sTf2K",
                "originalUrl": _URL,
                "url": _URL,
                "width": 4000,
                "height": 2667,
                "mimeType": "image/jpeg",
                "imageService": "wirephoto",
            },
        },
        {
            "state": "failed",
            "status": "failed",
            "externalId": "2",
            "systemName": "identifier-for-your-system",
            "title": "Der Mönch",
            "attempts": 1,
            "reason": "the origin answered 404 Not Found",
            "code": "http_status",
            "retryable": False,
            "httpStatus": 404,
        },
    ],
}
DELIVERY: dict[str, Any] = {
    "id": "msg_5f1d7a84c3b2e6a90c4d1b7f",
    "state": "pending",
    "endpoint": {
        "url": "https://newsroom.example/imports",
        "paused": False,
        "failingSince": "2026-11-23T14:05:53.020Z",
    },
    "createdAt": "2026-11-23T14:05:51.894Z",
    "tries": [
        {
            "number": 1,
            "at": "2026-11-23T14:05:53.020Z",
            "milliseconds": 84,
            "httpStatus": 503,
        },
        {
            "number": 2,
            "at": "2026-11-23T14:06:13.410Z",
            "milliseconds": 15004,
            "problem": "no complete answer in time",
        },
    ],
    "nextTryAt": "2026-11-23T14:06:41.377Z",
}
JOBS: dict[str, Any] = {
    "results": [
        {
            "id": "25bzj8jk3m",
            "state": "started",
            "finished": False,
            "systemName": "identifier-for-your-system",
            "acceptedAt": "2026-11-23T14:05:48.911Z",
            "overview": {"total": 120, "details": {"success": 48, "skipped": 0, "failed": 2}},
            "progress": 0.4167,
            "startedAt": "2026-11-23T14:05:49.120Z",
        }
    ],
    "next": "25bzj8jk3m",
}
RETRIED = {"id": "7fhq2m9xkp", "retryOf": "25bzj8jk3m"}
CANCELLED: dict[str, Any] = {
    "finished": True,
    "state": "cancelled",
    "id": "25bzj8jk3m",
    "startedAt": "2026-11-23T14:05:49.120Z",
    "finishedAt": "2026-11-23T14:05:51.894Z",
    "overview": {
        "total": 120,
        "details": {"success": 48, "skipped": 0, "failed": 2, "cancelled": 70},
    },
}
ENTRY: dict[str, Any] = {
    "id": "3bCx0JqW9sTf2K",
    "version": 1,
    "systemName": "identifier-for-your-system",
    "externalId": "1",
    "mediaType": "image",
    "asset": {
        "key": _KEY,
        "url": _URL,
        "size": 1843210,
        "width": 4000,
        "height": 2667,
        "filename": "Der Eiger im Morgenlicht",
        "mimeType": "image/jpeg",
    },
    "metadata": {"title": "Der Eiger im Morgenlicht", "source": "Archiv"},
    "createdAt": "2026-11-23T14:05:50.412Z",
    "updatedAt": "2026-11-23T14:05:50.412Z",
}
