"""Bodies that come coded although we asked for them as they are."""

import hashlib

import pytest

from tests.integration.fetch.conftest import Fetch
from tests.origins import behaviours
from wirephoto import errors

CODINGS = ["gzip", "deflate", "deflate-raw", "br"]


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("spool_bytes", [10, 100_000])
async def test_a_coded_body_is_held_decoded(fetch: Fetch, coding: str, spool_bytes: int) -> None:
    body = (await fetch(f"/encoded/{coding}", spool_bytes=spool_bytes)).body
    data = body.data if body.path is None else body.path.read_bytes()

    assert data == behaviours.JPEG
    assert body.size == len(behaviours.JPEG)
    assert body.sha256 == hashlib.sha256(behaviours.JPEG).digest()


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_coded_body_without_its_end_is_truncated(fetch: Fetch, coding: str) -> None:
    failure = await fetch.failure(f"/encoded-cut/{coding}")

    assert isinstance(failure, errors.Truncated)
    assert failure.transient


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("spool_bytes", [100_000, 10_000_000])
async def test_a_bomb_stops_at_the_limit(fetch: Fetch, coding: str, spool_bytes: int) -> None:
    failure = await fetch.failure(f"/bomb/{coding}", spool_bytes=spool_bytes)

    assert isinstance(failure, errors.TooLarge)


@pytest.mark.parametrize(
    "label", ["gzip", "br", "zstd", "compress", "odd", "gzip,%20gzip", "br,%20gzip"]
)
async def test_a_label_that_is_wrong_or_not_ours_is_refused_for_good(
    fetch: Fetch, label: str
) -> None:
    failure = await fetch.failure(f"/labelled/{label}")

    assert isinstance(failure, errors.UnsupportedEncoding)
    assert not failure.transient


async def test_identity_is_no_coding(fetch: Fetch) -> None:
    assert (await fetch("/labelled/identity")).body.data == behaviours.JPEG
