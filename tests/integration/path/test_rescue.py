"""What nobody works at comes back: tasks of dead workers, chunks without a task, starving jobs."""

import contextlib
import os

import psycopg
import pytest

from tests.fixtures import ledger, processes
from tests.integration.path.conftest import Desk
from wirephoto.db import workers
from wirephoto.worker import rescue

_DOING = """
with dead as (
  insert into procrastinate_workers (last_heartbeat)
  values (now() - make_interval(secs => %s)) returning id
)
update procrastinate_jobs set status = 'doing', worker_id = (select id from dead)
"""
_SILENT = "update workers set heartbeat_at = now() - make_interval(secs => %s) where host = 'here'"
_STATES = "select status::text, attempts from procrastinate_jobs order by id"


@pytest.mark.parametrize(("silent", "state"), [(5, "doing"), (29, "doing"), (31, "todo")])
async def test_tasks_are_requeued_when_their_worker_was_silent_for_30_seconds(
    desk: Desk, silent: int, state: str
) -> None:
    await desk.queued(desk.job(desk.pictures(2)))
    ledger.rows(desk.url, _DOING, silent)
    async with desk.worker.database.connection() as connection:
        assert await workers.rescue(connection) == (state == "todo")
    assert [row["status"] for row in ledger.rows(desk.url, _STATES)] == [state]


async def test_tasks_of_a_worker_that_is_no_longer_listed_are_requeued(desk: Desk) -> None:
    await desk.queued(desk.job(desk.pictures(2)))
    ledger.rows(desk.url, "update procrastinate_jobs set status = 'doing', worker_id = null")
    await rescue.rescue(desk.worker.database)
    assert [row["status"] for row in ledger.rows(desk.url, _STATES)] == ["todo"]


async def test_a_worker_without_heartbeat_is_buried(desk: Desk) -> None:
    ledger.rows(desk.url, "update workers set heartbeat_at = now() - interval '31 seconds'")
    await rescue.rescue(desk.worker.database)
    assert ledger.value(desk.url, "select count(*) from workers") == 0


_HALF_SENT = b"P" + (16).to_bytes(4) + b"\0select 1\0\0\0"  # a statement's text, and no more
_LOCKED = """
select id from chunks where id = %s and id not in (select id from chunks for update skip locked)
"""


@pytest.mark.parametrize("waits", ["ClientRead", "ClientWrite"])
@pytest.mark.parametrize(("silent", "held"), [(20, True), (31, False)])
async def test_what_a_worker_locked_that_stands_still_is_free_once_it_is_buried(
    desk: Desk, waits: str, silent: int, held: bool
) -> None:
    """Also where no timeout of the server ends it: half a statement sent, an answer not read."""
    (chunk,) = desk.job(desk.pictures(2))
    name = workers.session_name("here", 1)
    async with desk.worker.database.connection() as connection:
        await workers.register(connection, host="here", pid=1, release="1")
    ledger.rows(desk.url, _SILENT, silent)
    with contextlib.closing(psycopg.connect(desk.url, application_name=name)) as still:
        still.execute("select from chunks where id = %s for update", [chunk])
        stand_still(still, waits)
        stuck = "select wait_event = %s from pg_stat_activity where application_name = %s"
        processes.until(lambda: ledger.value(desk.url, stuck, waits, name), "it waits for us")
        await rescue.rescue(desk.worker.database)
        processes.until(lambda: bool(ledger.rows(desk.url, _LOCKED, chunk)) == held, "its lock")


def stand_still(session: psycopg.Connection, waits: str) -> None:
    """As its process does that is stopped while it sends a statement, or reads its answer."""
    if waits == "ClientRead":
        os.write(session.fileno(), _HALF_SENT)
    else:
        session.pgconn.send_query(b"select repeat('x', 1000) from generate_series(1, 100000)")


async def test_who_comes_to_a_dead_workers_place_takes_up_at_once_what_it_held(
    desk: Desk,
) -> None:
    await desk.queued(desk.job(desk.pictures(2)))
    ledger.rows(desk.url, _DOING, 1)
    async with desk.worker.database.connection() as connection:
        dead = await workers.register(connection, host="here", pid=1, release="1", place="a")
        await workers.register(connection, host="here", pid=2, release="1", place="b")
        held = ledger.value(desk.url, "select max(id) from procrastinate_workers")
        await workers.note_queue_id(connection, dead, held)
        ledger.rows(desk.url, "insert into origin_leases values ('http://a:80', %s, 16)", dead)
        assert await workers.take_over(connection, "b") == 0
        assert await workers.take_over(connection, "a") == 1
    assert [row["status"] for row in ledger.rows(desk.url, _STATES)] == ["todo"]
    assert ledger.value(desk.url, "select count(*) from origin_leases") == 0
    assert ledger.value(desk.url, "select count(*) from workers where place is not null") == 0


async def test_a_worker_that_ends_with_tasks_in_hand_is_left_to_its_successor(desk: Desk) -> None:
    await desk.queued(desk.job(desk.pictures(2)))
    ledger.rows(desk.url, _DOING, 1)
    held = ledger.value(desk.url, "select max(id) from procrastinate_workers")
    async with desk.worker.database.connection() as connection:
        one = await workers.register(connection, host="here", pid=1, release="1", place="a")
        await workers.note_queue_id(connection, one, held)
        await workers.unregister(connection, one)
        assert await workers.take_over(connection, "a") == 1
        again = await workers.register(connection, host="here", pid=1, release="1", place="a")
        await workers.unregister(connection, again)
    assert ledger.value(desk.url, "select count(*) from workers where place is not null") == 0


@pytest.mark.parametrize(
    ("column", "age", "queued"),
    [("available_at", 119, 0), ("available_at", 121, 1), ("claimed_at", 1, 0)],
)
async def test_chunks_that_no_task_stands_for_are_queued_after_two_minutes(
    desk: Desk, column: str, age: int, queued: int
) -> None:
    (chunk,) = desk.job(desk.pictures(2))
    ledger.rows(desk.url, "update chunks set available_at = now() - interval '1 hour'")
    ledger.rows(desk.url, f"update chunks set {column} = now() - make_interval(secs => %s)", age)
    await rescue.tidy(desk.worker.database, desk.worker.app)
    assert desk.tasks() == [chunk] * queued


async def test_a_chunk_that_a_task_stands_for_is_not_queued_twice(desk: Desk) -> None:
    chunks = desk.job(desk.pictures(2))
    await desk.queued(chunks)
    ledger.rows(desk.url, "update chunks set available_at = now() - interval '1 hour'")
    for _ in range(2):
        await rescue.tidy(desk.worker.database, desk.worker.app)
    assert desk.tasks() == chunks


async def test_the_next_chunk_of_a_job_that_starves_comes_before_later_ones(desk: Desk) -> None:
    starving = desk.job(desk.pictures(5), size=1)
    served = desk.job(desk.pictures(5), size=1)
    for chunks in (starving, served):
        await desk.queued(chunks)
    ledger.rows(desk.url, "delete from procrastinate_jobs where priority > -2")
    ledger.rows(desk.url, "delete from chunks where number < 2")
    ledger.rows(desk.url, "update chunks set available_at = now() - interval '2 minutes'")
    ledger.rows(desk.url, "update chunks set claimed_at = now() where id = %s", served[4])
    await rescue.tidy(desk.worker.database, desk.worker.app)
    raised = ledger.rows(
        desk.url,
        "select (args ->> 'chunk')::int as chunk from procrastinate_jobs where priority = 0",
    )
    assert [row["chunk"] for row in raised] == [starving[2]]
