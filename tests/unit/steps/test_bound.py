"""Places are never more than there are, go by turn, and somebody hurries when none is left."""

import asyncio
from dataclasses import dataclass

from wirephoto.pipeline.fetch import share
from wirephoto.pipeline.steps import bound


@dataclass
class Chunk:
    held: int = 0
    hurried: int = 0

    def hurry(self) -> None:
        self.hurried += 1


def turn(*, first: bool = False) -> share.Turn:
    return share.new_turn(first=first)


async def settled(task: asyncio.Task[None]) -> bool:
    """Whether it is done, once everything that can go on has gone on."""
    for _ in range(5):
        await asyncio.sleep(0)
    return task.done()


async def test_a_request_without_a_place_waits_until_a_part_is_committed() -> None:
    worker = bound.Bound(2)
    for _ in range(2):
        await worker.take(turn())
    third = asyncio.create_task(worker.take(turn()))
    assert not await settled(third)
    with worker.committing(1):
        assert not await settled(third)
    assert await settled(third)


async def test_a_first_chunk_gets_the_next_place() -> None:
    worker = bound.Bound(1)
    await worker.take(turn())
    large = asyncio.create_task(worker.take(turn()))
    small = asyncio.create_task(worker.take(turn(first=True)))
    assert not await settled(large)
    with worker.committing(1):
        pass
    assert await settled(small)
    assert not large.done()
    large.cancel()


async def test_who_holds_most_hurries_when_no_place_is_left_and_nothing_is_committed() -> None:
    worker, some, more = bound.Bound(3), Chunk(1), Chunk(2)
    with worker.gathering(some), worker.gathering(more):
        for _ in range(3):
            await worker.take(turn())
        assert (some.hurried, more.hurried) == (0, 0)
        waiting = asyncio.create_task(worker.take(turn()))
        assert not await settled(waiting)
        assert (some.hurried, more.hurried) == (0, 1)
        with worker.committing(2):
            worker.press()
        assert await settled(waiting)
        assert (some.hurried, more.hurried) == (0, 1), "a commit was on its way"


async def test_a_place_given_to_one_who_was_cancelled_is_not_lost() -> None:
    worker = bound.Bound(1)
    await worker.take(turn())
    gone, next_ = (asyncio.create_task(worker.take(turn())) for _ in range(2))
    assert not await settled(gone)
    with worker.committing(1):
        pass
    gone.cancel()
    assert await settled(next_)
    assert not next_.cancelled()
