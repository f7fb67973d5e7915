"""How many requests at once an origin gets, when it takes fewer than it may be asked for."""

import asyncio

from tests.integration.path.conftest import Desk


async def test_an_origin_that_refuses_too_many_at_once_gets_fewer(desk: Desk) -> None:
    urls = [desk.origin.url(f"/narrow/5/{number}?takes=0.02") for number in range(64)]
    (chunk,) = desk.job(urls)
    await desk.work_off(chunk)
    done = len(desk.results(desk.jobs[0]))
    refused = sum(len(later["positions"]) for later in desk.chunks(desk.jobs[0]))
    assert done + refused == 64
    assert refused <= 8, "16 at once would have had most of them refused"
    assert desk.origin.requests.total() == 64


async def test_an_origin_that_takes_them_gets_all_that_are_allowed(desk: Desk) -> None:
    chunks = desk.job(desk.pictures(128, query="size=2000&after=0.1"))
    await asyncio.gather(*map(desk.work_off, chunks))
    assert desk.origin.peak_connections == desk.worker.pace.limit == 16
    assert [row["state"] for row in desk.results(desk.jobs[0])] == ["success"] * 128


async def test_connections_above_what_an_origin_takes_are_closed(desk: Desk) -> None:
    good = desk.pictures(40, query="size=2000&after=0.02")
    bad = [desk.origin.url(f"/status/503/{number}") for number in range(20)]
    (chunk,) = desk.job(good + bad)
    await desk.work_off(chunk)
    share = desk.worker.pace._shares[f"http://127.0.0.1:{desk.origin.port}"]
    assert share.ease.most == 1
    async with asyncio.timeout(20):
        while share.lines.open > 1:  # noqa: ASYNC110 - the ends of some have not arrived yet
            await asyncio.sleep(0.01)
