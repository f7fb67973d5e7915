"""Which temporary files a killed writer left: no jump of the wall clock makes a file one."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from wirephoto.pipeline import leftover
from wirephoto.pipeline.fetch import spool
from wirephoto.pipeline.storage import durable, keys

HOUR = 3600.0


@dataclass
class Clock:
    now: float = 5.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(clock: Clock) -> leftover.Watch:
    return leftover.Watch(HOUR, clock)


def test_a_file_is_left_once_it_was_seen_unchanged_for_an_hour(
    watch: leftover.Watch, clock: Clock
) -> None:
    assert not watch.is_left("one", 10.0)
    clock.now += HOUR - 1
    assert not watch.is_left("one", 10.0)
    clock.now += 1
    assert watch.is_left("one", 10.0)


def test_a_change_begins_the_hour_anew_whichever_way_its_time_went(
    watch: leftover.Watch, clock: Clock
) -> None:
    for changed_at in (10.0, 20.0, 15.0):
        assert not watch.is_left("one", changed_at)
        clock.now += HOUR - 1
    clock.now += 1
    assert watch.is_left("one", 15.0)


def test_what_is_gone_is_forgotten(watch: leftover.Watch, clock: Clock) -> None:
    for number in range(1000):
        clock.now += HOUR / 10
        watch.is_left(f"file {number}", 10.0)
    assert len(watch._seen) <= 21


@pytest.mark.parametrize("age", [HOUR, -HOUR, 50 * 365 * 24 * HOUR])
async def test_a_jump_of_the_wall_clock_removes_no_file_that_is_alive(
    age: float, tmp_path: Path, watch: leftover.Watch, clock: Clock
) -> None:
    """A file system's clock is the wall clock: after a jump, a file of a moment ago is so old."""
    body = tmp_path / f"{spool.FILE_PREFIX}alive"
    body.write_bytes(b"x")
    os.utime(body, (time.time() - age,) * 2)
    for _ in range(6):
        assert await spool.sweep(tmp_path, watch) == 0
        clock.now += 600.0
    assert await spool.sweep(tmp_path, watch) == 1


def test_the_sweep_of_storage_goes_by_the_same(
    tmp_path: Path, watch: leftover.Watch, clock: Clock
) -> None:
    writer = durable.Writer(tmp_path)
    writer.make_room(1)
    (tmp_path / keys.RESERVED / f"{durable.TEMPORARY_PREFIX}{'0' * 32}").write_bytes(b"x")
    assert writer.sweep(watch) == 0
    clock.now += HOUR
    assert writer.sweep(watch) == 1
