"""Jobs as the server tells of them, and the flows that ask."""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from wirephoto.client import batches, errors, folders, uploads, wire

_ROWS = 1000  # a page
IMPORTS = "/import/images"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Counters:
    """How many images are where; ``done`` of ``total`` have their final row."""

    total: int
    success: int = 0
    skipped: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def done(self) -> int:
        return self.success + self.skipped + self.failed + self.cancelled


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at a job; times as the server says them, ISO 8601 in UTC."""

    id: str
    state: str
    finished: bool
    counters: Counters
    system_name: str = ""
    accepted_at: str = ""
    started_at: str = ""
    finished_at: str = ""
    retry_of: str = ""

    @property
    def failed(self) -> int:
        return self.counters.failed


@dataclass(frozen=True, slots=True)
class StoredImage:
    """The picture in the library; sizes in pixels."""

    media_id: str
    original_url: str
    url: str
    width: int
    height: int
    mime_type: str


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one image; ``code`` and ``reason`` say why where it is not ``success``."""

    id: str
    title: str
    state: str
    attempts: int = 0
    code: str = ""
    reason: str = ""
    retryable: bool | None = None
    http_status: int | None = None
    image: StoredImage | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a batch would become: how many of each, and each row."""

    create: int
    update: int
    exists: int
    invalid: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What all batches of an import have in common."""

    system_name: str
    update: str | None = None
    webhook: str | None = None
    context: Mapping[str, Any] | None = None

    def body(self, images: Iterable[batches.Image]) -> bytes:
        found: dict[str, Any] = {"systemName": self.system_name}
        optional = (
            *(("update", self.update), ("webhook", self.webhook)),
            ("context", self.context),
        )
        found |= {name: value for name, value in optional if value is not None}
        found["images"] = [one.document() for one in images]
        return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def post(
    order: Order, images: Sequence[batches.Image], key: str | None, patience: float
) -> wire.Flow[str]:
    """The id of a new job; all of the batch, or none."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": key or uuid.uuid4().hex}
    ask = wire.Ask("POST", IMPORTS, body=order.body(images), headers=headers)
    return str((yield from wire.call(ask, patience))["id"])


def post_what_fits(
    order: Order, images: Sequence[batches.Image], key: str | None, patience: float
) -> wire.Flow[tuple[str | None, dict[int, str]]]:
    """A job of the images that the server takes, and the others with why not."""

    def send(asked: Sequence[batches.Image], refused: Mapping[int, str]) -> wire.Flow[str]:
        return post(order, asked, key and _numbered(key, refused), patience)

    return (yield from _what_fits(images, send))


def post_sent(
    order: Order,
    pictures: Sequence[folders.Picture],
    sent: Sequence[uploads.Sent],
    patience: float,
) -> wire.Flow[tuple[str | None, dict[int, str]]]:
    """A job of local pictures that were sent, and the others, by their place, with why not."""
    images = uploads.images(pictures, sent)
    unsent = {at: one.problem for at, one in enumerate(sent) if one.problem}
    places = batches.left(len(images), unsent)
    made, refused = yield from post_what_fits(
        order, [images[place] for place in places], None, patience
    )
    return made, unsent | {places[at]: why for at, why in refused.items()}


def forecast_what_fits(
    order: Order, images: Sequence[batches.Image], patience: float
) -> wire.Flow[tuple[Forecast | None, dict[int, str]]]:
    """What the images that the server takes would become, and the others with why not."""

    def send(asked: Sequence[batches.Image], _: Mapping[int, str]) -> wire.Flow[Forecast]:
        return forecast(order, asked, patience)

    return (yield from _what_fits(images, send))


def _what_fits(
    images: Sequence[batches.Image],
    send: Callable[[Sequence[batches.Image], Mapping[int, str]], wire.Flow[T]],
) -> wire.Flow[tuple[T | None, dict[int, str]]]:
    """Send what is not refused, again and again until nothing is.

    The server refuses a request with a malformed image as a whole and names up to 100 of them.
    """
    refused: dict[int, str] = {}
    while places := batches.left(len(images), refused):
        try:
            answer = yield from send([images[place] for place in places], refused)
        except errors.Refused as refusal:
            malformed = refusal.status == HTTPStatus.BAD_REQUEST
            found = batches.refusals(refusal.details, places) if malformed else {}
            if not found:
                raise
            refused |= found
        else:
            return answer, refused
    return None, refused


def _numbered(key: str, refused: Mapping[int, str]) -> str:
    """Another body is another request: a key of its own, the same each time."""
    if not refused:
        return key
    return f"{key}-{hashlib.sha256(repr(sorted(refused)).encode()).hexdigest()[:8]}"


def forecast(order: Order, images: Sequence[batches.Image], patience: float) -> wire.Flow[Forecast]:
    """What the batch would become; nothing is stored, nothing fetched."""
    headers = {"Content-Type": "application/json"}
    ask = wire.Ask("POST", IMPORTS, {"dryRun": "true"}, order.body(images), headers)
    document = yield from wire.call(ask, patience)
    counted = document["overview"]["details"]
    return Forecast(
        **{name: int(counted[name]) for name in ("create", "update", "exists", "invalid")},
        rows=tuple(map(_row, document["images"])),
    )


def progress(job: str, patience: float) -> wire.Flow[Progress]:
    """The job as it is now, without its rows."""
    query = {"id": job, "limit": "1"}
    document = yield from wire.call(wire.Ask("GET", f"{IMPORTS}/status", query), patience)
    return read_progress(document)


def rows(job: str, state: str | None, offset: int, patience: float) -> wire.Flow[list[Row]]:
    """A page of the rows of a finished job, in the order posted; an empty one is the end."""
    query = {"id": job, "limit": str(_ROWS), "offset": str(offset)}
    if state is not None:
        query["state"] = state
    document = yield from wire.call(wire.Ask("GET", f"{IMPORTS}/status", query), patience)
    return [_row(one) for one in document.get("images", ())]


def listed(query: Mapping[str, str], patience: float) -> wire.Flow[tuple[list[Progress], str]]:
    """A page of jobs, the newest first, and the ``before`` of the next; empty at the end."""
    document = yield from wire.call(wire.Ask("GET", IMPORTS, query), patience)
    return [read_progress(one) for one in document["results"]], document.get("next", "")


def cancel(job: str, patience: float) -> wire.Flow[Progress]:
    """End a job; what is done stays."""
    document = yield from wire.call(wire.Ask("POST", f"{IMPORTS}/{job}/cancel"), patience)
    return read_progress(document)


def retry(job: str, codes: Sequence[str], patience: float) -> wire.Flow[str]:
    """The id of a new job of what failed."""
    body = json.dumps({"codes": list(codes)} if codes else {}).encode()
    headers = {"Content-Type": "application/json"}
    ask = wire.Ask("POST", f"{IMPORTS}/{job}/retry", {}, body, headers, repeatable=False)
    return str((yield from wire.call(ask, patience))["id"])


def ended(seen: Progress) -> Progress:
    """The job as it ended.

    Raises:
        errors.JobBroken: it broke as a whole.
    """
    if seen.state == "failed":
        raise errors.JobBroken(f"the job {seen.id} was broken off by a fault of the server")
    return seen


def read_progress(document: Mapping[str, Any]) -> Progress:
    told = document.get("overview") or {}
    details = told.get("details") or {}
    counted = {name: int(details.get(name, 0)) for name in ("success", "skipped", "failed")}
    return Progress(
        id=str(document["id"]),
        state=str(document["state"]),
        finished=bool(document["finished"]),
        counters=Counters(
            int(told.get("total", 0)), **counted, cancelled=int(details.get("cancelled", 0))
        ),
        system_name=str(document.get("systemName", "")),
        accepted_at=str(document.get("acceptedAt", "")),
        started_at=str(document.get("startedAt", "")),
        finished_at=str(document.get("finishedAt", "")),
        retry_of=str(document.get("retryOf", "")),
    )


def _row(document: Mapping[str, Any]) -> Row:
    return Row(
        id=str(document["externalId"]),
        title=str(document["title"]),
        state=str(document["state"]),
        attempts=int(document.get("attempts", 0)),
        code=str(document.get("code", "")),
        reason=str(document.get("reason", "")),
        retryable=document.get("retryable"),
        http_status=document.get("httpStatus"),
        image=_stored(document["image"]) if "image" in document else None,
    )


def _stored(document: Mapping[str, Any]) -> StoredImage:
    return StoredImage(
        media_id=str(document["mediaId"]),
        original_url=str(document["originalUrl"]),
        url=str(document["url"]),
        width=int(document["width"]),
        height=int(document["height"]),
        mime_type=str(document["mimeType"]),
    )
