"""The demo as a client of the API: what it posts, and what it reads of the answers."""

# ruff: noqa: TID251 - it plays a customer: it calls our own API alone, on loopback

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wirephoto import errors
from wirephoto.cli.demo import samples

SYSTEM_NAME = "wirephoto-demo"
_ANSWER_SECONDS = 30.0
_JOB_SECONDS = 180.0
_POLL_SECONDS = 0.15
# No proxy of the environment stands before loopback.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Counters:
    """Where a job is."""

    total: int
    success: int
    skipped: int
    failed: int

    @property
    def done(self) -> int:
        return self.success + self.skipped + self.failed


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one image; sizes are 0 and texts empty where there is nothing to say."""

    id: str
    title: str
    state: str
    code: str = ""
    reason: str = ""
    width: int = 0
    height: int = 0
    mime_type: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at a job; ``rows`` when it is finished."""

    counters: Counters
    rows: tuple[Row, ...] | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """The API at an address, with a token."""

    address: str
    token: str

    def post(self, batch: Mapping[str, Any]) -> str:
        """Import a batch; the id of its job.

        Raises:
            errors.OperatorError: the API did not take it.
        """
        return str(self._call("/api/v1/import/images", json.dumps(batch).encode())["id"])

    def follow(self, job: str, total: int) -> Iterator[Progress]:
        """The job as it goes on; the last one has its rows.

        Raises:
            errors.OperatorError: the job broke, or does not end.
        """
        deadline = time.monotonic() + _JOB_SECONDS
        while time.monotonic() < deadline:
            status = self._call(f"/api/v1/import/images/status?id={urllib.parse.quote(job)}")
            if status["finished"] and status["state"] != "success":
                raise errors.OperatorError(f"the import {job} ended as {status['state']}")
            yield _progress(status, total)
            if status["finished"]:
                return
            time.sleep(_POLL_SECONDS)
        raise errors.OperatorError(f"the import {job} does not end within {_JOB_SECONDS:.0f} s")

    def _call(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the address is serve's own
            self.address + path,
            body,
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with _OPENER.open(request, timeout=_ANSWER_SECONDS) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as refused:
            with refused:
                said = refused.read(500).decode(errors="replace")
            raise errors.OperatorError(f"{path}: the API answers {refused.code}: {said}") from None
        except (OSError, http.client.HTTPException) as fault:
            raise errors.OperatorError(f"{path}: the API does not answer: {fault}") from None


def batch(
    origin: str, good: Sequence[samples.Sample], bad: Sequence[samples.BadApple]
) -> dict[str, Any]:
    """The request for all of them; the bad ones stand in the middle, where nobody looks."""
    images = [image(origin, sample) for sample in good]
    middle = len(images) // 2
    images[middle:middle] = [image(origin, apple) for apple in bad]
    return {"systemName": SYSTEM_NAME, "images": images}


def image(origin: str, sample: samples.Sample | samples.BadApple) -> dict[str, Any]:
    """One entry of a batch."""
    metadata = dict(sample.metadata) if isinstance(sample, samples.Sample) else {}
    return {
        "url": origin + sample.path,
        "id": sample.id,
        "fileName": sample.title,
        "metadata": metadata,
        "mediaType": "image",
    }


def _progress(status: Mapping[str, Any], total: int) -> Progress:
    details = status.get("overview", {}).get("details", {})
    counted = {name: int(details.get(name, 0)) for name in ("success", "skipped", "failed")}
    rows = tuple(map(_row, status["images"])) if "images" in status else None
    return Progress(Counters(total, **counted), rows)


def _row(row: Mapping[str, Any]) -> Row:
    stored = row.get("image", {})
    return Row(
        id=row["externalId"],
        title=row["title"],
        state=row["state"],
        code=row.get("code", ""),
        reason=row.get("reason", ""),
        width=stored.get("width", 0),
        height=stored.get("height", 0),
        mime_type=stored.get("mimeType", ""),
        url=stored.get("originalUrl", ""),
    )
