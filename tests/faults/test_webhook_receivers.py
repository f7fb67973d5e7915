"""Receivers that do everything wrong: each event arrives at least once, and always as itself."""

import asyncio
import contextlib
import dataclasses
import hashlib
import hmac
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks

from tests.faults import scale
from tests.fixtures import certificates, figures, ledger, post
from tests.origins import hostile
from wirephoto import settings, wiring
from wirephoto.pipeline.webhook import courier, posting
from wirephoto.worker import rescue

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
PATIENCE_SECONDS = 60
ANSWER_SECONDS = scale.pick(3.0, posting.ANSWER_SECONDS)
LATE = "no complete answer in time"

# What a path of the hostile origin does, and what the first try is recorded as.
TAKEN: dict[str, int] = {
    "/status/200": 200,
    "/status/202": 202,
    "/status/299": 299,
    "/continues": 200,
    "/endless": 200,
    "/endless-chunked": 200,
    "/silence-in-body": 200,
    "/cut/100": 200,
    "/reset/100": 200,
    "/no-length": 200,
    "/bomb/gzip": 200,
    "/status/200?after=2": 200,
}
REFUSED: dict[str, int] = {
    **{f"/status/{status}": status for status in (400, 401, 404, 429, 500, 502, 503, 504)},
    **{f"/redirect/{status}?to=/status/200": status for status in (301, 302, 303, 307, 308)},
    "/redirect-nowhere": 302,
    "/not-modified": 304,
}
UNANSWERED: dict[str, str] = {
    "/silence": LATE,
    "/drip-head": LATE,
    "/reset-at-once": "the connection failed",
    "/not-http": "the answer is not valid HTTP",
    "/huge-head": "the answer is not valid HTTP",
    "/many-headers": "the answer is not valid HTTP",
}


@dataclass
class Counter:
    """The office of one worker and the origin its deliveries go to."""

    worker: wiring.Worker
    post: post.Post
    origin: hostile.Origin

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """While a courier delivers what is due."""
        stopping = asyncio.Event()
        webhooks = dataclasses.replace(self.worker.webhooks, answer_seconds=ANSWER_SECONDS)
        running = asyncio.create_task(courier.Courier(webhooks).run(stopping))
        try:
            yield
        finally:
            stopping.set()
            await running

    async def tried(self, ids: list[str], times: int = 1) -> None:
        """Until each has been tried that often."""
        query = "select count(*) from deliveries where public_id = any (%s) and tries >= %s"
        await self.until(lambda: ledger.value(self.post.url, query, ids, times) == len(ids))

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something that only shows when one looks."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():  # noqa: ASYNC110 - a row calls nobody
                await asyncio.sleep(0.05)

    async def try_once(self, *webhooks: str) -> dict[str, dict[str, Any]]:
        """Deliver each once; the rows by webhook, with the last of ``made`` tries."""
        ids = dict(zip(webhooks, self.post.write(*webhooks), strict=True))
        async with self.working():
            await self.tried([*ids.values()])
        return {
            webhook: self.post.row(one) | {"made": self.post.tries(one)}
            for webhook, one in ids.items()
        }


@pytest.fixture
async def counter(database_url: str, tmp_path: Path) -> AsyncIterator[Counter]:
    given = settings.load(data_dir=tmp_path, allow_networks="127.0.0.0/8", webhook_secret=SECRET)
    async with hostile.Origin() as origin, wiring.worker(given, database_url) as worker:
        ledger.rows(database_url, "update workers set heartbeat_at = now() + interval '1 hour'")
        yield Counter(worker, post.Post(database_url), origin)


async def untrusted(stack: contextlib.AsyncExitStack, folder: Path) -> int:
    """The port of a server with a certificate that nobody vouches for."""
    context = certificates.serving(
        certificates.certificate(folder, "localhost", certificates.FOR_LONG)
    )
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=context)
    await stack.enter_async_context(server)
    return int(server.sockets[0].getsockname()[1])


def verify(origin: hostile.Origin) -> dict[str, int]:
    """Every request is signed by both rules, and says what its id says; how often each id came."""
    seen: dict[str, int] = {}
    reference = standardwebhooks.Webhook(SECRET)
    for request in origin.log:
        assert request.method == "POST"
        body = reference.verify(request.body, dict(request.headers))
        assert body == {"n": request.headers["webhook-id"]}
        digest = hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest()
        assert request.headers["x-livingdocs-signature"] == f"sha256={digest}"
        seen[body["n"]] = seen.get(body["n"], 0) + 1
    return seen


