"""Alarms of one length share a timer; limits behave as asyncio's own timeouts."""

import asyncio
import time

import pytest

from wirephoto.net import alarms

LONG = 60.0


async def test_alarms_ring_in_the_order_of_their_time_whatever_their_length() -> None:
    kept, rung, done = alarms.Alarms(), list[str](), asyncio.Event()
    kept.set(0.06, done.set)
    kept.set(0.03, lambda: rung.append("second"))
    kept.set(0.01, lambda: rung.append("first"))
    await done.wait()
    assert rung == ["first", "second"]


async def test_an_alarm_that_was_put_off_never_rings_and_those_behind_it_do() -> None:
    kept, rung, done = alarms.Alarms(), list[str](), asyncio.Event()
    first = kept.set(0.01, lambda: rung.append("put off"))
    kept.set(0.01, done.set)
    first.put_off()
    first.put_off()
    await done.wait()
    assert not rung


async def test_an_alarm_may_set_the_next_of_its_length() -> None:
    kept, done, times = alarms.Alarms(), asyncio.Event(), list[float]()

    def again() -> None:
        times.append(time.monotonic())
        if len(times) < 3:
            kept.set(0.02, again)
        else:
            done.set()

    begun = time.monotonic()
    kept.set(0.02, again)
    await done.wait()
    assert times[-1] - begun >= 0.055  # three lengths, of a clock in milliseconds


async def test_a_row_is_there_for_new_alarms_after_all_of_its_own_were_put_off() -> None:
    kept, done = alarms.Alarms(), asyncio.Event()
    kept.set(0.01, lambda: None).put_off()
    await asyncio.sleep(0.03)
    kept.set(0.01, done.set)
    await done.wait()


async def test_a_limit_ends_what_waits_in_it_and_leaves_no_cancellation_behind() -> None:
    task = asyncio.current_task()
    assert task is not None
    with pytest.raises(TimeoutError), alarms.Limit(alarms.Alarms(), 0.01):
        await asyncio.Event().wait()
    assert task.cancelling() == 0
    await asyncio.sleep(0)  # nothing of it comes later


async def test_a_limit_that_is_kept_ends_nothing() -> None:
    kept = alarms.Alarms()
    with alarms.Limit(kept, 0.01):
        await asyncio.sleep(0)
    await asyncio.sleep(0.03)


async def test_a_cancellation_from_outside_stays_one_even_when_the_limit_ends_as_well() -> None:
    limit = alarms.Limit(alarms.Alarms(), LONG)

    async def held() -> None:
        with limit:
            await asyncio.Event().wait()

    task = asyncio.create_task(held())
    await asyncio.sleep(0)
    task.cancel()
    limit.end()
    with pytest.raises(asyncio.CancelledError):
        await task


async def _fails_when_it_is_ended() -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        raise ZeroDivisionError from None


async def test_an_error_of_the_block_is_not_hidden_by_a_limit_that_ended() -> None:
    with pytest.raises(ZeroDivisionError), alarms.Limit(alarms.Alarms(), 0.01):
        await _fails_when_it_is_ended()


async def test_the_inner_of_two_limits_is_the_one_that_tells() -> None:
    kept = alarms.Alarms()
    with alarms.Limit(kept, LONG):
        with pytest.raises(TimeoutError), alarms.Limit(kept, 0.01):
            await asyncio.Event().wait()
        await asyncio.sleep(0)
