"""What is malformed in a request as a whole is refused at once, by the path of each value."""

import copy
import json
from typing import Any

import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.fixtures import shapes
from tests.origins import pictures

GOOD: dict[str, Any] = {
    "systemName": "archive",
    "images": [services.image("https://images.example.com/1.jpg")],
}
ABSENT = object()
_URL = "must begin with http:// or https://"
_FORBIDDEN = "holds a control character, a backslash or an unpaired surrogate"
_WAYS = "; there are: changed, always, never, untouched"

# Where, what stands there, and what is said of it.
FAULTS = [
    ("systemName", ABSENT, "is required"),
    ("systemName", "", "must not be empty"),
    ("systemName", None, "must be a string, not null"),
    ("systemName", 7, "must be a string, not a number"),
    ("systemName", "a\0b", "must not hold U+0000"),
    ("systemName", "a\ud800b", "must not hold an unpaired surrogate"),
    ("systemName", "é" * 128, "must be at most 255 bytes as UTF-8 (it has 256)"),
    ("images", ABSENT, "is required"),
    ("images", None, "must be an array, not null"),
    ("images", {}, "must be an array, not an object"),
    ("images", [], "must hold at least one image"),
    ("images.0", "text", "must be an object, not a string"),
    ("images.0", [], "must be an object, not an array"),
    ("images.0.url", ABSENT, "is required"),
    ("images.0.url", True, "must be a string, not a boolean"),
    ("images.0.url", "data:image/png;base64,AAAA", f"{_URL}; it begins with data:"),
    ("images.0.url", "ftp://example.com/1.jpg", f"{_URL}; it begins with ftp://"),
    ("images.0.url", "//example.com/1.jpg", f"{_URL}; try it with https:// before its host"),
    ("images.0.url", "www.example.com/1.jpg", f"{_URL}; try it with https:// before its host"),
    ("images.0.url", "https//example.com/1.jpg", f"{_URL}; after https must come ://"),
    ("images.0.url", "C:\\\\1.jpg", f"{_URL}; it looks like a path on a disk"),
    ("images.0.url", "http://user:secret@example.com/", "must not hold credentials"),
    ("images.0.url", "http:///1.jpg", "has no host"),
    ("images.0.url", "http://example.com:80a/", "has a wrong port"),
    ("images.0.url", "http://0x7f.1/", "has a host that ends in a number and is no IPv4 address"),
    ("images.0.url", "http://evil.com\\@127.0.0.1/", _FORBIDDEN),
    ("images.0.url", "http://example.com/\0", "must not hold U+0000"),
    ("images.0.url", "http://example.com/\udc00", "must not hold an unpaired surrogate"),
    ("images.0.url", "http://example.com/" + "a" * 8192, "is longer than 8192 characters"),
    ("images.0.id", ABSENT, "is required"),
    ("images.0.id", "", "must not be empty"),
    ("images.0.id", 1, "must be a string, not a number"),
    ("images.0.id", "é" * 513, "must be at most 1024 bytes as UTF-8 (it has 1026)"),
    ("images.0.fileName", ABSENT, "is required"),
    ("images.0.fileName", [], "must be a string, not an array"),
    ("images.0.fileName", "a" * 2001, "must be at most 2000 characters (it has 2001)"),
    ("images.0.metadata", ABSENT, "is required"),
    ("images.0.metadata", None, "must be an object, not null"),
    ("images.0.metadata", "caption", "must be an object, not a string"),
    ("images.0.metadata", {"a\0": 1}, "has a key that must not hold U+0000"),
    ("images.0.metadata", {"a\ud800": "\0"}, "has a key that must not hold an unpaired surrogate"),
    ("images.0.mediaType", 7, "must be a string, not a number"),
    ("images.0.mediaType", "im\0age", "must not hold U+0000"),
    ("images.0.checksum", 7, "must be a string, not a number"),
    ("images.0.checksum", "a\0b", "must not hold U+0000"),
    ("images.0.checksum", "\ud800", "must not hold an unpaired surrogate"),
    ("images.0.checksum", "é" * 513, "must be at most 1024 bytes as UTF-8 (it has 1026)"),
    ("images.0.sha256", [], "must be a string, not an array"),
    ("images.0.sha256", "", "must be 64 hexadecimal digits (it has 0 characters)"),
    ("images.0.sha256", "a" * 63, "must be 64 hexadecimal digits (it has 63 characters)"),
    ("images.0.sha256", "a" * 64 + "\n", "must be 64 hexadecimal digits (it has 65 characters)"),
    ("images.0.sha256", "g" * 64, "must be 64 hexadecimal digits"),
    ("images.0.sha256", "٣" * 64, "must be 64 hexadecimal digits"),
    ("update", 1, "must be a string, not a number"),
    ("update", "", f"is no way to update{_WAYS}"),
    ("update", "Never", "is no way to update; did you mean never?"),
    ("update", "force", f"is no way to update{_WAYS}"),
    ("webhook", {}, "must be a string, not an object"),
    ("webhook", "mailto:editor@example.com", _URL),
    ("webhook", "http://10.0.0.1/hook", "the address is not allowed"),
    ("webhook", "http://169.254.169.254/latest", "the address is not allowed"),
    ("context", "text", "must be an object, not a string"),
    ("context", {"a": "x" * 8192}, "must be at most 8192 bytes as JSON (it has 8200)"),
]
DEEPER_FAULTS = [
    ("context.a.b", {"a": {"b": "\0"}}, "must not hold U+0000"),
    (
        "images.0.metadata.a.1.b",
        {"a": ["", {"b": "\ud800"}]},
        "must not hold an unpaired surrogate",
    ),
]


