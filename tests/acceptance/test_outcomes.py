"""What becomes of each image: one row for each, with a stable code and a reason for people."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.files import builders
from tests.fixtures import gallery as galleries
from tests.fixtures import postgres, shapes
from tests.fixtures import service as services
from tests.origins import hostile, pictures
from wirephoto.db import embedded

MAX_BYTES = 100_000
SECRETS = "token=s3cret&signature=abc"

# By path: code, retryable, attempts, httpStatus, and a word of the reason.
ROWS: dict[str, tuple[str, bool, int, int | None, str]] = {
    "/status/404": ("http_status", False, 1, 404, "404 Not Found"),
    "/status/403": ("http_status", False, 1, 403, "403 Forbidden"),
    "/status/410": ("http_status", False, 1, 410, "410 Gone"),
    "/status/500": ("http_status", True, 1, 500, "500 Internal Server Error"),
    "/status/429": ("http_status", True, 1, 429, "429 Too Many Requests"),
    "/status/999": ("http_status", False, 1, 999, "999"),
    "/partial": ("http_status", False, 1, 206, "206 Partial Content"),
    "/not-modified": ("http_status", False, 1, 304, "304 Not Modified"),
    "/redirect-nowhere": ("http_status", False, 1, 302, "302 Found"),
    "/silence": ("timeout", True, 1, None, ""),
    "/drip-head/0.3": ("timeout", True, 1, None, ""),
    "/reset-at-once": ("unreachable", True, 1, None, ""),
    "/not-http": ("unreachable", True, 1, None, ""),
    "/chain/6": ("too_many_redirects", False, 1, None, "5 redirects"),
    "/loop/a": ("too_many_redirects", False, 1, None, "circle"),
    "/redirect/302?to=http://10.0.0.1/": ("blocked_address", False, 1, None, "redirect 1"),
    "/redirect/307?to=//169.254.169.254/": ("blocked_address", False, 1, None, "redirect 1"),
    "/redirect/301?to=file:///etc/passwd": ("blocked_address", False, 1, None, "redirect 1"),
    "/endless": ("too_large", False, 1, None, str(MAX_BYTES)),
    "/length-10tb": ("too_large", False, 1, None, str(MAX_BYTES)),
    "/bomb/gzip": ("too_large", False, 1, None, str(MAX_BYTES)),
    "/png/101/100": ("too_many_pixels", False, 1, None, "101 x 100"),
    "/labelled/zstd": ("unsupported_encoding", False, 1, None, "zstd"),
    "/html": ("not_an_image", False, 1, None, "HTML"),
    "/empty": ("not_an_image", False, 1, None, ""),
    "/cut/100": ("truncated", True, 1, None, ""),
    "/chunked-cut": ("truncated", True, 1, None, ""),
    "/encoded-cut/gzip": ("truncated", True, 1, None, ""),
    "/encoded-cut/deflate": ("truncated", True, 1, None, ""),
    "/encoded-cut/br": ("truncated", True, 1, None, ""),
    "/length-too-long": ("truncated", True, 1, None, ""),
    "/silence-in-body": ("timeout", True, 1, None, ""),
    "/many-headers": ("unreachable", True, 1, None, ""),
    "/huge-head": ("unreachable", True, 1, None, ""),
    "/endless-chunked": ("too_large", False, 1, None, str(MAX_BYTES)),
    "/labelled/gzip": ("unsupported_encoding", False, 1, None, "gzip"),
    "/labelled/gzip,%20gzip": ("unsupported_encoding", False, 1, None, "more than one"),
}
HUNG: dict[str, tuple[bytes, str, str]] = {
    "/webp": (builders.webp(builders.vp8(7, 5)), "unsupported_type", "WEBP"),
    "/text": (b"just some text", "not_an_image", ""),
    "/ends-early.jpg": (pictures.jpeg(1)[:-2], "truncated", ""),
    "/entity.svg": (
        (
            b'<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
            b'<svg xmlns="http://www.w3.org/2000/svg"><text>&e;</text></svg>'
        ),
        "unsafe_svg",
        "",
    ),
}
GOOD = [
    *(
        "/jpeg/1",
        "/png/10/10",
        "/chunked/100",
        "/chunked/1",
        "/no-length",
        "/chain/5",
        "/continues",
    ),
    *("/encoded/gzip", "/encoded/deflate", "/encoded/deflate-raw", "/encoded/br"),
    *("/typed?as=text/html", "/typed?as=IMAGE/PNG", "/typed?as=image/svg%2Bxml;x"),
    "/typed?as=image/png,%20text/html",
]


@pytest.fixture(scope="module")
def impatient(cluster: embedded.Database) -> Iterator[services.Service]:
    """On a database of its own: another service's worker would take its chunks."""
    with services.serving(
        postgres.new_database(cluster),
        WIREPHOTO_FETCH_TRIES="1",
        WIREPHOTO_FETCH_TIMEOUT="2",
        WIREPHOTO_PARK_MINUTES="0",
        WIREPHOTO_MAX_BYTES=str(MAX_BYTES),
        WIREPHOTO_MAX_PIXELS="10000",
    ) as running:
        yield running


