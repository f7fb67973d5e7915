"""Storage that is away is tried before anything is fetched, and work goes on when it is back."""

import pytest

from tests.fixtures import ledger
from tests.integration.path.conftest import Desk
from wirephoto.pipeline.steps import circuit


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit, "_PAUSE_SECONDS", 0.0)


def take_away(desk: Desk) -> None:
    """A file where the folder was, which a worker makes as it begins."""
    desk.storage.rename(desk.storage.with_name("elsewhere"))
    desk.storage.write_text("no folder")


async def test_nothing_is_fetched_for_storage_that_is_away(desk: Desk) -> None:
    (chunk,) = desk.job(desk.pictures(3))
    take_away(desk)
    for _ in range(3):
        await desk.work_off(chunk)
        ((chunk, waiting),) = [
            (row["id"], row["waiting_since"]) for row in desk.chunks(desk.jobs[-1])
        ]
        assert waiting is not None
    assert desk.origin.requests.total() == 0
    assert desk.results(desk.jobs[-1]) == []
    desk.storage.unlink()
    desk.storage.with_name("elsewhere").rename(desk.storage)
    await desk.work_off(chunk)
    assert {row["state"] for row in desk.results(desk.jobs[-1])} == {"success"}
    assert desk.origin.requests.total() == 3


async def test_storage_that_fails_after_the_fetch_is_tried_before_the_next(desk: Desk) -> None:
    first, second = desk.job(desk.pictures(4), size=2)
    work = await desk.take(first)
    assert work
    assert await desk.services.circuit.away() is None
    take_away(desk)
    kept = await desk.brought(work)
    assert len(kept.refused) == 2
    desk.services.circuit.doubt(max(kept.refused))
    asked = desk.origin.requests.total()
    await desk.work_off(second)
    assert desk.origin.requests.total() == asked
    assert desk.results(desk.jobs[-1]) == []


async def test_images_that_waited_long_enough_use_up_their_tries_and_fail_as_storage(
    desk: Desk,
) -> None:
    (chunk,) = desk.job(desk.pictures(1))
    take_away(desk)
    ledger.rows(desk.url, "update chunks set waiting_since = now() - interval '1 hour', tries = 3")
    await desk.work_off(chunk)
    (row,) = desk.results(desk.jobs[-1])
    assert (row["state"], row["code"], row["retryable"]) == ("failed", "storage", True)
    assert desk.origin.requests.total() == 0


async def test_a_picture_that_did_not_fit_must_fit_before_the_next_is_fetched(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    store = desk.services.store

    async def try_out(size: int) -> None:
        tried.append(size)
        await type(store).try_out(store, size)

    monkeypatch.setattr(store, "try_out", try_out)
    asked = desk.services.circuit
    assert await asked.away() is None
    assert await asked.away() is None
    asked.doubt(5_000)
    asked.doubt(4_000)
    assert await asked.away() is None
    asked.doubt(500_000_000)
    assert await asked.away() is None
    assert tried == [0, 5_000, 16_777_216]