async def test_each_answer_is_judged_for_what_it_is_and_none_is_followed(
    counter: Counter, figures: figures.Figures
) -> None:
    paths = [*TAKEN, *REFUSED, *UNANSWERED]
    made = await counter.try_once(*[counter.origin.url(path) for path in paths])
    for path in paths:
        row = made[counter.origin.url(path)]
        once = row["made"][0]  # the quick ones are tried again while the slow ones hang
        told = (row["state"], once["http_status"], once["problem"])
        if path in TAKEN:
            assert told == ("delivered", TAKEN[path], None), path
        elif path in REFUSED:
            assert told == ("pending", REFUSED[path], None), path
        else:
            assert told == ("pending", None, UNANSWERED[path]), path
        if row["state"] == "pending" and row["tries"] == 1:
            assert 4 <= row["wait"] <= 6.5, path
        if told[2] == LATE:
            assert ANSWER_SECONDS <= once["milliseconds"] / 1000 + 0.1 <= ANSWER_SECONDS + 4, path
    assert len(verify(counter.origin)) == len(paths)
    figures.tell(receivers=len(paths), taken=len(TAKEN), answer_seconds=ANSWER_SECONDS)


async def test_those_that_cannot_be_reached_are_tried_again_and_no_address_is_told(
    counter: Counter, tmp_path: Path
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        closed = stack.enter_context(socket.socket())
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        made = await counter.try_once(
            f"http://127.0.0.1:{port}/",
            "http://no-such-host.invalid/",
            f"https://127.0.0.1:{await untrusted(stack, tmp_path)}/",
            "http://10.1.2.3/",
            "http://169.254.169.254/latest",
        )
    problems = [row["made"][0]["problem"] for row in made.values()]
    assert problems[0] == "no connection"
    assert problems[1].startswith("the name d")  # it does not exist, or there is no network
    assert problems[2] == "TLS: certificate is not trusted"
    assert problems[3:] == ["the address is not allowed"] * 2
    assert [row["made"][0]["milliseconds"] for row in made.values()][3:] == [0, 0]
    assert {row["state"] for row in made.values()} == {"pending"}


async def test_410_ends_it_and_retry_after_is_heeded_in_seconds_and_as_a_date(
    counter: Counter,
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True).replace(" ", "%20")
    gone, seconds, dated, soon = (
        counter.origin.url(path)
        for path in (
            "/status/410",
            "/status/429?retry-after=3600",
            f"/status/503?retry-after={date}",
            "/status/429?retry-after=1",
        )
    )
    made = await counter.try_once(gone, seconds, dated, soon)
    assert (made[gone]["state"], made[gone]["next_try_at"]) == ("failed", None)
    assert made[seconds]["wait"] == pytest.approx(3600, abs=2)
    assert made[dated]["wait"] == pytest.approx(7200, abs=5)
    assert 4 <= made[soon]["wait"] <= 6.5


async def test_the_tries_keep_the_schedule_of_the_contract_and_then_end(counter: Counter) -> None:
    (event,) = counter.post.write(counter.origin.url("/status/500"))
    expected = [5, 30, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    async with counter.working():
        for number, seconds in enumerate(expected, 1):
            await counter.tried([event], number)
            assert counter.post.row(event)["wait"] == pytest.approx(seconds, rel=0.21, abs=0.5)
            counter.post.hasten()
        await counter.tried([event], 11)
    row = counter.post.row(event)
    assert (row["state"], row["next_try_at"]) == ("failed", None)
    assert verify(counter.origin) == {event: 11}


async def test_what_was_away_and_comes_back_gets_every_event_as_the_same_event(
    counter: Counter,
) -> None:
    back = hostile.Origin()
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
    away = [f"http://127.0.0.1:{port}/status/200?n={number}" for number in range(5)]
    flaky = [counter.origin.url(f"/flaky/2/{number}") for number in range(5)]
    events = counter.post.write(*away, *flaky)
    async with counter.working():
        await counter.tried(events)
        await back.start(port)
        for times in (2, 3):
            counter.post.hasten()
            await counter.tried(events[5:], times)
        await counter.tried(events[:5], 2)
    assert {counter.post.row(one)["state"] for one in events} == {"delivered"}
    assert sorted(verify(back)) == sorted(events[:5])
    assert verify(counter.origin) == dict.fromkeys(events[5:], 3)
    await back.stop()


async def test_a_try_that_ends_after_another_worker_has_the_event_decides_nothing(
    counter: Counter,
) -> None:
    (event,) = counter.post.write(counter.origin.url("/status/200?after=2"))
    async with counter.working():
        await counter.until(lambda: counter.origin.log)
        ledger.rows(
            counter.post.url,
            "update deliveries set attempt = attempt + 1, worker_id = null,"
            " next_try_at = now() + interval '1 hour'",
        )
        await counter.tried([event])
    row = counter.post.row(event)
    assert (row["state"], row["tries"], row["finished_at"]) == ("pending", 1, None)
    assert [one["http_status"] for one in counter.post.tries(event)] == [200]


async def test_a_delivery_of_an_older_release_gets_its_endpoint_and_goes_out(
    counter: Counter,
) -> None:
    (event,) = counter.post.write(counter.origin.url("/status/200?old=1"))
    ledger.rows(counter.post.url, "update deliveries set endpoint_id = null")
    ledger.rows(counter.post.url, "delete from endpoints")
    async with counter.working():
        await rescue.tidy(counter.worker.database, counter.worker.app)
        await counter.tried([event])
    assert counter.post.row(event)["state"] == "delivered"
    assert verify(counter.origin) == {event: 1}
