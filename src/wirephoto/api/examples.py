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
            "checksum": "2026-11-24T09:12:00Z",
            "sha256": "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
        }
    ],
    "update": "changed",
}
_DIGEST = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"
ANNOUNCEMENT: dict[str, Any] = {"uploads": [{"sha256": _DIGEST, "size": 117_204}]}
UPLOADS: dict[str, Any] = {
    "uploads": [
        {
            "sha256": _DIGEST,
            "size": 117_204,
            "state": "wanted",
            "url": f"wirephoto-upload:{_DIGEST}",
            "put": "https://wirephoto.example/api/v1/import/uploads/"
            "9f2c61a0e84b4d7fb3c5d1e60a7248f1?expires=1796137549&signature="
            "3c1f0a52be0c4f2d9be2c4b3a6d0b9f0b8d7e6c5a4938271605f4e3d2c1b0a99",
            "expiresAt": "2026-12-01T14:05:49.000Z",
        }
    ]
}
UPLOADED: dict[str, Any] = {
    "sha256": _DIGEST,
    "size": 117_204,
    "url": f"wirephoto-upload:{_DIGEST}",
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
        "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
        "dominantColor": "#8ea3b5",
    },
    "metadata": {"title": "Der Eiger im Morgenlicht", "source": "Archiv"},
    "createdAt": "2026-11-23T14:05:50.412Z",
    "updatedAt": "2026-11-23T14:05:50.412Z",
}
PATCH: dict[str, Any] = {
    "version": 1,
    "patches": [
        {"operation": "setMetadataProperty", "propertyName": "caption", "value": "Die Nordwand"},
        {"operation": "revokeAsset", "note": "Case #1"},
    ],
}
CONFLICT: dict[str, Any] = {
    "status": 409,
    "error": "Conflict",
    "error_details": {"name": "Conflict", "message": "The entry has version 2, not 1."},
}
HISTORY: dict[str, Any] = {
    "results": [
        {
            "version": 2,
            "at": "2026-11-24T09:12:40.077Z",
            "kind": "edit",
            "changes": [
                {
                    "path": "metadata.caption",
                    "from": "Die Nordwand, von Grindelwald aus",
                    "to": "Die Nordwand",
                },
                {"path": "revoked", "from": False, "to": True, "note": "Case #1"},
            ],
            "token": {"id": 3, "name": "picture desk"},
        },
        {
            "version": 1,
            "at": "2026-11-23T14:05:50.412Z",
            "kind": "import",
            "changes": [],
            "job": "25bzj8jk3m",
            "token": {"id": 1, "name": "archive"},
        },
    ]
}
REGISTRATION: dict[str, Any] = {
    "mediaLibraryEntries": [
        {
            "id": "custom-1",
            "systemName": "identifier-for-your-system",
            "externalId": "6hedie82",
            "mediaType": "image",
            "asset": {
                "key": "2020/1/22/3a2ede93.jpeg",
                "url": "https://your-domain.com/2020/1/22/3a2ede93.jpeg",
                "size": 290339,
                "width": 1200,
                "height": 800,
                "filename": "3a2ede93.jpeg",
                "mimeType": "image/jpeg",
            },
            "metadata": {"title": "Der Eiger im Morgenlicht"},
        }
    ]
}
REGISTERED: dict[str, Any] = {
    "mediaLibraryEntries": [
        {"ok": True, "status": 200, "id": "custom-2", "record": ENTRY | {"id": "custom-2"}},
        {
            "ok": False,
            "correlation": "id: custom-1",
            "status": 409,
            "error": "UniqueIdViolation",
            "error_details": {"message": "id is not unique: 'custom-1'"},
        },
    ]
}
SIMILAR: dict[str, Any] = {
    "described": True,
    "results": [
        {"distance": 0, "sameBytes": True, "entry": ENTRY},
        {"distance": 3, "sameBytes": False, "entry": ENTRY},
    ],
}
