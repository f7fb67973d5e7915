"""The stored pictures as they are delivered: bit for bit, and harmless whatever they are."""

from typing import Any

import httpx
import pytest

from tests.files import builders
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.fixtures import shapes
from tests.origins import pictures

BODY = pictures.jpeg(1, size=5000)
LARGE = pictures.jpeg(2, size=2_000_000)
SIZE = len(BODY)
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
    "cache-control": "public, max-age=300",
    "accept-ranges": "bytes",
}
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="7" height="5" onload="alert(1)">'
    b'<script>alert(2)</script><rect width="7" height="5" fill="red"/>'
    b'<image href="http://spy.example/x.png"/></svg>'
)


@pytest.fixture(scope="module")
def addresses(shared_service: services.Service, gallery: galleries.Gallery) -> dict[str, str]:
    """Where pictures are delivered, by the name of each."""
    hung = {
        "jpeg": BODY,
        "large": LARGE,
        "svg": SVG,
        "gif": builders.gif(7, 5, builders.gif_image(7, 5)),
        "png": pictures.png(6, 4),
    }
    images = [services.image(gallery.hang(f"/{name}", body), name) for name, body in hung.items()]
    rows = shared_service.bring(images, "serving")
    return {row["externalId"]: row["image"]["originalUrl"] for row in rows}


@pytest.fixture
def jpeg(addresses: dict[str, str]) -> str:
    return addresses["jpeg"]


def get(url: str, **headers: str) -> httpx.Response:
    """Without a token."""
    return httpx.get(url, headers={name.replace("_", "-"): text for name, text in headers.items()})


@pytest.mark.parametrize("name", ["jpeg", "large", "gif", "png"])
def test_a_picture_is_delivered_bit_for_bit_without_a_token(
    addresses: dict[str, str], gallery: galleries.Gallery, name: str
) -> None:
    answer = get(addresses[name])
    assert answer.status_code == 200
    assert answer.content == gallery.answer(galleries.Asked(f"/{name}", {}))[1]
    assert answer.headers["content-length"] == str(len(answer.content))


def test_a_picture_comes_with_its_type_and_the_headers_that_make_it_harmless(jpeg: str) -> None:
    answer = get(jpeg)
    assert answer.headers["content-type"] == "image/jpeg"
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["content-disposition"].startswith("inline; filename=")
    assert answer.headers["etag"].startswith('"')
    assert "set-cookie" not in answer.headers


def test_an_svg_is_a_download_of_its_cleaned_form(addresses: dict[str, str]) -> None:
    answer = get(addresses["svg"])
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert b"rect" in answer.content
    for evil in (b"script", b"alert", b"onload", b"spy.example"):
        assert evil not in answer.content


def test_a_range_is_for_get_alone(jpeg: str) -> None:
    head = httpx.head(jpeg, headers={"Range": "bytes=0-9"})
    assert (head.status_code, head.headers["content-length"]) == (200, str(SIZE))


def test_the_key_is_made_of_the_project_and_a_keyed_digest(jpeg: str) -> None:
    key = jpeg.partition("serve-image/")[2]
    project, shard, name = key.split("/")
    digest, _, extension = name.partition(".")
    assert (project, extension) == ("default", "jpg")
    assert shard == digest[:2]
    assert len(bytes.fromhex(digest)) == 32


def test_head_answers_as_get_without_the_bytes(jpeg: str) -> None:
    whole, head = get(jpeg), httpx.head(jpeg)
    assert head.status_code == 200
    assert head.content == b""
    for name in (*HEADERS, "content-length", "content-type", "etag"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=100-199", 100, 200),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
        ("bytes=4000-", 4000, SIZE),
        ("bytes=-1", SIZE - 1, SIZE),
        ("bytes=-100", SIZE - 100, SIZE),
        (f"bytes=-{SIZE + 5}", 0, SIZE),
        (f"bytes=10-{SIZE + 5}", 10, SIZE),
        ("bytes=0-999999999999999999999999", 0, SIZE),
        ("Bytes=5-9", 5, 10),
    ],
)
def test_one_range_is_answered_with_exactly_its_bytes(
    jpeg: str, asked: str, start: int, end: int
) -> None:
    answer = get(jpeg, range=asked)
    if len(asked) > 25:  # more digits than any size has: the whole is as good an answer
        assert answer.content == BODY
        return
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(end - start)
    assert answer.content == BODY[start:end]


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 9}", "bytes=-0"])
def test_a_range_beyond_the_end_is_416_and_names_the_size(jpeg: str, asked: str) -> None:
    answer = get(jpeg, range=asked)
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{SIZE}"
    shapes.check(answer.json(), shapes.error(416, {"range": str}))


