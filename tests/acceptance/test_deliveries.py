"""What became of a webhook, as its caller sees it; sent again; left alone after five days."""

from typing import Any

import pytest
import standardwebhooks

from tests.fixtures import gallery as galleries
from tests.fixtures import processes, shapes
from tests.fixtures import receiver as receivers
from tests.fixtures import service as services
from tests.origins import pictures

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
TRY = {"number": int, "at": shapes.INSTANT, "milliseconds": int, "httpStatus": int}
ENDPOINT = {
    "url": str,
    "paused": bool,
    "pausedAt?": shapes.INSTANT,
    "failingSince?": shapes.INSTANT,
    "nextProbeAt?": shapes.INSTANT,
}


@pytest.fixture(scope="module")
def shop(module_database_url: str) -> Any:
    with services.serving(module_database_url, WIREPHOTO_WEBHOOK_SECRET=SECRET) as running:
        yield running


@pytest.fixture
def picture(gallery: galleries.Gallery) -> str:
    return gallery.hang("/1.jpg", pictures.jpeg(1))


def path(job: str, more: str = "") -> str:
    return f"/import/images/{job}/deliveries{more}"


def deliveries(service: services.Service, job: str) -> list[dict[str, Any]]:
    answer = service.get(path(job))
    assert answer.status_code == 200, answer.text
    return list(answer.json()["deliveries"])


def await_state(service: services.Service, job: str, state: str, tries: int = 1) -> dict[str, Any]:
    def there() -> list[dict[str, Any]]:
        found = deliveries(service, job)
        return [one for one in found if one["state"] == state and len(one["tries"]) >= tries]

    processes.until(there, f"{job} {state} {tries}")
    (found,) = there()
    return found