def put(path: str, value: object) -> dict[str, Any]:
    """The good request with another value at that path."""
    body = copy.deepcopy(GOOD)
    holder: Any = body
    *way, last = (int(part) if part.isdecimal() else part for part in path.split("."))
    for part in way:
        holder = holder[part]
    if value is ABSENT:
        del holder[last]
    else:
        holder[last] = value
    return body


def refused(service: services.Service, content: bytes) -> dict[str, str]:
    """The faults that a body is refused with."""
    answer = service.client.post("/api/v1/import/images", content=content)
    assert answer.status_code == 400, answer.text
    shapes.check(answer.json(), shapes.error(400))
    return dict(answer.json()["error_details"])


def jobs(service: services.Service) -> int:
    return int(service.sql("select count(*) from jobs")[0][0])


@pytest.fixture(autouse=True)
def nothing_is_stored(request: pytest.FixtureRequest, shared_service: services.Service) -> Any:
    """What is refused leaves no job behind."""
    before = jobs(shared_service)
    yield
    if "accepted" not in request.node.name:
        assert jobs(shared_service) == before


@pytest.mark.parametrize(("path", "value", "problem"), FAULTS)
def test_a_fault_is_named_by_the_path_of_its_value(
    shared_service: services.Service, path: str, value: object, problem: str
) -> None:
    body = json.dumps(put(path, value)).encode()
    assert refused(shared_service, body) == {path: problem}


@pytest.mark.parametrize(("path", "value", "problem"), DEEPER_FAULTS)
def test_a_fault_inside_of_metadata_or_context_is_named_by_its_own_path(
    shared_service: services.Service, path: str, value: object, problem: str
) -> None:
    where = path.partition(".a")[0]
    assert refused(shared_service, json.dumps(put(where, value)).encode()) == {path: problem}


def test_all_faults_of_shape_of_urls_and_of_lengths_are_named_at_once(
    shared_service: services.Service,
) -> None:
    body = {
        "webhook": "http://192.168.0.1/",
        "update": "sometimes",
        "context": {"a": "x" * 9000},
        "images": [
            {"url": "gopher://example.com/", "id": "i" * 2000, "fileName": 5, "metadata": {}},
            {"url": "http://example.com/", "id": "3", "checksum": {}, "sha256": "x"},
            {"url": "http://example.com/", "id": "2", "fileName": "f" * 3000},
            7,
        ],
    }
    assert list(refused(shared_service, json.dumps(body).encode())) == [
        "systemName",
        "webhook",
        "update",
        "context",
        "images.0.url",
        "images.0.id",
        "images.0.fileName",
        "images.1.fileName",
        "images.1.checksum",
        "images.1.sha256",
        "images.1.metadata",
        "images.2.fileName",
        "images.2.metadata",
        "images.3",
    ]


