"""The Python client against a real server, waiting and with asyncio."""

import pytest

from tests.fixtures import receiver, service
from tests.origins import hostile
from wirephoto import client

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def images(origin: hostile.Origin, count: int) -> list[client.Image]:
    found = [client.Image(origin.url(f"/jpeg/{n}?size=600"), str(n)) for n in range(count)]
    found[1] = client.Image(origin.url("/status/404"), "1", file_name="lost")
    return found


def test_any_number_of_images_goes_in_by_batches(shared_service: service.Service) -> None:
    with (
        hostile.running() as origin,
        client.Client(shared_service.url, shared_service.token) as asked,
    ):
        given = [*images(origin, 25), client.Image("gopher://x", "x")]
        seen: list[client.Progress] = []
        batches = list(asked.import_images(iter(given), system_name="sync", batch_size=10))
        jobs = [one.job for one in batches if one.job]
        ended = [job.wait(seen.append) for job in jobs]
        assert [one.counters.success for one in ended] == [9, 10, 5]
        assert [dict(one.refused) for one in batches[:2]] == [{}, {}]
        assert list(batches[2].refused) == [5]
        assert seen[-1].finished
        (failed,) = jobs[0].rows("failed")
        assert (failed.id, failed.code, failed.http_status) == ("1", "http_status", 404)
        first = next(jobs[0].rows())
        assert first.image is not None
        assert first.image.mime_type == "image/jpeg"
        assert {one.id for one in asked.jobs(system_name="sync")} == {one.id for one in jobs}
        with pytest.raises(client.Refused) as refused:
            jobs[1].retry()
        assert refused.value.status == 422
        again = jobs[0].retry(["http_status"])
        assert again.wait().failed == 1
        assert again.cancel().state == "success"
        forecast = asked.forecast(given[:3], system_name="sync")
        assert (forecast.create, forecast.exists, forecast.rows[0].state) == (1, 2, "exists")


async def test_the_same_with_asyncio(shared_service: service.Service) -> None:
    with hostile.running() as origin:
        async with client.AsyncClient(shared_service.url, shared_service.token) as asked:
            found = [
                one
                async for one in asked.import_images(
                    images(origin, 12), system_name="async", batch_size=10
                )
            ]
            jobs = [one.job for one in found if one.job]
            assert [(await job.wait()).counters.success for job in jobs] == [9, 2]
            rows = [row async for row in jobs[0].rows()]
            assert [row.id for row in rows] == [str(n) for n in range(10)]
            assert [one.id async for one in asked.jobs(system_name="async")] == [
                job.id for job in reversed(jobs)
            ]
            again = await jobs[0].retry()
            assert (await again.wait()).failed == 1


def test_the_same_key_is_the_same_job(shared_service: service.Service) -> None:
    with (
        hostile.running() as origin,
        client.Client(shared_service.url, shared_service.token) as asked,
    ):
        batch = images(origin, 3)
        first = asked.post(batch, system_name="keyed", key="a night's export")
        assert asked.post(batch, system_name="keyed", key="a night's export").id == first.id
        with pytest.raises(client.Refused) as refused:
            asked.post(batch[:2], system_name="keyed", key="a night's export")
        assert refused.value.status == 409
        first.wait()


def test_nobody_there_is_told_apart_from_a_refusal() -> None:
    with (
        client.Client("http://127.0.0.1:9", "wp_none", patience=0) as asked,
        pytest.raises(client.ServerAway),
    ):
        asked.job("x").progress()
    with pytest.raises(ValueError, match="no address of a server"):
        client.Client("pictures.example", "wp_none")


def test_a_webhook_is_read_by_who_knows_the_secret(
    database_url: str, receiver: receiver.Receiver
) -> None:
    with (
        hostile.running() as origin,
        service.serving(database_url, WIREPHOTO_WEBHOOK_SECRET=SECRET) as running,
        client.Client(running.url, running.token) as asked,
    ):
        job = asked.post(
            images(origin, 3),
            system_name="hooked",
            webhook=f"{receiver.url}/done",
            context={"night": 1},
        )
        (message,) = receiver.wait("/done")
        event = client.verify_webhook(message.body, message.headers, SECRET)
        assert (event.job, event.counters.failed, event.context) == (job.id, 1, {"night": 1})
        with pytest.raises(client.BadWebhook):
            client.verify_webhook(message.body + b" ", message.headers, SECRET)
        with pytest.raises(client.BadWebhook):
            client.verify_webhook(message.body, message.headers, "whsec_c29tZXRoaW5nIGVsc2U=")
