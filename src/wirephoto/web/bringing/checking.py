"""The rows of a list as images, and all that is wrong with them, in words. Blocking."""

import hashlib
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import msgspec

from wirephoto import errors
from wirephoto.client.manifest import columns, csv_rows, formulas
from wirephoto.pipeline.accept import batch, faults, preview, rules
from wirephoto.web.bringing import dates, table

_ID_BYTES = 900
_MOST_KINDS = 100


class Asked(msgspec.Struct, frozen=True):
    """What somebody wants of a list: how it is read, what its columns become, where to."""

    encoding: str
    separator: str
    headed: bool
    chosen: list[str]
    system_name: str
    media_type: str = ""
    update: str = "changed"
    webhook: str = ""
    dates: dict[str, bool] = {}  # properties that are dates; true: with a time

    @property
    def shape(self) -> table.Shape:
        return table.Shape(self.encoding, self.separator, self.headed)


class Problem(msgspec.Struct):
    """Rows with the same fault, and the first one's line; ``sent``: they fail in the job."""

    row: int
    field: str
    words: str
    rows: int
    sent: bool


class Found(msgspec.Struct):
    """What would happen."""

    rows: int
    sendable: int
    create: int = 0
    update: int = 0
    exists: int = 0
    invalid: int = 0
    more_kinds: int = 0
    problems: list[Problem] = msgspec.field(default_factory=list)
    whole: dict[str, str] = msgspec.field(default_factory=dict)  # by field of the form


@dataclass(slots=True)
class Read:
    """The images that can be sent, the line of each, and what is wrong with the others."""

    images: list[dict[str, Any]] = field(default_factory=list)
    numbers: "array[int]" = field(default_factory=lambda: array("l"))
    rows: int = 0
    problems: dict[tuple[str, str], Problem] = field(default_factory=dict)
    more_kinds: int = 0

    def blame(self, number: int, name: str, words: str, *, sent: bool = False) -> None:
        known = self.problems.get((name, words))
        if known is not None:
            known.rows += 1
        elif len(self.problems) < _MOST_KINDS:
            self.problems[name, words] = Problem(number, name, words, 1, sent)
        else:
            self.more_kinds += 1


def read(content: BinaryIO, asked: Asked, names: Mapping[str, str], limits: rules.Limits) -> Read:
    """All rows; ``names`` of columns as the reader of manifests knows them.

    Raises:
        table.Unreadable: it cannot be read like this.
        errors.BodyTooLarge: more rows than a batch may hold.
    """
    found = Read()
    for number, image, problems in judged(content, asked, names):
        found.rows += 1
        if found.rows > limits.images:
            raise errors.BodyTooLarge({"images": f"must be at most {limits.images} in one import"})
        for name, words in problems:
            found.blame(number, name, words)
        if image is not None:
            found.images.append(image)
            found.numbers.append(number)
    return found


def judged(
    content: BinaryIO, asked: Asked, names: Mapping[str, str]
) -> Iterator[tuple[int, dict[str, Any] | None, list[tuple[str, str]]]]:
    """Each row: its line, the image if it can be sent, and what is wrong, by field."""
    for record in table.rows(content, asked.shape):
        image, problems = judge(record, names, asked)
        yield record.number, image, problems


def judge(
    record: csv_rows.Record, names: Mapping[str, str], asked: Asked
) -> tuple[dict[str, Any] | None, list[tuple[str, str]]]:
    """The image of a row if it can be sent, and what is wrong with it, by field."""
    if record.problem:
        return None, [("", record.problem)]
    given = formulas.unguard_row(record.cells)  # before columns get other names
    cells = {names[name]: cell for name, cell in given.items() if name in names}
    if not cells.get("id", "").strip():
        cells["id"] = identity(cells.get("url", "").strip())
    entry = columns.entry(record.number, cells, texts=True)
    if entry.image is None:
        name, _, words = entry.problem.partition(": ")
        return None, [(name, words) if words else ("", name)]
    document = entry.image.document()
    for name, told in asked.dates.items():
        if isinstance(value := document["metadata"].get(name), str):
            document["metadata"][name] = dates.moment(value) if told else dates.day(value)
    if asked.media_type and not entry.image.media_type:
        document["mediaType"] = asked.media_type
    wrong = list(faults.in_image("", document))
    if wrong:
        return None, [(path.strip("."), words) for path, words in wrong[:3]]
    return document, []


def identity(url: str) -> str:
    """The id of a picture that has none: its address, in which a query is a digest.

    The same address is the same picture at the next import; two of one name are two.
    """
    bare = url.partition("#")[0]
    rest, _, query = bare.partition("?")
    parts = rest.partition("://")[2] or rest
    mark = "?" + hashlib.sha256(query.encode("utf-8", "replace")).hexdigest()[:12] if query else ""
    if len(parts.encode("utf-8", "replace")) > _ID_BYTES:
        digest = hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()[:24]
        parts = f"{parts[:60]}…{digest}"
    return parts.rpartition("@")[2] + mark


def assemble(found: Read, asked: Asked, limits: rules.Limits) -> batch.Batch:
    """As a request to the API would be read.

    Raises:
        errors.InvalidRequest: a field of the form is wrong, or no row can be sent.
    """
    document: dict[str, Any] = {"systemName": asked.system_name, "update": asked.update}
    if asked.webhook:
        document["webhook"] = asked.webhook
    body = msgspec.json.encode(document | {"images": found.images})
    return batch.read(body, limits)


def tell(found: Read, foreseen: list[preview.Foreseen]) -> Found:
    """The counts, and what is wrong with rows that can be sent all the same."""
    told = Found(found.rows, len(found.images), invalid=found.rows - len(found.images))
    for number, one in zip(found.numbers, foreseen, strict=True):
        setattr(told, one.state, getattr(told, one.state) + 1)
        if one.failure is not None:
            found.blame(number, one.failure.code, one.failure.reason, sent=True)
    told.problems = sorted(found.problems.values(), key=lambda one: -one.rows)
    told.more_kinds = found.more_kinds
    return told
