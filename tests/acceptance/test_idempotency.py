"""Idempotency-Key: the same request under the same key is one job, however often it comes."""

import concurrent.futures
import contextlib
import json
import signal
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from tests.fixtures import processes, shapes
from tests.fixtures import service as services

POST = "/api/v1/import/images"
AT_ONCE = 50


@pytest.fixture(scope="module")
def twins(module_database_url: str) -> Iterator[list[services.Service]]:
    """Two services on one database, without workers: what is posted stays as it is."""
    with contextlib.ExitStack() as stack:
        data_dir = stack.enter_context(services.folder())
        (data_dir / "projects").mkdir(mode=0o755)
        (data_dir / "projects" / "sport.json").write_text("{}")
        first = stack.enter_context(
            services.serving(module_database_url, workers=0, data_dir=data_dir)
        )
        second = stack.enter_context(services.serving(module_database_url, workers=0))
        yield [first, second]


def batch(system: str, images: int = 1) -> dict[str, Any]:
    wanted = [services.image(f"http://127.0.0.1:1/{n}.jpg", n) for n in range(images)]
    return {"systemName": system, "images": wanted}


def send(service: services.Service, body: dict[str, Any], key: str) -> httpx.Response:
    return service.post(body, headers={"Idempotency-Key": key}, timeout=60)


def jobs(service: services.Service, system: str) -> list[tuple[str, int]]:
    return service.sql(
        "select j.public_id, (select count(*) from images i where i.job_id = j.id)"
        " from jobs j where j.system_name = %(system)s order by j.id",
        system=system,
    )


@pytest.mark.parametrize(("system", "images"), [("small", 1), ("large", 3000)])
def test_fifty_at_once_over_two_services_are_one_job(
    twins: list[services.Service], system: str, images: int
) -> None:
    body = batch(system, images)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        sent = [pool.submit(send, twins[n % 2], body, system) for n in range(AT_ONCE)]
        answers = [one.result() for one in sent]
    assert {answer.status_code for answer in answers} == {200}
    (job,) = {answer.json()["id"] for answer in answers}
    assert jobs(twins[0], system) == [(job, images)]


def test_while_fifty_wait_for_one_key_others_are_served(twins: list[services.Service]) -> None:
    """A key that somebody else's transaction holds keeps one connection of a service, not all."""
    url = twins[0].environment["WIREPHOTO_DATABASE_URL"]
    body = batch("held")
    with (
        concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool,
        psycopg.connect(url, autocommit=True) as watching,
    ):
        with psycopg.connect(url) as holder:
            holder.execute(
                "insert into request_keys (project_id, key, digest, job)"
                " select id, 'held', '', 'nobody' from projects where handle = 'default'"
            )
            sent = [pool.submit(send, twins[0], body, "held") for _ in range(AT_ONCE)]
            processes.until(lambda: _waiting(watching), "one request waits for the key")
            health = [twins[0].get("/mediaLibrary", ids="x").status_code for _ in range(20)]
            assert health == [200] * 20
            assert _waiting(watching) == 1
            holder.rollback()
        answers = [one.result() for one in sent]
    assert {answer.status_code for answer in answers} == {200}, answers[0].text
    (job,) = {answer.json()["id"] for answer in answers}
    assert jobs(twins[0], "held") == [(job, 1)]