def test_right_shapes_with_wrong_values_are_all_named_too(
    shared_service: services.Service,
) -> None:
    images = [services.image(f"http://host{number}:0/", number) for number in range(3)]
    body = GOOD | {"systemName": "s" * 256, "images": images}
    assert list(refused(shared_service, json.dumps(body).encode())) == [
        "systemName",
        *(f"images.{number}.url" for number in range(3)),
    ]


@pytest.mark.parametrize("url", ["", 5], ids=["empty", "a number"])
def test_no_more_than_100_faults_are_named(shared_service: services.Service, url: object) -> None:
    images = [services.image("", number) | {"url": url} for number in range(150)]
    found = refused(shared_service, json.dumps(GOOD | {"images": images}).encode())
    assert list(found) == [f"images.{number}.url" for number in range(100)]


_AT = b'{"systemName":"a","images":[{"url":"http://e.example/","id":"1","fileName":"f","metadata":%s}]}'


@pytest.mark.parametrize(
    ("body", "details"),
    [
        (b"", {"body": str}),
        (b" \n", {"body": str}),
        (b"not json", {"body": str}),
        (b"[]", {"body": "must be a JSON object, not an array"}),
        (b'"text"', {"body": "must be a JSON object, not a string"}),
        (b"null", {"body": "must be a JSON object, not null"}),
        (_AT % b"{}" + b"more", {"body": str}),
        (_AT[:40], {"body": str}),
        (_AT % b'{"a":"\xff\xfe"}', {"body": "must be UTF-8; byte 96 is not"}),
        (_AT % b'{"a":"\xed\xa0\x80"}', {"body": "must be UTF-8; byte 96 is not"}),
        (_AT % b'{"a":"\x01"}', {"body": str}),
        (_AT % b'{"a":NaN}', {"body": "is not valid JSON: NaN is not JSON"}),
        (_AT % b'{"a":1e400}', {"images.0.metadata.a": "is a number out of range"}),
        (
            _AT % (b'{"a":[1,-1%s]}' % (b"0" * 5000)),
            {"images.0.metadata.a.1": "is a number out of range"},
        ),
        (
            _AT % (b'{"a":%s%s}' % (b"[" * 64, b"]" * 64)),
            {"images.0.metadata": "must be nested at most 64 levels deep"},
        ),
        (_AT % (b'{"a":' * 100_000), {"body": "is nested too deeply"}),
        (b"[" * 1_000_000, {"body": "is nested too deeply"}),
        (_AT.decode().replace("%s", "{}").encode("utf-16"), {"body": str}),
    ],
    ids=[
        *("empty", "white", "no json", "array", "text", "null", "more behind", "cut", "not utf-8"),
        *("coded surrogate", "control", "nan", "1e400", "10**5000", "65 deep", "deep", "deeper"),
        "utf-16",
    ],
)
def test_a_body_that_cannot_be_taken_is_400_and_never_worse(
    shared_service: services.Service, body: bytes, details: dict[str, Any]
) -> None:
    shapes.check(refused(shared_service, body), details)


def _imported(service: services.Service, body: bytes) -> dict[str, Any]:
    answer = service.client.post("/api/v1/import/images", content=body)
    assert answer.status_code == 200, answer.text
    (row,) = service.wait(answer.json()["id"])["images"]
    return dict(row)


