"""The shapes of answers. One definition each, for encoding and for OpenAPI."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import fastapi
import msgspec

from wirephoto import errors
from wirephoto.pipeline.accept import request

UNSET = msgspec.UNSET
Unset = msgspec.UnsetType
REF = "#/components/schemas/{name}"
IMAGE_SERVICE = "wirephoto"


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


class Asset(msgspec.Struct, frozen=True):
    """The stored original; ``size`` in bytes."""

    key: str
    url: str
    size: int
    width: int
    height: int
    filename: str
    mimeType: str


class Entry(msgspec.Struct, frozen=True):
    """An entry of the media library."""

    id: str
    version: int
    systemName: str | None
    externalId: str | None
    mediaType: str
    asset: Asset
    metadata: dict[str, Any]
    createdAt: str
    updatedAt: str


class Entries(msgspec.Struct, frozen=True):
    """A list of entries, as dated versions from ``2026-01`` wrap it."""

    results: list[Entry]


class Error(msgspec.Struct, frozen=True):
    """Why not: ``error_details`` by the path of the value or by topic."""

    status: int
    error: str
    error_details: dict[str, str]


class Health(msgspec.Struct, frozen=True):
    status: Literal["ok"]


_DOCUMENTED = (
    *(request.Request, Accepted, DryRun, Status, Jobs, Retry, Retried),
    *(Delivery, Deliveries, Entry, Entries, Error, Health),
)


def components() -> dict[str, Any]:
    """The schemas for OpenAPI, by name."""
    _, found = msgspec.json.schema_components(_DOCUMENTED, ref_template=REF)
    return dict(found)


def ref(name: str) -> dict[str, str]:
    return {"$ref": REF.format(name=name)}


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
        "description": "The project's day has no room for the batch; see Retry-After.",
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