def _waiting(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
        " and query like 'insert into request_keys%%'"
        " and datname = current_database()"
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_the_same_key_with_another_body_is_409_and_nothing_is_stored(
    twins: list[services.Service],
) -> None:
    first = send(twins[0], batch("other"), "other")
    for service in twins:
        refused = send(service, batch("other", 2), "other")
        assert refused.status_code == 409
        details = {"Idempotency-Key": "This key was used with another body within 24 hours."}
        expected = {"status": 409, "error": "Conflict", "error_details": details}
        shapes.check(refused.json(), expected)
    assert jobs(twins[0], "other") == [(first.json()["id"], 1)]


def test_of_fifty_with_two_bodies_at_once_one_body_wins(twins: list[services.Service]) -> None:
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        sent = [
            pool.submit(send, twins[n // 2 % 2], batch("either", 1 + n % 2), "either")
            for n in range(AT_ONCE)
        ]
        answers = [one.result() for one in sent]
    assert sorted({answer.status_code for answer in answers}) == [200, 409]
    assert sum(answer.status_code == 200 for answer in answers) == AT_ONCE // 2
    ((job, _),) = jobs(twins[0], "either")
    assert {a.json()["id"] for a in answers if a.status_code == 200} == {job}


def test_the_body_is_compared_byte_for_byte(twins: list[services.Service]) -> None:
    plain = json.dumps(batch("bytes")).encode()
    headers = {"Idempotency-Key": "bytes"}
    assert twins[0].client.post(POST, content=plain, headers=headers).status_code == 200
    spaced = twins[0].client.post(POST, content=plain + b" ", headers=headers)
    assert spaced.status_code == 409


def test_a_key_belongs_to_its_project(twins: list[services.Service]) -> None:
    sport = twins[0].new_token("public-api:write", project="sport")
    ours = send(twins[0], batch("mine"), "mine")
    headers = {"Idempotency-Key": "mine", "Authorization": f"Bearer {sport}"}
    theirs = twins[0].post(batch("mine"), headers=headers)
    assert (ours.status_code, theirs.status_code) == (200, 200)
    assert ours.json()["id"] != theirs.json()["id"]


def test_a_key_is_forgotten_after_a_day_and_not_before(twins: list[services.Service]) -> None:
    first = send(twins[0], batch("day"), "day").json()["id"]
    _age(twins[0], "day", "23 hours 59 minutes")
    assert send(twins[0], batch("day"), "day").json()["id"] == first
    _age(twins[0], "day", "24 hours")
    second = send(twins[0], batch("day", 2), "day")
    assert second.status_code == 200
    assert second.json()["id"] != first
    assert send(twins[1], batch("day", 2), "day").json() == second.json()


def _age(service: services.Service, key: str, age: str) -> None:
    service.sql(
        "update request_keys set created_at = now() - %(age)s::interval where key = %(key)s",
        age=age,
        key=key,
    )


def test_what_is_refused_leaves_its_key_free(twins: list[services.Service]) -> None:
    assert send(twins[0], {"systemName": "free", "images": []}, "free").status_code == 400
    assert send(twins[0], batch("free"), "free").status_code == 200


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("", "must not be empty"),
        ("x" * 256, "must be at most 255 characters (it has 256)"),
        ("schlüssel", "must be printable ASCII"),
        ("a\tb", "must be printable ASCII"),
    ],
    ids=["empty", "long", "not ASCII", "tab"],
)
def test_a_key_that_is_none_is_400(twins: list[services.Service], key: str, problem: str) -> None:
    answer = twins[0].client.post(
        POST, json=batch("bad"), headers=[(b"Idempotency-Key", key.encode())]
    )
    shapes.check(answer.json(), shapes.error(400, {"Idempotency-Key": problem}))
    assert jobs(twins[0], "bad") == []


def test_two_keys_are_400_and_the_longest_is_taken(twins: list[services.Service]) -> None:
    twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = twins[0].client.post(POST, json=batch("twice"), headers=twice)
    expected = {"Idempotency-Key": "must be given once (it is 2 times)"}
    shapes.check(answer.json(), shapes.error(400, expected))
    assert send(twins[0], batch("longest"), "~" * 255).status_code == 200


def test_a_service_killed_before_its_commit_leaves_the_key_to_the_next_try(
    module_database_url: str, twins: list[services.Service]
) -> None:
    """Killed in its transaction, before the answer: the client sends it again elsewhere."""
    body = batch("killed", 500)
    with services.serving(module_database_url, workers=0) as doomed:
        token = {"Authorization": f"Bearer {doomed.token}", "Idempotency-Key": "killed"}
        with (
            concurrent.futures.ThreadPoolExecutor(1) as pool,
            psycopg.connect(module_database_url) as holder,
        ):
            holder.execute("lock table chunks in share mode")
            lost = pool.submit(httpx.post, doomed.url + POST, json=body, headers=token)
            processes.until(lambda: _locked(doomed), "the request holds its key")
            doomed.process.send_signal(signal.SIGKILL)
            with pytest.raises(httpx.TransportError):
                lost.result()
        again = send(twins[1], body, "killed")
    assert again.status_code == 200
    assert jobs(twins[1], "killed") == [(again.json()["id"], 500)]


def _locked(service: services.Service) -> bool:
    ((waiting,),) = service.sql(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
        " and query like 'insert into chunks%%' and datname = current_database()"
    )
    return bool(waiting)


def test_an_answer_that_was_lost_after_the_commit_comes_again(
    twins: list[services.Service],
) -> None:
    """The client hangs up before it reads; what it sends again is answered with the first job."""
    body = json.dumps(batch("lost")).encode()
    address = httpx.URL(twins[0].url)
    with socket.socket() as connection:
        connection.connect((address.host, address.port or 80))
        connection.sendall(
            b"POST /api/v1/import/images HTTP/1.1\r\nHost: x\r\nIdempotency-Key: lost\r\n"
            b"Authorization: Bearer " + twins[0].token.encode() + b"\r\n"
            b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        )
        processes.until(lambda: jobs(twins[0], "lost"), "the job is there")
    again = twins[1].client.post(POST, content=body, headers={"Idempotency-Key": "lost"})
    assert jobs(twins[0], "lost") == [(again.json()["id"], 1)]
