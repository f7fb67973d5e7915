"""The shapes of answers. One definition each, for encoding and for OpenAPI."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import fastapi
import msgspec

from wirephoto import errors
from wirephoto.library import patch, register
from wirephoto.pipeline.accept import request
from wirephoto.uploads import opening

UNSET = msgspec.UNSET
Unset = msgspec.UnsetType
REF = "#/components/schemas/{name}"
IMAGE_SERVICE = "wirephoto"


def ref(name: str) -> dict[str, str]:
    return {"$ref": REF.format(name=name)}


class Accepted(msgspec.Struct, frozen=True):
    """The batch is stored; ``id`` asks for its status."""

    id: str


class Details(msgspec.Struct, frozen=True):
    success: int
    skipped: int
    failed: int
    cancelled: Annotated[int, msgspec.Meta(description="Only where some were.")] | Unset = UNSET


class Overview(msgspec.Struct, frozen=True):
    """Counters of a job, the same as in its webhook."""

    total: int
    details: Details


class StoredImage(msgspec.Struct, frozen=True):
    """The picture in the media library; sizes in pixels."""

    mediaId: str
    originalUrl: str
    url: str
    width: int
    height: int
    mimeType: str
    imageService: str = IMAGE_SERVICE


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one image; ``state`` and ``status`` are the same."""

    state: Literal["success", "skipped", "failed", "cancelled"]
    status: Literal["success", "skipped", "failed", "cancelled"]
    externalId: str
    systemName: str
    title: str
    attempts: Annotated[int, msgspec.Meta(description="Tries at the origin.")] | Unset = UNSET
    reason: str | Unset = UNSET
    code: Annotated[str, msgspec.Meta(description="Stable word for the failure.")] | Unset = UNSET
    retryable: bool | Unset = UNSET
    httpStatus: Annotated[int, msgspec.Meta(description="Of the origin.")] | Unset = UNSET
    image: StoredImage | Unset = UNSET