@pytest.mark.parametrize(
    "metadata",
    [
        b'{"a":%s}' % (b"9" * 400),
        b'{"a":1e300,"b":5e-324,"c":-0.0,"d":1e22}',
        b'{"a":' * 64 + b"1" + b"}" * 64,
        b'{"a":"\\\\u0000 \\ud83d\\ude00"}',
        '{"é": "\U0001f600 \u2028 \x7f"}'.encode(),
        b'{"":"", "a":null, "a":{"title":[]}}',
    ],
    ids=["400 digits", "floats", "64 deep", "escaped escapes", "unicode", "odd keys"],
)
def test_odd_but_right_metadata_is_accepted_stored_and_known_again(
    shared_service: services.Service, gallery: galleries.Gallery, metadata: bytes
) -> None:
    url = gallery.hang("/odd.jpg", pictures.jpeg(9))
    body = (_AT % metadata).replace(b"http://e.example/", url.encode())
    first, second = (_imported(shared_service, body) for _ in range(2))
    assert first["state"] != "failed"
    assert second["state"] == "skipped"
    entry = shared_service.get(f"/mediaLibrary/{second['image']['mediaId']}").json()
    expected = json.loads(metadata, parse_int=float)
    assert json.loads(json.dumps(entry["metadata"]), parse_int=float) == {"title": "f"} | {
        name: value for name, value in expected.items() if value is not None
    }


def test_a_byte_order_mark_is_accepted(shared_service: services.Service) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(GOOD).encode()
    answer = shared_service.client.post("/api/v1/import/images", content=body)
    assert answer.status_code == 200


@pytest.mark.parametrize("given", ["spaces here/ä ö.jpg?q=ü", "%C3%A4.jpg", "a|b^c`d{e}.jpg#top"])
def test_urls_with_spaces_and_unicode_are_accepted_and_encoded(
    shared_service: services.Service, gallery: galleries.Gallery, given: str
) -> None:
    base = gallery.hang("/", b"")
    (row,) = shared_service.bring([services.image(f" {base}{given} ", given)], "urls")
    assert row["code"] == "http_status"
    path = gallery.asked[-1].path
    assert path.isascii()
    assert " " not in path


def test_unknown_fields_are_accepted_and_ignored(shared_service: services.Service) -> None:
    answer = shared_service.post(put("images.0.credit", "someone") | {"priority": 5})
    assert answer.status_code == 200


def test_the_same_id_twice_fails_each_row_but_the_first_accepted_one(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/twice.jpg", pictures.jpeg(10))
    images = [services.image(url, number) for number in (1, 2, 1, 1)]
    rows = shared_service.bring(images, "twice")
    assert [row["state"] for row in rows] == ["success", "success", "failed", "failed"]
    assert {row["code"] for row in rows[2:]} == {"duplicate_id"}
    shapes.check(rows[2], shapes.FAILED | {"retryable": False, "attempts": 0})
    assert len(gallery.requests("/twice.jpg")) == 2


@pytest.mark.parametrize(
    "text", ["a\tb\nc\rd", "\\.", "\\N", "\\", "'; drop table jobs; --", "\u202eexe.gpj", "{}", " "]
)
def test_odd_texts_are_accepted_and_come_back_as_they_were(
    shared_service: services.Service, gallery: galleries.Gallery, text: str
) -> None:
    url = gallery.hang("/odd-texts.jpg", pictures.jpeg(11))
    images = [
        {"url": url, "id": text, "fileName": text, "metadata": {"caption": text, text: text}},
        services.image(url, "its neighbour"),
    ]
    row, neighbour = shared_service.bring(images, f"odd {text}")
    assert (row["externalId"], row["title"], row["systemName"]) == (text, text, f"odd {text}")
    assert neighbour["state"] == "success"
    (entry,) = shared_service.get("/mediaLibrary", systemName=f"odd {text}", externalId=text).json()
    assert entry["metadata"] == {"title": text, "caption": text, text: text}
    assert entry["asset"]["filename"] == text


def test_none_of_all_this_accepted_or_refused_was_a_fault_of_ours(
    shared_service: services.Service,
) -> None:
    assert "Traceback" not in shared_service.log()
    assert '"level": "error"' not in shared_service.log()