@pytest.fixture(scope="module")
def origin() -> Iterator[hostile.Origin]:
    with hostile.running() as running:
        yield running


@pytest.fixture(scope="module")
def job(impatient: services.Service, origin: hostile.Origin, gallery: galleries.Gallery) -> str:
    """One job with every kind of end in it."""
    paths = [*ROWS, *GOOD]
    mark = {path: "&" if "?" in path else "?" for path in paths}
    images = [services.image(origin.url(f"{path}{mark[path]}{SECRETS}"), path) for path in paths]
    images += [services.image(gallery.hang(path, body), path) for path, (body, *_) in HUNG.items()]
    images += [
        services.image("http://127.0.0.1:1/", "closed port"),
        services.image("http://nothing.invalid/", "unknown name"),
        services.image("http://10.0.0.1/", "inner address"),
        services.image("http://[::ffff:127.0.0.1]/", "mapped address"),
        services.image(origin.url("/jpeg/2"), "wrong title", metadata={"title": 5}),
        services.image(origin.url("/jpeg/3"), "unknown type", mediaType="sculpture"),
        services.image(origin.url("/jpeg/4"), "/jpeg/1"),
    ]
    return impatient.accept(images, "outcomes")


@pytest.fixture(scope="module")
def rows(impatient: services.Service, job: str) -> dict[str, dict[str, Any]]:
    """By external id; the last row, whose id stands twice, as ``twice``."""
    *found, twice = impatient.wait(job)["images"]
    return {row["externalId"]: row for row in found} | {"twice": twice}


@pytest.mark.parametrize("path", ROWS)
def test_what_an_origin_does_wrong_has_a_code_a_reason_and_its_fields(
    rows: dict[str, dict[str, Any]], path: str
) -> None:
    code, retryable, attempts, http_status, word = ROWS[path]
    row = rows[path]
    shapes.check(row, shapes.FAILED)
    assert (row["code"], row["retryable"], row["attempts"], row.get("httpStatus")) == (
        code,
        retryable,
        attempts,
        http_status,
    )
    assert word in row["reason"]
    assert row["title"] == f"picture {path}"


@pytest.mark.parametrize("path", HUNG)
def test_bytes_that_are_not_taken_have_a_code(rows: dict[str, dict[str, Any]], path: str) -> None:
    _, code, word = HUNG[path]
    shapes.check(rows[path], shapes.FAILED | {"code": code, "retryable": False, "attempts": 1})
    assert word in rows[path]["reason"]