@pytest.mark.parametrize(
    "asked", ["bytes=0-1,5-6", "items=0-1", "bytes=", "bytes=-", "bytes=9-5", "bytes=a-b", "0-1"]
)
def test_several_ranges_and_unreadable_ones_are_answered_with_the_whole(
    jpeg: str, asked: str
) -> None:
    answer = get(jpeg, range=asked)
    assert (answer.status_code, answer.content) == (200, BODY)


def test_a_range_of_a_large_picture_is_exact(addresses: dict[str, str]) -> None:
    answer = get(addresses["large"], range="bytes=1048570-1048590")
    assert answer.content == LARGE[1048570:1048591]


def test_an_if_none_match_of_several_lines_is_read_whole(jpeg: str) -> None:
    etag = get(jpeg).headers["etag"]
    lines = [("If-None-Match", '"other"'), ("If-None-Match", etag)]
    assert httpx.get(jpeg, headers=lines).status_code == 304


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_who_has_the_picture_is_told_304_without_bytes(jpeg: str, form: str) -> None:
    etag = get(jpeg).headers["etag"]
    answer = get(jpeg, if_none_match=form.format(etag))
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag
    assert answer.headers["cache-control"] == HEADERS["cache-control"]


def test_who_has_another_picture_gets_this_one(jpeg: str) -> None:
    assert get(jpeg, if_none_match='"other"').content == BODY


def test_if_range_gives_the_part_of_the_same_picture_and_else_the_whole(jpeg: str) -> None:
    etag = get(jpeg).headers["etag"]
    assert get(jpeg, range="bytes=0-9", if_range=etag).status_code == 206
    other = get(jpeg, range="bytes=0-9", if_range='"other"')
    assert (other.status_code, other.content) == (200, BODY)
    weak = get(jpeg, range="bytes=0-9", if_range=f"W/{etag}")
    assert weak.status_code == 200


def _tricks(key: str) -> list[str]:
    project, shard, name = key.split("/")
    return [
        f"{project}/{shard}/{'0' * 64}.jpg",
        f"{project}/{shard}/{name}.png",
        f"{project}/{name}",
        f"/{key}",
        f"{key}/",
        f"{project}/../{key}",
        f"{project}/%2e%2e/{key}",
        "..%2f..%2f..%2fetc%2fpasswd",
        "%2fetc%2fpasswd",
        f"{project}%5c..%5c{name}",
        f"{key}%00.png",
        f"{key.upper()}",
        "",
    ]


@pytest.mark.parametrize("number", range(13))
def test_a_key_that_is_none_is_404_whatever_its_path_tries(jpeg: str, number: int) -> None:
    base, _, key = jpeg.partition("serve-image/")
    # httpx would resolve dots; the target goes out as it stands.
    target = httpx.URL(base + "serve-image/").raw_path + _tricks(key)[number].encode()
    url = httpx.URL(base)
    with httpx.Client() as client:
        request = client.build_request("GET", url)
        request.extensions = {"target": target}
        answer = client.send(request)
    assert answer.status_code == 404
    shapes.check(answer.json(), shapes.error(404))


def test_delivery_needs_no_token_but_a_known_version(jpeg: str) -> None:
    assert get(jpeg.replace("/v1/", "/v2/")).status_code == 404
    assert get(jpeg.replace("/v1/", "/2026-01/")).content == BODY


def test_other_methods_are_405(jpeg: str) -> None:
    answers: list[Any] = [httpx.request(method, jpeg) for method in ("POST", "PUT", "DELETE")]
    assert {answer.status_code for answer in answers} == {405}
