"""The webhook: once a job is done, signed both ways, tried again until it is taken."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import standardwebhooks

from tests.fixtures import gallery as galleries
from tests.fixtures import receiver as receivers
from tests.fixtures import service as services
from tests.fixtures import shapes
from tests.origins import pictures

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
PROJECT_SECRET = "a text that is no base64"
PROJECT: dict[str, Any] = {
    "mediaTypes": [{"handle": "image", "type": "mediaImage", "metadata": []}],
    "wirephoto": {
        "webhookSecret": PROJECT_SECRET,
        "webhookHeaders": {"Authorization": "Bearer receiver-only"},
    },
}


@pytest.fixture(scope="module")
def signing(module_database_url: str) -> Iterator[services.Service]:
    """A service with a secret, and a project ``sport`` with its own."""
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        (data_dir / "projects" / "sport.json").write_text(json.dumps(PROJECT))
        own = PROJECT["wirephoto"] | {"webhookOrigins": ["https://cms.example.com"]}
        (data_dir / "projects" / "shut.json").write_text(json.dumps(PROJECT | {"wirephoto": own}))
        with services.serving(
            module_database_url, data_dir=data_dir, WIREPHOTO_WEBHOOK_SECRET=SECRET
        ) as running:
            yield running


@pytest.fixture
def picture(gallery: galleries.Gallery) -> str:
    return gallery.hang("/1.jpg", pictures.jpeg(1))


def lower(received: receivers.Received) -> dict[str, str]:
    return {name.lower(): text for name, text in received.headers.items()}


def livingdocs_signature(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def delivery(service: services.Service, job: str) -> tuple[str, int, list[int | None]]:
    """State, number of tries and their statuses, once the delivery has ended."""
    deadline = time.monotonic() + services.PATIENCE_SECONDS
    query = (
        "select d.state, d.tries, array(select t.http_status from delivery_tries t"
        " where t.delivery_id = d.id order by t.number)"
        " from deliveries d join jobs j on j.id = d.job_id where j.public_id = %(job)s"
    )
    while True:
        ((state, tries, statuses),) = service.sql(query, job=job) or [("none", 0, [])]
        if state not in {"none", "pending"}:
            return state, tries, statuses
        assert time.monotonic() < deadline, (state, tries, statuses)
        time.sleep(0.05)


def test_the_body_is_exactly_that_of_the_contract_and_leaves_once_a_job(
    signing: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    images = [services.image(picture, number) for number in range(130)]
    images.append(services.image("http://127.0.0.1:1/" + "gone", "x", mediaType="nothing"))
    context = {"z": [1, {"ä": None}], "a": 1.5}
    webhook = f"{receiver.url}/exact?key=1"
    job = signing.accept(images, "exact", webhook=webhook, context=context)
    assert delivery(signing, job) == ("delivered", 1, [200])
    (received,) = receiver.received
    assert received.path == "/exact?key=1"
    assert lower(received)["content-type"] == "application/json"
    assert json.loads(received.body) == {
        "source": "livingdocs-image-import",
        "id": job,
        "state": "success",
        "overview": {"total": 131, "details": {"success": 130, "skipped": 0, "failed": 1}},
        "context": context,
    }


def test_without_a_context_there_is_none_and_without_a_webhook_no_delivery(
    signing: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    silent = signing.accept([services.image(picture)], "silent")
    signing.wait(silent)
    job = signing.accept([services.image(picture)], "bare", webhook=f"{receiver.url}/bare")
    assert delivery(signing, job)[0] == "delivered"
    (received,) = receiver.received
    body = json.loads(received.body)
    shapes.check(body, {key: shape for key, shape in shapes.WEBHOOK.items() if key != "context?"})
    assert body["id"] == job
    query = (
        "select count(*) from deliveries d join jobs j on j.id = d.job_id"
        " where j.public_id = %(job)s"
    )
    assert signing.sql(query, job=silent) == [(0,)]


def test_the_first_try_leaves_a_second_after_acceptance_at_the_earliest(
    signing: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    webhook = f"{receiver.url}/held"
    before = time.time()
    signing.accept([services.image(picture)], "held", webhook=webhook)
    (received,) = receiver.wait("/held")
    assert received.at - before >= 1.0


def test_the_status_is_final_when_the_webhook_arrives(
    signing: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    job = signing.accept([services.image(picture)], "final", webhook=f"{receiver.url}/final")
    receiver.wait("/final")
    assert signing.status(job)["finished"] is True


def test_it_is_signed_by_standard_webhooks_and_as_livingdocs_does(
    signing: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    signing.accept([services.image(picture)], "signed", webhook=f"{receiver.url}/signed")
    (received,) = receiver.wait("/signed")
    headers = lower(received)
    reference = standardwebhooks.Webhook(SECRET)
    assert reference.verify(received.body, headers) == json.loads(received.body)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        reference.verify(received.body + b" ", headers)
    assert headers["x-livingdocs-signature"] == livingdocs_signature(SECRET, received.body)
    assert "authorization" not in headers


def test_a_project_signs_with_its_own_secret_and_sends_its_own_headers(
    signing: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    headers = {"Authorization": f"Bearer {signing.new_token('public-api:write', project='sport')}"}
    images = [services.image(picture)]
    body = {"systemName": "own", "images": images, "webhook": f"{receiver.url}/own"}
    assert signing.post(body, headers=headers).status_code == 200
    (received,) = receiver.wait("/own")
    given = lower(received)
    assert given["authorization"] == "Bearer receiver-only"
    reference = standardwebhooks.Webhook(PROJECT_SECRET.encode())
    assert reference.verify(received.body, given)
    assert given["x-livingdocs-signature"] == livingdocs_signature(PROJECT_SECRET, received.body)
    stored = signing.sql("select images::text, context from images, jobs")
    assert PROJECT_SECRET not in str(stored) + signing.log()


def test_headers_of_a_project_go_to_no_origin_but_those_it_names(
    signing: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    def sent(path: str) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {signing.new_token('public-api:write', project='shut')}"
        }
        images = [services.image(picture)]
        body = {"systemName": path, "images": images, "webhook": f"{receiver.url}{path}"}
        assert signing.post(body, headers=headers).status_code == 200
        (received,) = receiver.wait(path)
        return lower(received)

    stranger = sent("/stranger")
    assert "authorization" not in stranger
    assert stranger["x-livingdocs-signature"]
    signing.sql(
        "update project_secrets set webhook_origins = array[%(origin)s]"
        " where webhook_origins is not null",
        origin=receiver.url,
    )
    assert sent("/named")["authorization"] == "Bearer receiver-only"


def test_what_is_not_taken_comes_again_with_the_same_id_and_a_new_signature(
    signing: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    receiver.answers = [500]
    job = signing.accept([services.image(picture)], "again", webhook=f"{receiver.url}/again")
    first, second = receiver.wait("/again", 2)
    assert first.body == second.body
    assert lower(first)["webhook-id"] == lower(second)["webhook-id"]
    assert int(lower(second)["webhook-timestamp"]) > int(lower(first)["webhook-timestamp"])
    assert standardwebhooks.Webhook(SECRET).verify(second.body, lower(second))
    assert delivery(signing, job) == ("delivered", 2, [500, 200])


def test_a_redirect_is_a_failure_and_is_not_followed(
    signing: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    receiver.answers = [307]
    receiver.headers = {"Location": f"{receiver.url}/elsewhere"}
    job = signing.accept([services.image(picture)], "moved", webhook=f"{receiver.url}/moved")
    assert delivery(signing, job) == ("delivered", 2, [307, 200])
    assert {received.path for received in receiver.received} == {"/moved"}


def test_any_2xx_takes_it(
    signing: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    statuses = receiver.answers = [200, 201, 204, 299]
    jobs = [
        signing.accept([services.image(picture)], f"taken {status}", webhook=f"{receiver.url}/2xx")
        for status in statuses
    ]
    made = [delivery(signing, job) for job in jobs]
    assert {(state, tries) for state, tries, _ in made} == {("delivered", 1)}


def test_410_ends_it(signing: services.Service, receiver: receivers.Receiver, picture: str) -> None:
    receiver.answers = [410]
    job = signing.accept([services.image(picture)], "gone", webhook=f"{receiver.url}/gone")
    assert delivery(signing, job) == ("failed", 1, [410])
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "http://169.254.169.254/", "https://metadata.google.internal/"]
)
def test_a_webhook_to_a_refused_address_is_400_at_creation(
    signing: services.Service, picture: str, url: str
) -> None:
    answer = signing.post(
        {"systemName": "refused", "images": [services.image(picture)], "webhook": url}
    )
    assert answer.status_code == 400
    expected = {"webhook": "the address is not allowed"}
    shapes.check(answer.json(), shapes.error(400, expected))


def test_a_job_whose_rows_all_failed_at_acceptance_calls_its_webhook_too(
    signing: services.Service, receiver: receivers.Receiver, picture: str
) -> None:
    images = [services.image(picture, "same")] * 3
    job = signing.accept(images, "twins", webhook=f"{receiver.url}/twins")
    assert delivery(signing, job)[0] == "delivered"
    details = json.loads(receiver.received[0].body)["overview"]["details"]
    assert details == {"success": 1, "skipped": 0, "failed": 2}
