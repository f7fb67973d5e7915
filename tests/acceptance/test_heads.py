"""Heads of requests, odd and evil: bounded, answered in the one shape, believed in nothing."""

from typing import Any

import httpx
import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import receiver as receivers
from tests.fixtures import service as services
from tests.fixtures import shapes, sockets
from tests.origins import pictures

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-type": "application/json",
}
GET = b"GET /api/v1/health HTTP/1.1\r\n"
POST = b"POST /api/v1/import/images HTTP/1.1\r\nHost: x\r\n"
FILES = "/api/v1/mediaLibrary/serve-image/"


@pytest.fixture(scope="module")
def row(shared_service: services.Service, gallery: galleries.Gallery) -> dict[str, Any]:
    (found,) = shared_service.bring([services.image(gallery.hang("/1.jpg", pictures.jpeg(1)))])
    return found


def refused(answer: sockets.Answer | httpx.Response, *statuses: int) -> None:
    """In the one shape, with all that every answer says, and no word of what we run on."""
    status = answer.status if isinstance(answer, sockets.Answer) else answer.status_code
    assert status in statuses
    body = answer.json()
    assert body["status"] == status
    shapes.check(body, {"status": int, "error": str, "error_details": dict})
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    for banner in ("server", "x-powered-by", "set-cookie", "access-control-allow-origin"):
        assert banner not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/nothing", 404),
        ("GET", "/api/v2/health", 404),
        ("DELETE", "/api/v1/health", 405),
        ("OPTIONS", "/api/v1/import/images", 405),
        ("GET", "/api/v1/mediaLibrary?limit=x", 400),
        ("GET", "/api/v1/import/images/status?id=x&limit=x", 400),
        ("GET", "/api/v1/import/images/status?id=x", 404),
        ("POST", "/api/v1/import/images", 400),
        ("GET", f"{FILES}x", 404),
    ],
)
def test_every_error_says_what_browsers_may_not_do(
    shared_service: services.Service, method: str, path: str, status: int
) -> None:
    evil = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    refused(shared_service.client.request(method, path, headers=evil), status)


def test_an_answer_to_who_may_have_it_is_kept_by_nobody(
    shared_service: services.Service, row: dict[str, Any]
) -> None:
    answer = shared_service.get(f"/mediaLibrary/{row['image']['mediaId']}")
    assert answer.status_code == 200
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        GET + b"Host: a\r\nHost: b\r\n\r\n",
        GET + b"Host: x\r\nBroken\r\n\r\n",
        GET + b"Host: x\r\nA: b\x00c\r\n\r\n",
        GET + b"Host: x\r\nA : b\r\n\r\n",
        GET + b"Host: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        GET + b"Host: x\r\nContent-Length: -1\r\n\r\n",
        GET + b"Host: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        GET + b"Host: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_the_one_shape(
    shared_service: services.Service, raw: bytes
) -> None:
    answer = sockets.exchange(shared_service.url, raw)
    if answer.status != 200:  # a chunk that is none, behind an answer that needs no body
        refused(answer, 400)
        assert answer.headers["connection"] == "close"
    assert shared_service.client.get("/api/v1/health").status_code == 200


def test_a_body_that_breaks_in_its_middle_ends_the_request(
    shared_service: services.Service,
) -> None:
    token = f"Authorization: Bearer {shared_service.token}\r\n".encode()
    raw = POST + token + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nnonsense\r\n\r\n"
    refused(sockets.exchange(shared_service.url, raw), 400)
    assert "Traceback" not in shared_service.log()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (GET + b"Host: x\r\nA: " + b"a" * 70_000, 431),
        (GET + b"Host: x\r\n" + b"A: b\r\n" * 100 + b"Connection: close\r\n\r\n", 431),
        (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 414),
        (b"GET /?" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 414),
        (b"GET /?" + b"a&" * 100 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400),
    ],
    ids=["bytes", "fields", "path", "query", "parameters"],
)
def test_a_head_is_bounded(shared_service: services.Service, head: bytes, status: int) -> None:
    refused(sockets.exchange(shared_service.url, head), status)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example/path", "a b", "<script>", "user@evil.example", "a:b", "a:1:2", "a:999999"),
        *('"', "[::1", "a,b", "é", "a..b", ""),
    ],
)
def test_a_host_that_is_none_is_refused(shared_service: services.Service, host: str) -> None:
    raw = GET + b"Connection: close\r\nHost: " + host.encode() + b"\r\n\r\n"
    refused(sockets.exchange(shared_service.url, raw), 400)


FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-For": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "host=evil.example",
    "X-Original-URL": "/api/v1/evil",
    "X-Rewrite-URL": "/api/v1/evil",
    "X-HTTP-Method-Override": "DELETE",
}


def test_no_header_but_host_and_scheme_changes_an_answer(
    shared_service: services.Service, row: dict[str, Any]
) -> None:
    path = f"/api/v1/mediaLibrary/{row['image']['mediaId']}"
    plain = shared_service.client.get(path)
    assert shared_service.client.get(path, headers=FORWARDED).json() == plain.json()
    assert plain.json()["asset"]["url"].startswith(shared_service.url)


