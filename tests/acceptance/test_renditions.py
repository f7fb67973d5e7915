"""Renditions as browsers ask for them."""

import hashlib
from concurrent import futures
from typing import Any

import httpx
import psutil
import pytest

from tests.files import builders, shown
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.fixtures import shapes
from tests.origins import pictures

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
    "cache-control": "public, max-age=300",
    "accept-ranges": "bytes",
}
CHILD = "wirephoto.pipeline.decoding.child"


@pytest.fixture(scope="module")
def addresses(shared_service: services.Service, gallery: galleries.Gallery) -> dict[str, str]:
    """`image.url` of pictures, by the name of each."""
    hung = {
        "photo": shown.turned(6),
        "gif": builders.gif(7, 5, builders.gif_image(7, 5)),
        "svg": builders.svg("<rect/>"),
        "damaged": builders.jpeg(builders.frame(70, 50), builders.scan()),
        **{f"many {n}": pictures.png(200 + n, 90) for n in range(3)},
    }
    images = [
        services.image(gallery.hang(f"/{name.replace(' ', '')}", body), name)
        for name, body in hung.items()
    ]
    rows = shared_service.bring(images, "renditions")
    return {row["externalId"]: row["image"]["url"] for row in rows}


@pytest.fixture
def photo(addresses: dict[str, str]) -> str:
    return addresses["photo"]


def get(url: str, sent: dict[str, str] | None = None, **parameters: Any) -> httpx.Response:
    return httpx.get(url, params=parameters, headers=sent, timeout=60)


@pytest.mark.parametrize(
    ("fm", "mime_type"),
    [(None, "image/jpeg"), ("jpeg", "image/jpeg"), ("png", "image/png"), ("webp", "image/webp"),
     ("avif", "image/avif")],
)  # fmt: skip
def test_a_picture_comes_as_wide_as_asked_and_as_harmless_as_its_original(
    photo: str, fm: str | None, mime_type: str
) -> None:
    given: dict[str, Any] = {"w": 160, "fm": fm} if fm else {"w": 160}
    answer = get(photo, **given)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == mime_type
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["content-disposition"].startswith("inline; filename=")
    image = shown.decoded(answer.content)
    assert (image.width, image.height) == (160, 107)
    assert shown.differences(answer.content) < 12


def test_a_rendition_is_cached_and_ranged_like_an_original(photo: str) -> None:
    whole = get(photo, w=320)
    etag = whole.headers["etag"]
    assert etag == f'"{hashlib.sha256(whole.content).hexdigest()[:32]}"'
    assert get(photo, {"If-None-Match": etag}, w=320).status_code == 304
    part = get(photo, {"Range": "bytes=10-19"}, w=320)
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert get(photo, {"Range": "bytes=999999-"}, w=320).status_code == 416
    head = httpx.head(photo, params={"w": 320})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    assert get(photo).headers["etag"] != etag


def test_without_parameters_the_stored_bytes_come(photo: str) -> None:
    assert get(photo).content == shown.turned(6)
    assert get(photo, other="1").content == shown.turned(6)


@pytest.mark.parametrize(
    ("given", "named"),
    [({"w": "641"}, "w"), ({"w": "640", "h": "1"}, "h"), ({"w": "640", "fm": "gif"}, "fm"),
     ({"w": "640", "q": "81"}, "q"), ({"w": "640", "fit": "crop"}, "fit"), ({"fm": "webp"}, "w")],
)  # fmt: skip
def test_what_is_none_of_the_set_is_400_and_says_what_is(
    photo: str, given: dict[str, Any], named: str
) -> None:
    answer = get(photo, **given)
    assert answer.status_code == 400
    shapes.check(answer.json(), shapes.error(400))
    assert set(answer.json()["error_details"]) == {named}


def test_a_picture_is_never_made_larger(photo: str) -> None:
    image = shown.decoded(get(photo, w=2560, h=2560).content)
    assert (image.width, image.height) == (600, 400)