def resend(service: services.Service, job: str, delivery: str) -> dict[str, Any]:
    answer = service.client.post(f"/api/v1{path(job, f'/{delivery}/resend')}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def send(service: services.Service, picture: str, webhook: str, system: str = "archive") -> str:
    return service.accept([services.image(picture)], system, webhook=webhook)


def test_a_delivery_is_shown_with_every_try_and_without_the_query_of_its_url(
    shop: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    receiver.answers = [500]
    job = send(shop, picture, f"{receiver.url}/shown?key=secret")
    once = await_state(shop, job, "pending")
    assert {"nextTryAt", "createdAt"} <= set(once)
    assert once["endpoint"]["url"] == f"{receiver.url}/shown"
    assert once["endpoint"]["failingSince"]
    shapes.check(once["endpoint"], ENDPOINT)
    twice = await_state(shop, job, "delivered", 2)
    assert "finishedAt" in twice
    assert "nextTryAt" not in twice
    assert "failingSince" not in twice["endpoint"]
    for number, (made, status) in enumerate(zip(twice["tries"], [500, 200], strict=True), 1):
        shapes.check(made, TRY)
        assert (made["number"], made["httpStatus"]) == (number, status)
    calls = receiver.wait("/shown?key=secret", 2)
    assert {call.headers["webhook-id"] for call in calls} == {twice["id"]}
    assert "secret" not in str(twice)


def test_a_job_without_webhook_has_no_delivery(shop: services.Service, picture: str) -> None:
    job = shop.accept([services.image(picture)])
    shop.wait(job)
    assert deliveries(shop, job) == []


def test_what_was_delivered_or_failed_is_sent_again_as_the_same_event(
    shop: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    receiver.answers = [410]
    job = send(shop, picture, f"{receiver.url}/again")
    failed = await_state(shop, job, "failed")
    assert "nextTryAt" not in failed
    sent = resend(shop, job, failed["id"])
    assert (sent["id"], sent["state"]) == (failed["id"], "pending")
    assert "finishedAt" not in sent
    await_state(shop, job, "delivered", 2)
    resend(shop, job, failed["id"])
    done = await_state(shop, job, "delivered", 3)
    assert [made["httpStatus"] for made in done["tries"]] == [410, 200, 200]
    calls = receiver.wait("/again", 3)
    assert {call.headers["webhook-id"] for call in calls} == {failed["id"]}
    for call in calls:
        headers = {name.lower(): text for name, text in call.headers.items()}
        standardwebhooks.Webhook(SECRET).verify(call.body, headers)


def test_a_resend_during_a_try_is_made_after_it_and_its_own_schedule_begins_anew(
    shop: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    receiver.gate.clear()
    job = send(shop, picture, f"{receiver.url}/held")
    receiver.wait("/held")
    (under_way,) = deliveries(shop, job)
    resend(shop, job, under_way["id"])
    resend(shop, job, under_way["id"])
    receiver.gate.set()
    done = await_state(shop, job, "delivered", 2)
    assert [made["httpStatus"] for made in done["tries"]] == [200, 200]
    calls = receiver.wait("/held", 2)
    assert [call.headers["webhook-id"] for call in calls] == [under_way["id"]] * 2


def test_deliveries_of_another_project_or_job_do_not_exist(
    shop: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    job = send(shop, picture, f"{receiver.url}/mine")
    mine = await_state(shop, job, "delivered")["id"]
    other = send(shop, picture, f"{receiver.url}/other")
    await_state(shop, other, "delivered")
    shop.sql("insert into projects (handle) values ('stranger') on conflict do nothing")
    stranger = shop.new_token("public-api:write", project="stranger")
    reader = shop.new_token("public-api:read")
    strangers = {"Authorization": f"Bearer {stranger}"}
    url = f"/api/v1{path(job, f'/{mine}/resend')}"
    assert shop.get(path(job), token=stranger).status_code == 404
    assert shop.client.post(url, headers=strangers).status_code == 404
    for wrong in (path(other, f"/{mine}/resend"), path(job, "/nothing/resend")):
        answer = shop.client.post(f"/api/v1{wrong}")
        assert answer.status_code == 404
        expected = {"delivery": "This import has no delivery with this id."}
        assert answer.json()["error_details"] == expected
    for missing in ("none", "a%00b"):
        assert shop.get(path(missing)).status_code == 404
        assert shop.client.post(f"/api/v1{path(job, f'/{missing}/resend')}").status_code == 404
    assert shop.get(path(job), token=reader).status_code == 403
    answer = shop.client.post(url, headers={"Authorization": f"Bearer {reader}"})
    assert answer.status_code == 403
    assert len(await_state(shop, job, "delivered")["tries"]) == 1


def age(service: services.Service, url: str) -> None:
    """The receiver has failed for five days, most lately yesterday."""
    service.sql(
        "update endpoints set failing_since = now() - interval '5 days 1 minute',"
        " failed_at = now() - interval '1 day' where url = %(url)s",
        url=url,
    )


def paused(
    service: services.Service, receiver: receivers.Receiver, picture: str, name: str
) -> list[str]:
    """Two jobs whose receiver is paused: one that found it so, one that came later."""
    url = f"{receiver.url}/{name}"
    receiver.answers = [500, 500]
    first = send(service, picture, url, name)
    (waiting,) = [await_state(service, first, "pending")]
    age(service, url)
    resend(service, first, waiting["id"])
    await_state(service, first, "paused", 2)
    later = send(service, picture, f"{url}?other=query", name)
    await_state(service, later, "paused", 0)
    return [first, later]


def test_an_endpoint_that_fails_for_five_days_is_paused_and_shown_as_such(
    shop: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    first, later = paused(shop, receiver, picture, "dead")
    for job, tries in ((first, 2), (later, 0)):
        (found,) = deliveries(shop, job)
        assert (found["state"], len(found["tries"])) == ("paused", tries)
        shapes.check(found["endpoint"], ENDPOINT)
        assert found["endpoint"]["paused"] is True
        assert {"pausedAt", "failingSince", "nextProbeAt"} <= set(found["endpoint"])
        assert "nextTryAt" not in found
    assert '"event": "webhook_endpoint_paused"' in shop.log()
    well = send(shop, picture, f"{receiver.url}/well", "well")
    assert await_state(shop, well, "delivered")["endpoint"]["paused"] is False


def test_a_resend_that_is_taken_ends_the_pause_for_all_that_waited(
    shop: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    first, later = paused(shop, receiver, picture, "back")
    receiver.answers = [500]
    identity = deliveries(shop, later)[0]["id"]
    resend(shop, later, identity)
    await_state(shop, later, "paused", 1)  # it is not back yet
    resend(shop, later, identity)
    taken = await_state(shop, later, "delivered", 2)
    assert taken["endpoint"] == {"url": f"{receiver.url}/back", "paused": False}
    await_state(shop, first, "delivered", 3)


def test_a_paused_endpoint_is_tried_once_a_day(
    shop: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    first, later = paused(shop, receiver, picture, "probed")
    before = len(receiver.received)
    shop.sql("update endpoints set probe_at = now() where paused_at is not null")
    processes.until(lambda: len(receiver.received) > before, "the probe", 60)
    for job in (first, later):
        await_state(shop, job, "delivered")


def test_a_success_in_between_begins_the_five_days_anew(
    shop: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    url = f"{receiver.url}/sporadic"
    receiver.answers = [500, 200, 500]
    job = send(shop, picture, url)
    identity = await_state(shop, job, "pending")["id"]
    age(shop, url)
    resend(shop, job, identity)
    assert await_state(shop, job, "delivered", 2)["endpoint"]["paused"] is False
    resend(shop, job, identity)
    assert await_state(shop, job, "pending", 3)["endpoint"]["paused"] is False


def test_a_blocked_address_says_the_same_words_and_takes_no_time_to_tell(
    shop: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    job = send(shop, picture, f"{receiver.url}/moved")
    await_state(shop, job, "delivered")
    shop.sql(
        "update deliveries set url = 'http://10.0.0.1/inner' where public_id = %(id)s",
        id=deliveries(shop, job)[0]["id"],
    )
    resend(shop, job, deliveries(shop, job)[0]["id"])
    (_, second) = await_state(shop, job, "pending", 2)["tries"]
    assert (second["problem"], second["milliseconds"]) == ("the address is not allowed", 0)
    assert "httpStatus" not in second