def test_a_foreign_host_reaches_nobody_but_who_sent_it(
    shared_service: services.Service, gallery: galleries.Gallery, receiver: receivers.Receiver
) -> None:
    url = gallery.hang("/2.jpg", pictures.jpeg(2))
    body = {"systemName": "host", "images": [services.image(url)], "webhook": f"{receiver.url}/h"}
    answer = shared_service.post(body, headers={"Host": "evil.example", **FORWARDED})
    (row,) = shared_service.wait(answer.json()["id"])["images"]
    (call,) = receiver.wait("/h")
    assert row["image"]["url"].startswith(shared_service.url)
    assert "evil" not in f"{row} {call}"
    assert "evil" not in str(shared_service.sql("select j::text from jobs j"))
    assert "evil" not in str(shared_service.sql("select e::text from entries e"))
    assert "evil" not in str(shared_service.sql("select d::text from deliveries d"))


@pytest.mark.parametrize(
    "key",
    [
        *("", "..", "../..", "../../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "..%2f..%2fetc"),
        *("%2fetc%2fpasswd", "//etc/passwd", "/etc/passwd", "%00", "default/%00.jpg", "a%0d%0ab"),
        *("default//x", "default/..", "%252e%252e%252f", "..%5c..%5c", "a" * 3000, "%ff%fe", "%"),
        *(
            "file:///etc/passwd",
            "default/ab/..%2f..%2fx.jpg",
            "C:%5c",
            "~root",
            "*",
            ".",
            "%E2%80%AE",
        ),
    ],
)
def test_no_path_leads_anywhere_but_to_a_key(shared_service: services.Service, key: str) -> None:
    raw = f"GET {FILES}{key} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    answer = sockets.exchange(shared_service.url, raw)
    refused(answer, 404)
    assert b"root:" not in answer.body


@pytest.mark.parametrize(
    "trick", ["//{}", "/{}/", "/{}%20", "/{}%00", "/x/../{}", "/{}/..", "/{};x"]
)
def test_a_key_has_one_spelling(
    shared_service: services.Service, row: dict[str, Any], trick: str
) -> None:
    key = row["image"]["url"].partition("serve-image/")[2]
    path = FILES.rstrip("/") + trick.format(key)
    raw = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    refused(sockets.exchange(shared_service.url, raw), 404)


def test_nothing_but_the_key_decides_what_is_delivered(row: dict[str, Any]) -> None:
    """So a cache in front cannot be made to keep another answer under the address."""
    url = row["image"]["url"]
    plain = httpx.get(url)
    for headers in (
        FORWARDED,
        {"Host": "evil.example"},
        {"Accept": "text/html"},
        {"Cookie": "a=b"},
    ):
        other = httpx.get(url + "?callback=x", headers=headers)
        assert other.content == plain.content
        ignored = {"date", "x-request-id"}
        assert {k: v for k, v in other.headers.items() if k not in ignored} == {
            k: v for k, v in plain.headers.items() if k not in ignored
        }


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=" + ",".join(["0-"] * 5000),
        "bytes=0-" + "9" * 5000,
        "bytes=-" + "9" * 5000,
        "bytes=" + "9" * 5000 + "-",
        "bytes=" + "-" * 5000,
        "bytes=0-0,-1,1-",
    ],
)
def test_a_bomb_of_ranges_is_answered_with_the_whole(row: dict[str, Any], asked: str) -> None:
    url = row["image"]["url"]
    answer = httpx.get(url, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, httpx.get(url).content)


@pytest.mark.parametrize(
    ("path", "details"),
    [
        ("/import/images/status", {"id": "is required"}),
        ("/import/images/status?id=x&limit=x", {"limit": "must be a whole number"}),
        ("/import/images?limit=0", {"limit": "must be 1 or more"}),
        ("/import/images?limit=1001", {"limit": "must be 1000 or less"}),
        (
            "/import/images?state=done",
            {"state": "must be one of: queued, started, success, failed, cancelled"},
        ),
    ],
)
def test_a_wrong_parameter_is_named_in_the_words_of_the_other_faults(
    shared_service: services.Service, path: str, details: dict[str, str]
) -> None:
    answer = shared_service.client.get(f"/api/v1{path}")
    assert (answer.status_code, answer.json()["error_details"]) == (400, details)


def test_health_is_answered_to_head(shared_service: services.Service) -> None:
    answer = shared_service.client.head("/api/v1/health", headers={"Authorization": ""})
    assert (answer.status_code, answer.content) == (200, b"")


def test_what_no_body_may_hold_is_named_by_its_path(
    shared_service: services.Service, row: dict[str, Any]
) -> None:
    patch = rb'{"patches": [{"operation": "revokeAsset", "note": "\ud800"}], "version": 1e999}'
    path = f"/api/v1/mediaLibrary/{row['image']['mediaId']}"
    answer = shared_service.client.patch(path, content=patch)
    assert answer.json()["error_details"] == {
        "patches.0.note": "must not hold an unpaired surrogate",
        "version": "is a number out of range",
    }
