"""What must hold for any bytes: a picture or one failure, soon, and a drawing that is clean."""

import re
import time

from tests.unit.inspection import judged
from wirephoto import errors, model
from wirephoto.pipeline.inspection import cleaning, orientation, svg, verdict

LIMITS = judged.limits(max_pixels=50_000_000)
LEAVES = tuple(errors.PictureError.__subclasses__())
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
    if time.process_time() - begun > SECONDS:
        raise Broken(f"took {time.process_time() - begun:.1f} s")
    return found


def _verdict(data: bytes) -> str:
    picture = verdict.inspect(data, LIMITS)
    if min(picture.width, picture.height, picture.frames) < 1:
        raise Broken(f"a picture of no size: {picture}")
    if picture.width * picture.height * picture.frames > LIMITS.max_pixels:
        raise Broken(f"more pixels than are allowed: {picture}")
    if picture.kind is model.Kind.SVG:
        _clean(data)
    return picture.kind.value


def _clean(data: bytes) -> None:
    cleaned = cleaning.clean(svg.read(data, LIMITS))
    if _DANGER.search(re.sub(rb">[^<]*<", b"><", cleaned)):
        raise Broken("a drawing that is not clean")
    if cleaning.clean(svg.read(cleaned, LIMITS)) != cleaned:
        raise Broken("a drawing that is cleaned twice")
