"""Redirects: followed hop by hop, each one judged like a URL of its own."""

from urllib.parse import quote

import pytest

from tests.integration.fetch.conftest import Fetch
from tests.origins import behaviours, hostile
from wirephoto import errors, model

HELD = model.Validators(etag=behaviours.ETAG, last_modified=behaviours.LAST_MODIFIED)


def to(location: str, status: int = 302) -> str:
    return f"/redirect/{status}?to={quote(location, safe='')}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_every_kind_of_redirect_is_followed(fetch: Fetch, status: int) -> None:
    assert (await fetch(to("/chunked", status))).body.data == behaviours.JPEG


@pytest.mark.parametrize("location", ["/chunked", "../chunked", "//{host}/chunked", "?to=/chunked"])
async def test_relative_places_are_understood(fetch: Fetch, location: str) -> None:
    host = f"127.0.0.1:{fetch.origin.port}"

    assert (await fetch(to(location.format(host=host)))).body.data == behaviours.JPEG


async def test_five_redirects_are_followed_and_six_are_not(fetch: Fetch) -> None:
    assert (await fetch("/chain/5")).body.data == behaviours.JPEG

    failure = await fetch.failure("/chain/6")
    assert isinstance(failure, errors.TooManyRedirects)
    assert not failure.transient
    assert fetch.origin.requests["/chain/0"] == 1


async def test_a_circle_is_left_where_it_closes(fetch: Fetch) -> None:
    failure = await fetch.failure("/loop/a")

    assert isinstance(failure, errors.TooManyRedirects)
    assert fetch.origin.requests == {"/loop/a": 1, "/loop/b": 1}


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/",
        "//10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:10.0.0.1]/",
        "http://0x7f.1/",
        "http://user:pw@127.0.0.1/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "data:image/png;base64,AAAA",
        "http://",
        "http://[::1",
        "http://b\\ad/",
        "http://b\x01ad/",
    ],
)
@pytest.mark.parametrize("status", [301, 308])
async def test_a_redirect_to_where_nobody_may_go_is_blocked_at_that_hop(
    fetch: Fetch, location: str, status: int
) -> None:
    failure = await fetch.failure(to(location, status))

    assert isinstance(failure, errors.BlockedAddress)
    assert not failure.transient
    assert failure.reason.startswith("redirect 1: ")
    assert sum(fetch.origin.requests.values()) == 1


async def test_the_hop_that_was_refused_is_named(fetch: Fetch) -> None:
    failure = await fetch.failure(to(to("http://10.0.0.1/")))

    assert failure.reason.startswith("redirect 2: ")


async def test_an_address_that_is_not_allowed_is_refused_without_a_hop(fetch: Fetch) -> None:
    failure = await fetch.failure("http://10.0.0.1/a.jpg")

    assert isinstance(failure, errors.BlockedAddress)
    assert "redirect" not in failure.reason


async def test_bytes_that_are_no_text_in_a_location_do_no_harm(fetch: Fetch) -> None:
    failure = await fetch.failure(to("/stätus/ä"))

    assert isinstance(failure, errors.HttpStatus)
    assert failure.http_status == 404


async def test_the_body_of_a_redirect_is_not_waited_for(fetch: Fetch) -> None:
    assert (await fetch("/redirect-endless")).body.size > 0


@pytest.mark.parametrize("path", ["/redirect-nowhere", "/status/300"])
async def test_a_redirect_without_a_place_is_a_failure(fetch: Fetch, path: str) -> None:
    assert isinstance(await fetch.failure(path), errors.HttpStatus)


@pytest.mark.parametrize(
    ("held", "sent"),
    [
        (HELD, {"if-none-match": HELD.etag}),
        (model.Validators(etag="W/" + behaviours.ETAG), {"if-none-match": "W/" + behaviours.ETAG}),
        (
            model.Validators(last_modified=behaviours.LAST_MODIFIED),
            {"if-modified-since": behaviours.LAST_MODIFIED},
        ),
    ],
    ids=["an ETag alone", "a weak one", "a date where there is no other"],
)
async def test_one_condition_goes_to_the_url_it_belongs_to(
    fetch: Fetch, held: model.Validators, sent: dict[str, str]
) -> None:
    await fetch.outcome("/jpeg", held)
    (request,) = fetch.origin.log
    names = ("if-none-match", "if-modified-since")
    assert {name: request.headers[name] for name in names if name in request.headers} == sent


@pytest.mark.parametrize("place", ["/etag", "/dated"])
async def test_behind_a_redirect_there_is_no_condition_and_nothing_to_ask_with(
    fetch: Fetch, place: str
) -> None:
    outcome = await fetch.outcome(to(place), HELD)
    assert isinstance(outcome, model.Download)
    assert outcome.validators == model.Validators()


async def test_no_condition_goes_to_another_origin(fetch: Fetch) -> None:
    async with hostile.Origin() as other:
        outcome = await fetch.outcome(to(other.url("/etag")), HELD)
        (request,) = other.log

    assert isinstance(outcome, model.Download)
    assert "if-none-match" not in request.headers


async def test_304_from_another_origin_that_was_not_asked_is_a_failure(fetch: Fetch) -> None:
    async with hostile.Origin() as other:
        failure = await fetch.failure(to(other.url("/not-modified")), conditional=HELD)

    assert isinstance(failure, errors.HttpStatus)
    assert failure.http_status == 304