@pytest.mark.parametrize(
    ("number", "code", "retryable", "attempts"),
    [
        ("closed port", "unreachable", True, 1),
        ("unknown name", "unreachable", False, 1),
        ("inner address", "blocked_address", False, 1),
        ("mapped address", "blocked_address", False, 1),
        ("wrong title", "invalid_metadata", False, 0),
        ("unknown type", "unknown_media_type", False, 0),
        ("twice", "duplicate_id", False, 0),
    ],
)
def test_what_no_origin_answered_has_a_code_too(
    rows: dict[str, dict[str, Any]], number: str, code: str, retryable: bool, attempts: int
) -> None:
    expected = {"code": code, "retryable": retryable, "attempts": attempts}
    shapes.check(rows[number], shapes.FAILED | expected)
    assert "httpStatus" not in rows[number]


@pytest.mark.parametrize("path", GOOD)
def test_odd_but_right_answers_are_taken(rows: dict[str, dict[str, Any]], path: str) -> None:
    shapes.check(rows[path], shapes.SUCCESS | {"attempts": 1})


def test_a_reason_holds_neither_query_nor_credentials_nor_an_inner_address(
    rows: dict[str, dict[str, Any]], impatient: services.Service
) -> None:
    reasons = [row["reason"] for row in rows.values() if "reason" in row]
    for secret in ("s3cret", "signature", "?", "10.0.0.1", "169.254", "passwd"):
        assert secret not in "\n".join(reasons)
    assert "s3cret" not in impatient.log()


def test_what_the_caller_got_wrong_is_not_even_asked_for(
    rows: dict[str, dict[str, Any]], origin: hostile.Origin
) -> None:
    assert rows
    assert not {"/jpeg/2", "/jpeg/3", "/jpeg/4"} & set(origin.requests)


def test_rows_come_in_the_order_posted_and_the_counters_agree(
    impatient: services.Service, job: str, rows: dict[str, dict[str, Any]]
) -> None:
    status = impatient.wait(job)
    assert [row["externalId"] for row in status["images"]][: len(ROWS) + len(GOOD)] == [
        *ROWS,
        *GOOD,
    ]
    assert status["overview"] == {
        "total": len(rows),
        "details": {"success": len(GOOD), "skipped": 0, "failed": len(rows) - len(GOOD)},
    }


def test_state_limit_and_offset_narrow_the_rows(
    impatient: services.Service, job: str, rows: dict[str, dict[str, Any]]
) -> None:
    everything = impatient.status(job)["images"]
    failed = [row for row in everything if row["state"] == "failed"]
    assert impatient.status(job, state="failed")["images"] == failed
    assert impatient.status(job, state="failed", limit=3, offset=2)["images"] == failed[2:5]
    assert impatient.status(job, limit=4)["images"] == everything[:4]
    assert impatient.status(job, offset=len(rows) - 1)["images"] == everything[-1:]
    assert impatient.status(job, offset=len(rows))["images"] == []
    assert impatient.status(job, state="skipped")["images"] == []


@pytest.mark.parametrize(
    "narrowed", [{"limit": 0}, {"limit": "x"}, {"offset": -1}, {"state": "lost"}]
)
def test_a_narrowing_that_makes_no_sense_is_400_by_its_name(
    impatient: services.Service, job: str, narrowed: dict[str, Any]
) -> None:
    answer = impatient.get("/import/images/status", id=job, **narrowed)
    assert answer.status_code == 400
    shapes.check(answer.json(), shapes.error(400, dict.fromkeys(narrowed, str)))


def test_an_origin_that_recovers_is_tried_again(
    shared_service: services.Service, origin: hostile.Origin
) -> None:
    url = origin.url("/flaky/1/recovers")
    (row,) = shared_service.bring([services.image(url)], "flaky")
    shapes.check(row, shapes.SUCCESS | {"attempts": 2})
    assert origin.requests["/flaky/1/recovers"] == 2


def test_none_of_these_ends_was_a_fault_of_ours(
    impatient: services.Service, rows: dict[str, dict[str, Any]]
) -> None:
    assert {row.get("code") for row in rows.values()}.isdisjoint({"internal", "storage"})
    assert "Traceback" not in impatient.log()
