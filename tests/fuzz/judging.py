"""What must hold for any bytes: a picture or one failure, soon, and a drawing that is clean."""

import json
import re
import time
from collections.abc import Sequence

from tests.unit.inspection import judged
from wirephoto import errors, model
from wirephoto.pipeline.embedded import record
from wirephoto.pipeline.inspection import cleaning, orientation, svg, verdict

LIMITS = judged.limits(max_pixels=50_000_000)
LEAVES = tuple(errors.PictureError.__subclasses__())
BLOCKS = [kind for kind in model.BlockKind if kind not in {"credentials", "beyond"}]
SECONDS = 2.0  # of computing, for some 60 kB
_DANGER = re.compile(
    rb"<script|<foreignObject|\son[a-z]+=\"|href=\"(?!#|data:image/)|<!DOCTYPE", re.IGNORECASE
)


class Broken(AssertionError):
    """The rule that did not hold."""


def judge(data: bytes) -> str:
    """The kind of the picture, or the code of its failure.

    Raises:
        Broken: it is neither, took too long, or a cleaned drawing is not clean.
    """
    begun = time.process_time()
    try:
        found = _verdict(data)
    except LEAVES as failure:
        found = failure.code
    except BaseException as fault:
        raise Broken(f"neither a picture nor a failure: {fault!r}") from fault
    orientation.read(data, 0, len(data))
    _record([model.Block(BLOCKS[len(data) % len(BLOCKS)], data)])
    if time.process_time() - begun > SECONDS:
        raise Broken(f"took {time.process_time() - begun:.1f} s")
    return found


def _verdict(data: bytes) -> str:
    picture = verdict.inspect(data, LIMITS)
    _metadata(data, picture)
    if min(picture.width, picture.height, picture.frames) < 1:
        raise Broken(f"a picture of no size: {picture}")
    if picture.width * picture.height * picture.frames > LIMITS.max_pixels:
        raise Broken(f"more pixels than are allowed: {picture}")
    if picture.kind is model.Kind.SVG:
        _clean(data)
    return picture.kind.value


def _metadata(data: bytes, picture: model.Picture) -> None:
    """Its record is no longer than may be, and is JSON that PostgreSQL takes."""
    if picture.kind is not model.Kind.SVG:
        found = verdict.inspect_body(model.Body(b"", len(data), data=data), LIMITS)
        assert isinstance(found, model.Inspected)
        _record(found.blocks)


def _record(blocks: Sequence[model.Block]) -> None:
    read = record.read(blocks)
    if read is not None:
        if len(read.record) > record.MOST_BYTES:
            raise Broken(f"a record of {len(read.record)} bytes")
        json.loads(read.record.decode())
        if b"\\u0000" in read.record:
            raise Broken("a record that holds U+0000")


def _clean(data: bytes) -> None:
    cleaned = cleaning.clean(svg.read(data, LIMITS))
    if _DANGER.search(re.sub(rb">[^<]*<", b"><", cleaned)):
        raise Broken("a drawing that is not clean")
    if cleaning.clean(svg.read(cleaned, LIMITS)) != cleaned:
        raise Broken("a drawing that is cleaned twice")