def test_svg_comes_as_it_is_stored_and_as_a_download(addresses: dict[str, str]) -> None:
    answer = get(addresses["svg"], w=640, fm="webp")
    assert answer.content == get(addresses["svg"]).content
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-disposition"].startswith("attachment")


def test_a_gif_is_shown_by_its_first_frame(addresses: dict[str, str]) -> None:
    assert get(addresses["gif"], w=80).headers["content-type"] == "image/png"


def test_a_picture_that_cannot_be_decoded_says_so_and_is_not_tried_for_each_who_asks(
    shared_service: services.Service, addresses: dict[str, str]
) -> None:
    for _ in range(3):
        answer = get(addresses["damaged"], w=640, fm="webp", q=50)
        assert answer.status_code == 422
        assert "cannot be shown" in answer.json()["error_details"]["key"]
        assert "max-age" not in answer.headers["cache-control"]
    assert shared_service.log().count("rendition_failed") == 1
    assert get(addresses["damaged"]).status_code == 200


def test_who_asks_at_once_is_served_by_one_making(
    shared_service: services.Service, addresses: dict[str, str]
) -> None:
    urls = [addresses[f"many {n}"] for n in range(3) for _ in range(12)]
    with futures.ThreadPoolExecutor(36) as askers:
        answers = list(askers.map(lambda url: get(url, w=80, fm="avif"), urls))
    assert {answer.status_code for answer in answers} == {200}
    assert len({(str(a.request.url), a.headers["etag"]) for a in answers}) == 3
    made = shared_service.sql(
        "select state, count(*) from renditions where key like '%%avif' group by 1"
    )
    assert made == [("stored", made[0][1])]


def test_few_children_make_them_and_none_is_of_the_worker(
    shared_service: services.Service, photo: str
) -> None:
    assert get(photo, w=960).status_code == 200
    serve = psutil.Process(shared_service.process.pid)
    direct = [one for one in serve.children() if CHILD in one.cmdline()]
    others = [
        one
        for one in serve.children(recursive=True)
        if CHILD in one.cmdline() and one not in direct
    ]
    assert 1 <= len(direct) <= 4
    assert all(one.nice() == 10 for one in direct)
    assert all(one.nice() == 19 for one in others)  # those describe what was imported


def test_a_revoked_picture_is_shown_in_no_size(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/revoked", pictures.png(90, 91))
    (row,) = shared_service.bring([services.image(url, "revoked")], "revoked")
    shown_at = row["image"]["url"]
    assert get(shown_at, w=80).status_code == 200
    patch = {"patches": [{"operation": "revokeAsset"}]}
    address = f"/api/v1/mediaLibrary/{row['image']['mediaId']}"
    assert shared_service.client.patch(address, json=patch).status_code == 200
    assert {get(shown_at, w=width).status_code for width in (80, 160)} == {403}
    assert get(shown_at).status_code == 403


def test_a_rendition_is_no_asset_that_could_be_registered(
    shared_service: services.Service, photo: str
) -> None:
    assert get(photo, w=80).status_code == 200
    ((key,), *_) = shared_service.sql("select key from renditions where state = 'stored'")
    entry = {"mediaType": "image", "asset": {"key": key}, "metadata": {}}
    answer = shared_service.client.post(
        "/api/v1/import/mediaLibrary", json={"mediaLibraryEntries": [entry]}
    )
    (one,) = answer.json()["mediaLibraryEntries"]
    assert (one["ok"], one["status"], one["error"]) == (False, 400, "ValidationError")


def test_where_renditions_are_off_the_stored_bytes_come_whatever_is_asked(
    database_url: str, gallery: galleries.Gallery
) -> None:
    with services.serving(database_url, WIREPHOTO_RENDITIONS="false") as service:
        (row,) = service.bring([services.image(gallery.hang("/off", shown.turned(3)))])
        for width in (160, 641):
            assert get(row["image"]["url"], w=width).content == shown.turned(3)
        serve = psutil.Process(service.process.pid)
        # Its own children alone: those of the worker describe what was imported.
        assert not [one for one in serve.children() if CHILD in one.cmdline()]
