"""Files made to harm: each ends as it should, soon, and with little memory."""

import re
import time
import tracemalloc
from xml.etree import ElementTree as ET

import pytest

from tests.files.hostile import drawings, floods, metadata, polyglots
from tests.files.hostile.case import Case
from tests.unit.inspection import judged
from wirephoto import errors
from wirephoto.pipeline.inspection import verdict

SPY = "http://spy.invalid"
SCRIPT = "alert('ran')"
RASTER = {**floods.cases(), **metadata.cases(), **polyglots.cases(SCRIPT)}
BOMBS = drawings.bombs(SPY)
DIRTY = drawings.dirty(SPY, SCRIPT)
MEGABYTES = 1_000_000
DANGER = re.compile(
    rb"spy\.invalid|alert|script[ >]|\son\w+=|foreignobject|javascript:|file:|@import"
    rb"|data:image/svg|<!DOCTYPE|<\?xml-stylesheet|xinclude|passwd|<(iframe|img|link|meta|video|handler)",
    re.IGNORECASE,
)


def outcome(data: bytes) -> str | None:
    """The code of the failure; None for a picture."""
    try:
        verdict.inspect(data, judged.limits())
    except errors.PictureError as failure:
        return failure.code
    return None


def judge_soon(case: Case, seconds: float, megabytes: float) -> None:
    begun = time.process_time()
    assert outcome(case.data) == case.code
    assert time.process_time() - begun < seconds
    tracemalloc.start()
    try:
        assert outcome(case.data) == case.code
        assert tracemalloc.get_traced_memory()[1] < megabytes * MEGABYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", RASTER)
def test_a_hostile_raster_file_ends_as_it_should_within_200_ms_and_30_mb(name: str) -> None:
    judge_soon(RASTER[name], seconds=0.2, megabytes=30)


@pytest.mark.parametrize("name", BOMBS)
def test_an_svg_bomb_is_refused_within_a_second_and_50_mb(name: str) -> None:
    judge_soon(BOMBS[name], seconds=1.0, megabytes=50)


@pytest.mark.parametrize("name", DIRTY)
def test_a_dirty_drawing_is_taken_without_what_made_it_dirty(name: str) -> None:
    cleaned = judged.cleaned(DIRTY[name])
    found = re.sub(rb'to="javascript:[^"]*"', b"", cleaned)  # of an animation of no attribute
    assert not DANGER.search(found)
    assert not re.search(rb"attributeName=\"(href|on)", cleaned)
    assert judged.cleaned(cleaned) == cleaned
    assert ET.fromstring(cleaned).tag.endswith("svg")


@pytest.mark.parametrize("name", drawings.recursive())
def test_a_drawing_that_holds_itself_is_a_drawing(name: str) -> None:
    data = drawings.recursive()[name]
    once = judged.cleaned(data)
    assert len(once) < 4 * len(data)
    assert judged.cleaned(once) == once


@pytest.mark.parametrize("size", [0, 1])
def test_next_to_nothing_is_no_picture(size: int) -> None:
    for byte in (b"\0", b"<", b"\x89", b"\xff", b"G", b"R", b"I", b"M", b" "):
        assert outcome(byte * size) in {"not_an_image", "truncated"}


@pytest.mark.parametrize(
    "magic",
    [
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"GIF87a",
        b"GIF89a",
        b"RIFF\x04\0\0\0WEBP",
        b"II*\0",
        b"MM\0*",
        b"II+\0",
        b"\0\0\0\x14ftypavif\0\0\0\0avif",
        b"<svg",
        b"<svg xmlns='http://www.w3.org/2000/svg'",
        b"<?xml version='1.0'?>",
    ],
)
def test_a_signature_alone_is_no_picture(magic: bytes) -> None:
    for data in (magic, magic + bytes(20), magic + b"\xff" * 20):
        assert outcome(data) in {"not_an_image", "truncated", "too_many_pixels"}
