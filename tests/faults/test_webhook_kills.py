"""Whatever dies between two steps of a delivery, its event arrives, and always as itself."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg
import pytest
import standardwebhooks

from tests.faults import scale
from tests.fixtures import figures, gateway, ledger, post, processes, service
from tests.fixtures import receiver as receivers

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
ROUNDS = scale.pick(1, 2)
TAKEN_UP_SECONDS = 45
_FULL = pytest.mark.skipif(not scale.FULL, reason="long: `make faults` runs it")
_WAITING = (
    "select count(*) from pg_stat_activity"
    " where datname = current_database() and wait_event_type = 'Lock'"
)
_WHO = "select w.pid from deliveries d join workers w on w.id = d.worker_id where d.public_id = %s"


@dataclass
class Office:
    """A running service, what waits in its database, and who receives it."""

    running: service.Service
    post: post.Post
    receiver: receivers.Receiver

    @property
    def webhook(self) -> str:
        return f"{self.receiver.url}/events"

    def arrivals(self, event: str) -> int:
        return sum(one.headers["webhook-id"] == event for one in [*self.receiver.received])

    def await_arrivals(self, event: str, count: int = 1) -> None:
        processes.until(lambda: self.arrivals(event) >= count, "it arrives", 90)

    def await_state(self, event: str, state: str = "delivered") -> None:
        processes.until(lambda: self.post.row(event)["state"] == state, f"{event} {state}", 90)

    def await_claim(self, event: str) -> int:
        """The process that tries it."""
        query = "select worker_id is not null from deliveries where public_id = %s"
        processes.until(lambda: ledger.value(self.post.url, query, event), "it is claimed")
        return int(ledger.value(self.post.url, _WHO, event))

    def kill(self, pid: int) -> None:
        """Kill -9; in a short run its heartbeat is made as old as it would be in half a minute."""
        victim = psutil.Process(pid)
        victim.kill()
        processes.await_end([victim])
        if not scale.FULL:
            old = "update workers set heartbeat_at = now() - interval '31 seconds' where pid = %s"
            ledger.rows(self.post.url, old, pid)

    @contextlib.contextmanager
    def locked(self, statement: LiteralString) -> Iterator[None]:
        """While another transaction holds what a step needs: the step before it is done."""
        with psycopg.connect(self.post.url) as connection:
            connection.execute(statement)
            yield
            connection.rollback()


@contextlib.contextmanager
def office(database_url: str, receiver: receivers.Receiver, url: str = "") -> Iterator[Office]:
    with service.serving(
        url or database_url, workers=2, WIREPHOTO_WEBHOOK_SECRET=SECRET
    ) as running:
        yield Office(running, post.Post(database_url), receiver)


def verify(receiver: receivers.Receiver) -> None:
    for one in receiver.received:
        headers = {name.lower(): text for name, text in one.headers.items()}
        body = standardwebhooks.Webhook(SECRET).verify(one.body, headers)
        assert body == {"n": headers["webhook-id"]}


def claimed(office: Office) -> tuple[str, int]:
    """Killed after the claim, before the POST: it arrives once."""
    with office.locked("lock table project_secrets in access exclusive mode"):
        (event,) = office.post.write(office.webhook)
        office.kill(office.await_claim(event))
    return event, 1


def posting(office: Office) -> tuple[str, int]:
    """Killed while the receiver thinks: it arrives twice."""
    office.receiver.gate.clear()
    (event,) = office.post.write(office.webhook)
    office.await_arrivals(event)
    office.kill(office.await_claim(event))
    office.receiver.gate.set()
    return event, 2


def posted(office: Office) -> tuple[str, int]:
    """Killed after the answer, before the record: it arrives twice."""
    with office.locked("select from endpoints for no key update"):
        (event,) = office.post.write(office.webhook)
        office.await_arrivals(event)
        processes.until(lambda: ledger.value(office.post.url, _WAITING), "it is to be recorded")
        office.kill(office.await_claim(event))
    return event, 2


def recorded(office: Office) -> tuple[str, int]:
    """Killed after the record: it arrived once, and that is all."""
    (event,) = office.post.write(office.webhook)
    office.await_arrivals(event)
    office.await_state(event)
    office.kill(processes.workers(office.running.process.pid)[0].pid)
    return event, 1


STEPS: list[Callable[[Office], tuple[str, int]]] = [claimed, posting, posted, recorded]


@pytest.mark.timeout(scale.pick(240, 3600))
def test_a_worker_killed_between_any_two_steps_loses_no_event_and_makes_no_second_one(
    database_url: str, receiver: receivers.Receiver, figures: figures.Figures
) -> None:
    longest, events = 0.0, []
    with office(database_url, receiver) as opened:
        (first,) = opened.post.write(opened.webhook)
        opened.await_state(first)
        for _ in range(ROUNDS):
            for step in STEPS:
                event, times = step(opened)
                begun = time.monotonic()
                opened.await_state(event)
                longest = max(longest, time.monotonic() - begun)
                assert opened.arrivals(event) == times, step.__name__
                events.append(event)
        assert "Traceback" not in opened.running.log()
    verify(receiver)
    assert longest < TAKEN_UP_SECONDS
    assert opened.post.count("delivered") == len(events) + 1
    figures.tell(kills=len(events), lost=0, longest_seconds=round(longest, 1))


def test_a_stop_in_the_middle_of_a_try_is_in_time_and_the_event_goes_out_after_the_start(
    database_url: str, receiver: receivers.Receiver, figures: figures.Figures
) -> None:
    receiver.gate.clear()
    with office(database_url, receiver) as opened:
        events = opened.post.write(*[f"{receiver.url}/{number}" for number in range(6)])
        for event in events:
            opened.await_arrivals(event)
        begun = time.monotonic()
        assert service.stop(opened.running.process) == 0
        seconds = time.monotonic() - begun
        figures.tell(stop_seconds=round(seconds, 1))
        assert seconds < 15
        assert "Traceback" not in opened.running.log()
        assert '"worker_killed"' not in opened.running.log()
        held = "select count(*) from deliveries where worker_id is not null or state <> 'pending'"
        assert ledger.value(database_url, held) == 0
    receiver.gate.set()
    with office(database_url, receiver) as opened:
        for event in events:
            opened.await_state(event)
    verify(receiver)
    assert [opened.arrivals(event) for event in events] == [2] * 6


@_FULL
def test_serve_and_its_database_killed_in_the_middle_of_a_try_lose_no_event(
    receiver: receivers.Receiver,
) -> None:
    def open_again(data_dir: Path) -> contextlib.AbstractContextManager[service.Service]:
        return service.serving(None, data_dir=data_dir, workers=1, WIREPHOTO_WEBHOOK_SECRET=SECRET)

    picture = "http://127.0.0.1:1/none.jpg"  # it fails, and that is told, too
    with service.folder() as data_dir:
        receiver.gate.clear()
        with open_again(data_dir) as running:
            job = running.accept([service.image(picture, mediaType="no")], webhook=receiver.url)
            (call,) = receiver.wait("/")
            all_of_it = processes.family(running.process.pid)
            for one in all_of_it:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.send_signal(signal.SIGKILL)
            processes.await_end(all_of_it)
        receiver.gate.set()
        with open_again(data_dir) as running:
            calls = receiver.wait("/", 2, patience=90)
            processes.until(lambda: shown(running, job)["state"] == "delivered", "it is recorded")
            assert len(shown(running, job)["tries"]) == 1  # nobody lived to note the other
        assert {one.headers["webhook-id"] for one in calls} == {call.headers["webhook-id"]}
        assert {one.body for one in calls} == {call.body}


def shown(running: service.Service, job: str) -> dict[str, Any]:
    (found,) = running.get(f"/import/images/{job}/deliveries").json()["deliveries"]
    return dict(found)


@_FULL
def test_a_database_that_is_away_while_receivers_answer_loses_no_event(
    database_url: str, receiver: receivers.Receiver
) -> None:
    way = gateway.Gateway(database_url)
    try:
        with office(database_url, receiver, way.url) as opened:
            events = []
            for seconds in scale.pick([1.0], [0.3, 1.0, 3.0, 10.0, 60.0]):
                receiver.gate.clear()
                (event,) = opened.post.write(opened.webhook)
                opened.await_arrivals(event)
                way.shut()
                receiver.gate.set()
                time.sleep(seconds)
                way.open()
                opened.await_state(event)
                events.append(event)
            assert "Traceback" not in opened.running.log(), opened.running.log()[-5000:]
    finally:
        way.close()
    verify(receiver)
    assert all(1 <= opened.arrivals(event) <= 2 for event in events)
