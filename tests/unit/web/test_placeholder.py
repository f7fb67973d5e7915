"""A blurhash as a tiny picture."""

import base64

import blurhash
import pytest

from wirephoto.web import placeholder


def test_a_blurhash_is_a_small_png_in_the_page() -> None:
    text = blurhash.encode([[[255, 0, 0]] * 8, [[255, 0, 0]] * 8], 1, 1)
    head, _, body = placeholder.address(text).partition(",")
    assert head == "data:image/png;base64"
    png = base64.b64decode(body)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (6, 4)


@pytest.mark.parametrize("text", ["", "abc", "L€HV6nWB2yk8pyo0adR*.7kCMdnj", "\0" * 28])
def test_what_is_no_blurhash_shows_nothing(text: str) -> None:
    assert placeholder.address(text) == ""
