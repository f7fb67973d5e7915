"""Pictures that the client sends itself: read, announced, put. Flows, and the reading of files."""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from wirephoto.client import errors, folders, wire
from wirephoto.client.batches import Image

UPLOADS = "/import/uploads"
MOST = 100  # pictures of a batch: few enough that an import begins while others are being sent
AT_ONCE = 8  # that are sent side by side
_LONGEST_WAIT_SECONDS = 60.0  # for room; a day's quota is not waited for


@dataclass(frozen=True, slots=True)
class Local:
    """A file as it was read; ``sha256`` in hexadecimal digits, ``size`` in bytes."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the server has asked for: the bytes of ``local`` at an address."""

    local: Local
    url: str
    address: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one of ``size`` bytes: the URL for an import, or why there is none.

    ``bytes`` went out for it: none where the server has it already.
    """

    url: str = ""
    problem: str = ""
    size: int = 0
    bytes: int = 0


def read(path: Path) -> Local | Sent:
    """A file's digest and size, or why it cannot be sent."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            size = file.tell()
    except OSError as fault:
        return unread(fault)
    return Local(path, digest.hexdigest(), size) if size else Sent(problem="is empty")


def name(one: Local) -> str:
    """What would be named in an import: a dry run takes it before anything is sent."""
    return f"wirephoto-upload:{one.sha256}"


def unread(fault: OSError) -> Sent:
    return Sent(problem=f"cannot be read: {fault.strerror or fault}")


def announce(given: Sequence[Local | Sent], patience: float) -> wire.Flow[list[Wanted | Sent]]:
    """What is to be sent, in the order given; waits where the server has no room for a while."""
    files = [one for one in given if isinstance(one, Local)]
    told = iter((yield from _announced(files, patience)) if files else ())
    return [_answer(one, next(told)) if isinstance(one, Local) else one for one in given]


def _announced(files: Sequence[Local], patience: float) -> wire.Flow[list[Any]]:
    wanted = [{"sha256": one.sha256, "size": one.size} for one in files]
    body = json.dumps({"uploads": wanted}).encode()
    ask = wire.Ask("POST", UPLOADS, body=body, headers={"Content-Type": "application/json"})
    deadline = time.monotonic() + patience
    while True:
        try:
            return list((yield from wire.call(ask, patience))["uploads"])
        except errors.OverQuota as full:
            pause = full.retry_after
            if not 0 < pause <= _LONGEST_WAIT_SECONDS or time.monotonic() + pause > deadline:
                raise
        yield wire.Wait(pause)


def _answer(one: Local, document: Mapping[str, Any]) -> Wanted | Sent:
    if document["state"] == "refused":
        return Sent(problem=str(document.get("reason", "refused")))
    url, address = str(document["url"]), document.get("put")
    return Wanted(one, url, address) if address else Sent(url, size=one.size)


def put(one: Wanted, patience: float) -> wire.Flow[Sent]:
    """Send the bytes of one. The address is asked on the way that all else goes."""
    parts = urlsplit(one.address)
    path = UPLOADS + parts.path.partition(UPLOADS)[2]
    file = wire.File(one.local.path, one.local.size)
    try:
        yield from wire.call(
            wire.Ask("PUT", path, dict(parse_qsl(parts.query)), file=file), patience
        )
    except errors.Refused as refused:
        return Sent(problem="; ".join(refused.details.values()))
    return Sent(one.url, "", one.local.size, one.local.size)


def images(pictures: Sequence[folders.Picture], sent: Sequence[Sent]) -> list[Image]:
    """As they are imported: the name of a file is its title."""
    return [
        Image(told.url, picture.id, picture.path.name)
        for picture, told in zip(pictures, sent, strict=True)
    ]
