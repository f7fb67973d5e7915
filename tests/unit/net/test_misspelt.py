"""What is said of a text that does not begin like a URL: what was most likely meant."""

import pytest

from wirephoto import errors
from wirephoto.net import urls

_RULE = "must begin with http:// or https://"


def said(text: str) -> str:
    with pytest.raises(errors.BadUrl) as refused:
        urls.parse(text)
    assert str(refused.value).startswith(_RULE)
    return str(refused.value).removeprefix(_RULE).removeprefix("; ")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("htp://x.org/a.jpg", "it begins with htp://, did you mean http://?"),
        ("HHTPS://x.org/a.jpg", "it begins with hhtps://, did you mean https://?"),
        ("ftp://x.org/a.jpg", "it begins with ftp://"),
        ("data:image/png;base64,AAAA", "it begins with data:"),
        *[(f"https{slip}x.org/a.jpg", "after https must come ://") for slip in ("//", ":/", ":")],
        *[
            (f"http{slip}x.org/a.jpg", "after http must come ://")
            for slip in (";//", " ://", ".//")
        ],
        ("www.example.com/a.jpg", "try it with https:// before its host"),
        ("müller.example/a.jpg", "try it with https:// before its host"),
        ("http.example.com/a.jpg", "try it with https:// before its host"),
        ("localhost:8000/a.jpg", "try it with https:// before its host"),
        ("//example.com/a.jpg", "try it with https:// before its host"),
        ("<https://x.org/a.jpg>", "it has something before https://"),
        ("/srv/a.jpg", "it looks like a path on a disk"),
        ("C:\\Bilder\\a.jpg", "it looks like a path on a disk"),
        ("\\\\server\\a.jpg", "it looks like a path on a disk"),
        ("file:///srv/a.jpg", "it looks like a path on a disk"),
        ("Bilder 2026/a.jpg", "it looks like a path on a disk"),
        ("a picture", ""),
        ("", ""),
    ],
)
def test_a_slip_is_told_with_what_was_meant(text: str, hint: str) -> None:
    assert said(text) == hint


@pytest.mark.parametrize("text", ["secret:word@example.com/a", "secretword", "wp_secret:x/y"])
def test_what_may_be_secret_is_not_repeated(text: str) -> None:
    assert "secret" not in said(text)