class Status(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a job is; with its rows (``images``) when it is finished."""

    finished: bool
    state: Literal["queued", "started", "success", "failed", "cancelled"]
    id: str
    startedAt: str | Unset = UNSET
    finishedAt: str | Unset = UNSET
    progress: Annotated[float, msgspec.Meta(ge=0, le=1)] | Unset = UNSET
    overview: Overview | Unset = UNSET
    retryOf: Annotated[str, msgspec.Meta(description="The job it tries again.")] | Unset = UNSET
    images: list[Row] | Unset = UNSET


class Try(msgspec.Struct, frozen=True, omit_defaults=True):
    """One POST at the receiver: what it answered, or why there was no answer."""

    number: int
    at: str
    milliseconds: int
    httpStatus: int | Unset = UNSET
    problem: str | Unset = UNSET


class Endpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """The receiver as this project's deliveries find it; ``url`` without its query."""

    url: str
    paused: bool
    pausedAt: str | Unset = UNSET
    failingSince: (
        Annotated[str, msgspec.Meta(description="First of the failures that no success has ended.")]
        | Unset
    ) = UNSET
    nextProbeAt: (
        Annotated[str, msgspec.Meta(description="When a paused endpoint is tried all the same.")]
        | Unset
    ) = UNSET


class Delivery(msgspec.Struct, frozen=True, omit_defaults=True):
    """A webhook of a job; ``id`` is its ``webhook-id``."""

    id: str
    state: Literal["pending", "paused", "delivered", "failed"]
    endpoint: Endpoint
    createdAt: str
    tries: list[Try]
    nextTryAt: str | Unset = UNSET
    finishedAt: str | Unset = UNSET


class Deliveries(msgspec.Struct, frozen=True):
    """A job's webhooks: one, or none when the batch named no webhook or the job still runs."""

    deliveries: list[Delivery]


class Job(msgspec.Struct, frozen=True, omit_defaults=True):
    """A job in a list."""

    id: str
    state: Literal["queued", "started", "success", "failed", "cancelled"]
    finished: bool
    systemName: str
    acceptedAt: str
    overview: Overview
    progress: Annotated[float, msgspec.Meta(ge=0, le=1)]
    startedAt: str | Unset = UNSET
    finishedAt: str | Unset = UNSET
    retryOf: Annotated[str, msgspec.Meta(description="The job it tries again.")] | Unset = UNSET


class Jobs(msgspec.Struct, frozen=True, omit_defaults=True):
    """Jobs, the newest first; ``next`` is the ``before`` of the page that follows, if any does."""

    results: list[Job]
    next: str | Unset = UNSET


_Code = Annotated[str, msgspec.Meta(extra_json_schema={"enum": sorted(errors.failure_codes())})]


class Retry(msgspec.Struct, frozen=True):
    """What to try again: images with these failure codes; absent: all that failed."""

    codes: Annotated[list[_Code], msgspec.Meta(min_length=1)] | None = None


class Retried(msgspec.Struct, frozen=True):
    """A new job, and the one whose images it tries again."""

    id: str
    retryOf: str


class Upload(msgspec.Struct, frozen=True, omit_defaults=True):
    """A picture that was announced: its bytes are wanted, stored already, or refused."""

    sha256: str
    size: int
    state: Literal["wanted", "stored", "refused"]
    url: Annotated[str, msgspec.Meta(description="What stands in an import.")] | Unset = UNSET
    put: Annotated[str, msgspec.Meta(description="Where wanted bytes are sent.")] | Unset = UNSET
    expiresAt: Annotated[str, msgspec.Meta(description="Import it before.")] | Unset = UNSET
    code: Annotated[str, msgspec.Meta(description="Why it is refused.")] | Unset = UNSET
    reason: str | Unset = UNSET


class Uploads(msgspec.Struct, frozen=True):
    """What became of each picture, in the order given."""

    uploads: list[Upload]


class Uploaded(msgspec.Struct, frozen=True):
    """The bytes are here; ``url`` stands in an import."""

    sha256: str
    size: int
    url: str


class Foreseen(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an image would become; ``mediaId`` is the entry that is there."""

    state: Literal["create", "update", "exists", "invalid"]
    status: Literal["create", "update", "exists", "invalid"]
    externalId: str
    systemName: str
    title: str
    mediaId: str | Unset = UNSET
    reason: str | Unset = UNSET
    code: Annotated[str, msgspec.Meta(description="Stable word for the failure.")] | Unset = UNSET


class ForeseenDetails(msgspec.Struct, frozen=True):
    create: int
    update: int
    exists: int
    invalid: int


class ForeseenOverview(msgspec.Struct, frozen=True):
    total: int
    details: ForeseenDetails


class DryRun(msgspec.Struct, frozen=True):
    """What a batch would become, image by image; nothing was stored, nothing fetched."""

    dryRun: Literal[True]
    overview: ForeseenOverview
    images: list[Foreseen]


class Asset(msgspec.Struct, frozen=True, omit_defaults=True):
    """The stored original; ``size`` in bytes."""

    key: str
    url: str
    size: int
    width: int
    height: int
    filename: str
    mimeType: str
    blurhash: (
        Annotated[str, msgspec.Meta(description="A blurred preview; absent: not described yet.")]
        | Unset
    ) = UNSET
    dominantColor: Annotated[str, msgspec.Meta(description="As `#rrggbb`.")] | Unset = UNSET


class Embedded(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the picture says of itself, beside the metadata of its entry.

    ``fields`` by the ids of IPTC Photo Metadata; the other three are what was found where.
    ``notes`` say what could not be read, or not be filled in.
    """

    fields: dict[str, Any] = {}
    iim: dict[str, Any] = {}
    xmp: dict[str, Any] = {}
    exif: dict[str, Any] = {}
    contentCredentials: (
        Annotated[
            dict[str, Any],
            msgspec.Meta(description="C2PA: a manifest is there. It is not checked."),
        ]
        | None
    ) = None
    notes: list[str] = []


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entry of the media library. ``embedded``: of one entry, whose picture has metadata."""

    id: str
    version: int
    systemName: str | None
    externalId: str | None
    mediaType: str
    asset: Asset
    metadata: dict[str, Any]
    createdAt: str
    updatedAt: str
    archivedAt: Annotated[str, msgspec.Meta(description="Absent: it is not archived.")] | Unset = (
        UNSET
    )
    revokedAt: (
        Annotated[str, msgspec.Meta(description="Of its asset, which is served to nobody.")] | Unset
    ) = UNSET
    revokeNote: str | Unset = UNSET
    embedded: Embedded | Unset = UNSET


class Entries(msgspec.Struct, frozen=True, omit_defaults=True):
    """A list of entries, as dated versions from ``2026-01`` wrap it."""

    results: list[Entry]
    next: Annotated[str, msgspec.Meta(description="The `after` of the following page.")] | Unset = (
        UNSET
    )


class SimilarEntry(msgspec.Struct, frozen=True):
    """An entry that looks like another; ``distance`` is the number of bits that differ."""

    distance: int
    sameBytes: bool
    entry: Entry


class Similar(msgspec.Struct, frozen=True):
    """Entries that look like one, the nearest first."""

    described: Annotated[
        bool,
        msgspec.Meta(
            description="Whether its picture has its hash; until then the same "
            "bytes alone are found."
        ),
    ]
    results: list[SimilarEntry]


class Patched(msgspec.Struct, frozen=True):
    """All patches are done."""

    status: Literal[200]


class RegisteredEntry(msgspec.Struct, frozen=True):
    """An entry that was made."""

    ok: Literal[True]
    status: Literal[200]
    id: str
    record: Entry


class RefusedEntry(msgspec.Struct, frozen=True):
    """An entry that was not made; ``correlation`` is what its sender knows it by."""

    ok: Literal[False]
    correlation: str
    status: Literal[400, 409]
    error: Literal["ValidationError", "UniqueIdViolation"]
    error_details: dict[str, str]


class Registered(msgspec.Struct, frozen=True):
    """What became of each entry, in the order posted."""

    mediaLibraryEntries: Annotated[
        list[Any],
        msgspec.Meta(
            extra_json_schema={"items": {"anyOf": [ref("RegisteredEntry"), ref("RefusedEntry")]}}
        ),
    ]


class EntryToken(msgspec.Struct, frozen=True):
    """Who asked for a change: the token's number and name, as `wirephoto token list` has them."""

    id: int
    name: str


class PropertyChange(
    msgspec.Struct, frozen=True, omit_defaults=True, rename={"old": "from", "new": "to"}
):
    """One value of an entry; a side on which it was absent is absent."""

    path: str
    old: Any | Unset = UNSET
    new: Any | Unset = UNSET
    note: Annotated[str, msgspec.Meta(description="Of a revocation.")] | Unset = UNSET


class Past(msgspec.Struct, frozen=True, omit_defaults=True):
    """A change of an entry; ``version`` is the one that it had after it."""

    version: int
    at: str
    kind: Literal["import", "edit", "registration"]
    changes: list[PropertyChange]
    job: Annotated[str, msgspec.Meta(description="The import that did it.")] | Unset = UNSET
    token: EntryToken | Unset = UNSET


class History(msgspec.Struct, frozen=True, omit_defaults=True):
    """Changes, the newest first; ``next`` is the ``before`` of the page that follows, if any."""

    results: list[Past]
    next: int | Unset = UNSET


class Error(msgspec.Struct, frozen=True):
    """Why not: ``error_details`` by the path of the value or by topic."""

    status: int
    error: str
    error_details: dict[str, str]


class Health(msgspec.Struct, frozen=True):
    status: Literal["ok"]


_DOCUMENTED = (
    *(opening.Announcement, Uploads, Uploaded),
    *(request.Request, Accepted, DryRun, Status, Jobs, Retry, Retried),
    *(Delivery, Deliveries, Entry, Entries, Similar, patch.Patch, Patched, History),
    *(register.Registration, RegisteredEntry, RefusedEntry, Registered, Error, Health),
)


def components() -> dict[str, Any]:
    """The schemas for OpenAPI, by name."""
    _, found = msgspec.json.schema_components(_DOCUMENTED, ref_template=REF)
    return dict(found)


def documented(name: str, description: str, example: Any = None) -> dict[str, Any]:
    """An answer with a JSON body, for a route's ``responses``."""
    content: dict[str, Any] = {"schema": ref(name)}
    if example is not None:
        content["example"] = example
    return {"description": description, "content": {"application/json": content}}


def over_quota() -> dict[str, Any]:
    """The one answer whose errors come as an array."""
    schema = {"type": "array", "items": ref("Error"), "minItems": 1, "maxItems": 1}
    return {
        "description": "The project has no room for so many; see Retry-After.",
        "content": {"application/json": {"schema": schema}},
    }


Responses = dict[int | str, dict[str, Any]]


def responses(answers: Mapping[int | str, dict[str, Any]], *statuses: int) -> Responses:
    """A route's answers and its errors; every route may meet a database that is away."""
    words = {
        400: "The request is wrong; every fault is named by its path.",
        401: "The access token is missing, unknown, revoked or expired.",
        403: "The access token lacks the scope.",
        404: "There is no such thing in this project, or no such API version.",
        409: "It cannot be done as things are.",
        410: "The API version is retired.",
        413: "The body or the batch is larger than this installation takes.",
        422: "There is nothing to do it with.",
    }
    found: Responses = {
        **answers,
        **{status: documented("Error", words[status]) for status in statuses},
    }
    found[503] = documented("Error", "The database is away; see Retry-After.")
    return found


def optional(text: str | None) -> str | Unset:
    return UNSET if text is None else text


def json(document: object, status: int = 200) -> fastapi.Response:
    return fastapi.Response(msgspec.json.encode(document), status, media_type="application/json")


def instant(value: datetime | None) -> str | Unset:
    """ISO 8601 in UTC with ``Z``, to the millisecond."""
    if value is None:
        return UNSET
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
