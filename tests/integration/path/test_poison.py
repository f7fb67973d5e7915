"""A picture that ends its workers fails alone; its neighbours do not wait for it."""

from tests.integration.path.conftest import Desk
from wirephoto.pipeline.steps import take


async def claimed(desk: Desk, chunk: int, times: int) -> None:
    """A chunk whose workers died ``times`` times."""
    for _ in range(times):
        assert await desk.take(chunk) is not None


async def test_a_chunk_that_ended_three_workers_is_split_into_its_images(desk: Desk) -> None:
    (chunk,) = desk.job(desk.pictures(5))
    await claimed(desk, chunk, take.WEARS_AFTER)
    await desk.work_off(chunk)
    parts = desk.chunks(desk.jobs[0])
    assert [part["positions"] for part in parts] == [[0], [1], [2], [3], [4]]
    assert desk.tasks() == [part["id"] for part in parts]
    assert desk.results(desk.jobs[0]) == []
    assert desk.origin.requests.total() == 0


async def test_an_image_that_ended_six_workers_fails_as_internal(desk: Desk) -> None:
    (chunk,) = desk.job(desk.pictures(1))
    await claimed(desk, chunk, take.GIVES_UP_AFTER)
    await desk.work_off(chunk)
    (row,) = desk.results(desk.jobs[0])
    assert (row["state"], row["code"], row["retryable"]) == ("failed", "internal", False)
    assert desk.origin.requests.total() == 0


async def test_an_image_that_ended_five_workers_is_tried_once_more(desk: Desk) -> None:
    (chunk,) = desk.job(desk.pictures(1))
    await claimed(desk, chunk, take.GIVES_UP_AFTER - 1)
    await desk.work_off(chunk)
    assert [row["state"] for row in desk.results(desk.jobs[0])] == ["success"]


async def test_neighbours_of_a_poisonous_picture_are_imported(desk: Desk) -> None:
    (chunk,) = desk.job(desk.pictures(3))
    await claimed(desk, chunk, take.WEARS_AFTER)
    await desk.work_off(chunk)
    poisonous, *others = [part["id"] for part in desk.chunks(desk.jobs[0])]
    await claimed(desk, poisonous, take.GIVES_UP_AFTER)
    for part in (*others, poisonous):
        await desk.work_off(part)
    assert [row["code"] for row in desk.results(desk.jobs[0])] == ["internal", None, None]
