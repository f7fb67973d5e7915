"""Clients that take their time, or come in crowds: they lose their place, others are answered."""

import concurrent.futures
import contextlib
import resource
import signal
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.fixtures import processes, shapes, sockets
from tests.fixtures import service as services

SECONDS = 1.0  # WIREPHOTO_CLIENT_TIMEOUT here
MOST = 1500
HALF = b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nX-"
HEALTH = b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
ROWS = 20_000
SLOW_READERS = 24  # more than the 16 connections of the API's pool


@pytest.fixture(scope="module")
def impatient(module_database_url: str) -> Iterator[services.Service]:
    with services.serving(
        module_database_url,
        workers=0,
        WIREPHOTO_CLIENT_TIMEOUT=f"{SECONDS:g}",
        WIREPHOTO_MAX_CONNECTIONS=str(MOST),
    ) as running:
        yield running


@pytest.fixture(scope="module")
def finished(impatient: services.Service) -> str:
    """A finished job whose status is some 18 MB."""
    impatient.sql(
        "with snapshot as (insert into project_snapshots (project_id, digest, content)"
        " select id, 'x', '{}' from projects where handle = 'default' returning id, project_id),"
        " job as (insert into jobs (public_id, project_id, snapshot_id, rank, system_name, state,"
        " total, done, failed, started_at, finished_at)"
        " select 'large', project_id, id, 1, 'large', 'success', %(n)s, %(n)s, %(n)s, now(), now()"
        " from snapshot returning id),"
        " image as (insert into images (job_id, position, external_id, url, file_name, metadata,"
        " media_type) select id, n, n::text, 'http://x.example/', repeat('x', 500), '{}', 'image'"
        " from job, generate_series(0, %(n)s - 1) n)"
        " insert into results (job_id, position, state, attempts, code, reason, retryable)"
        " select id, n, 'failed', 1, 'timeout', repeat('y', 200), true"
        " from job, generate_series(0, %(n)s - 1) n",
        n=ROWS,
    )
    return "large"


def is_healthy(service: services.Service, within: float = 5.0) -> bool:
    return httpx.get(f"{service.url}/api/v1/health", timeout=within).status_code == 200


def request(service: services.Service, path: str, *fields: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {service.token}"]
    return ("\r\n".join([*lines, *fields]) + "\r\n\r\n").encode()


def test_a_head_that_does_not_come_whole_is_answered_408_in_time(
    impatient: services.Service,
) -> None:
    begun = time.monotonic()
    answer = sockets.exchange(impatient.url, HALF)
    assert SECONDS <= time.monotonic() - begun < SECONDS + 10
    assert answer.status == 408
    expected = {"status": 408, "error": "Request Timeout", "error_details": {"request": str}}
    shapes.check(answer.json(), expected)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_head_that_drips_has_no_more_time(impatient: services.Service) -> None:
    with sockets.connected(impatient.url) as connection:
        connection.settimeout(0.2)
        begun = time.monotonic()
        came = b""
        while not came:
            assert time.monotonic() - begun < SECONDS + 10
            connection.sendall(b"G")
            with contextlib.suppress(TimeoutError):
                came = connection.recv(1000)
    assert came.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("before", [b"", HEALTH], ids=["a new one", "one that was answered"])
def test_a_connection_that_sends_nothing_is_closed_without_a_word(
    impatient: services.Service, before: bytes
) -> None:
    with sockets.connected(impatient.url) as connection:
        connection.sendall(before)
        came = sockets.until_closed(connection)
    assert came.count(b"HTTP/1.1") == (1 if before else 0)


def test_a_connection_is_kept_for_longer_than_clients_keep_theirs(database_url: str) -> None:
    """httpx uses one again for five seconds: one that we end then takes a request along."""
    with (
        services.serving(database_url, workers=0, WIREPHOTO_CLIENT_TIMEOUT="8") as patient,
        sockets.connected(patient.url) as connection,
    ):
        begun = time.monotonic()
        connection.sendall(HEALTH)
        sockets.until_closed(connection)
        assert time.monotonic() - begun > 7.5


def test_a_second_head_on_a_connection_has_no_more_time_than_the_first(
    impatient: services.Service,
) -> None:
    with sockets.connected(impatient.url) as connection:
        connection.sendall(HEALTH + HALF)
        begun = time.monotonic()
        came = sockets.until_closed(connection)
        assert time.monotonic() - begun < SECONDS + 10
    assert came.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in came


def test_a_body_that_pauses_is_400_and_the_connection_ends(impatient: services.Service) -> None:
    head = request(impatient, "/api/v1/import/images", "Content-Length: 1000")
    answer = sockets.exchange(impatient.url, head.replace(b"GET", b"POST", 1) + b'{"images"')
    assert answer.status == 400
    expected = {"body": f"stopped for {SECONDS:g} s, or came drop by drop"}
    shapes.check(answer.json(), shapes.error(400, expected))
    assert answer.headers["connection"] == "close"


def test_a_body_that_comes_drop_by_drop_is_400(impatient: services.Service) -> None:
    head = request(impatient, "/api/v1/import/images", "Content-Length: 1000")
    with sockets.connected(impatient.url) as connection:
        connection.sendall(head.replace(b"GET", b"POST", 1))
        connection.settimeout(0.3)
        came, begun = b"", time.monotonic()
        while not came:
            assert time.monotonic() - begun < SECONDS + 10
            connection.sendall(b" ")
            with contextlib.suppress(TimeoutError):
                came = connection.recv(10_000)
    assert sockets.answer(came).status == 400


def test_a_body_that_goes_on_after_a_refusal_does_not_hold_the_connection(
    impatient: services.Service,
) -> None:
    head = b"POST /api/v1/import/images HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"
    with sockets.connected(impatient.url) as connection:
        connection.sendall(head)
        with pytest.raises(ConnectionError):
            drip_for_ever(connection)


def drip_for_ever(connection: socket.socket) -> None:
    """Unless it is ended."""
    begun = time.monotonic()
    while time.monotonic() - begun < SECONDS + 20:
        connection.sendall(b"x")
        time.sleep(0.1)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, identity"])
def test_a_compressed_body_is_refused_unread(impatient: services.Service, coding: str) -> None:
    answer = impatient.client.post(
        "/api/v1/import/images", content=b"\x1f\x8b", headers={"Content-Encoding": coding}
    )
    assert answer.status_code == 400
    expected = {"body": "must not be compressed (Content-Encoding)"}
    shapes.check(answer.json(), shapes.error(400, expected))


@pytest.mark.timeout(180)
def test_a_thousand_half_sent_heads_leave_the_service_answering_and_are_all_ended(
    impatient: services.Service,
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        crowd = []
        for _ in range(1000):
            connection = stack.enter_context(sockets.opened(impatient.url))
            connection.sendall(HALF)
            crowd.append(connection)
            if len(crowd) % 100 == 0:
                assert is_healthy(impatient)
        for connection in crowd:
            assert sockets.until_closed(connection)[:12] in {b"HTTP/1.1 408", b""}
    assert is_healthy(impatient)


@pytest.fixture(scope="module")
def narrow(module_database_url: str) -> Iterator[services.Service]:
    """A service with room for four connections."""
    with services.serving(module_database_url, workers=0, WIREPHOTO_MAX_CONNECTIONS="4") as running:
        yield running


def test_when_all_places_are_taken_the_longest_waiting_makes_room(
    narrow: services.Service,
) -> None:
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(sockets.opened(narrow.url)) for _ in range(4)]
        for connection in crowd:
            connection.sendall(HALF)
        for oldest in crowd:
            other = stack.enter_context(sockets.opened(narrow.url))
            other.sendall(HEALTH)
            assert other.recv(1000).startswith(b"HTTP/1.1 200")
            assert sockets.until_closed(oldest) == b""


def test_newcomers_who_arrive_in_one_moment_each_get_the_place_of_another(
    narrow: services.Service,
) -> None:
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(sockets.opened(narrow.url)) for _ in range(4)]
        for connection in crowd:
            connection.sendall(HALF)
        processes.until(lambda: established(narrow) == 4, "all four have a place")
        narrow.process.send_signal(signal.SIGSTOP)
        try:
            late = [stack.enter_context(sockets.opened(narrow.url)) for _ in range(3)]
        finally:
            narrow.process.send_signal(signal.SIGCONT)
        for oldest in crowd[:3]:
            assert sockets.until_closed(oldest) == b""
        for connection in late:
            connection.sendall(HEALTH)
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        assert established(narrow) == 4


def established(service: services.Service) -> int:
    """Connections of clients that it has accepted and not closed."""
    lines = psutil.Process(service.process.pid).net_connections("tcp")
    port = urlsplit(service.url).port
    return sum(one.status == "ESTABLISHED" and one.laddr.port == port for one in lines)


def test_when_all_places_are_at_work_a_new_request_is_503_with_retry_after(
    narrow: services.Service,
) -> None:
    head = request(narrow, "/api/v1/import/images", "Content-Length: 1000")
    with contextlib.ExitStack() as stack:
        for _ in range(4):  # their bodies do not come
            connection = stack.enter_context(sockets.opened(narrow.url))
            connection.sendall(
                head.replace(b"GET", b"POST", 1).replace(
                    b"Content-Length", b"Expect: 100-continue\r\nContent-Length", 1
                )
            )
            assert b"100" in connection.recv(100)  # it is at work
        answer = sockets.exchange(narrow.url, HEALTH)
    assert answer.status == 503
    shapes.check(answer.json(), shapes.error(503, {"connections": str}))
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["cache-control"] == "no-store"


def slow_reader(service: services.Service, path: str) -> socket.socket:
    """Who has asked, and takes nothing."""
    connection = sockets.opened(service.url, receive_buffer=4096)
    connection.sendall(request(service, path))
    assert connection.recv(1, socket.MSG_PEEK)
    return connection


@pytest.mark.timeout(180)
def test_slow_readers_of_long_answers_starve_nobody_and_lose_their_place(
    impatient: services.Service, finished: str
) -> None:
    path = f"/api/v1/import/images/status?id={finished}"
    with contextlib.ExitStack() as stack:
        with concurrent.futures.ThreadPoolExecutor(SLOW_READERS) as pool:
            readers = list(pool.map(lambda _: slow_reader(impatient, path), range(SLOW_READERS)))
        for reader in readers:
            stack.enter_context(reader)
        assert is_healthy(impatient)
        assert open_transactions(impatient) == 0
        deadline = time.monotonic() + SECONDS * 3 + 30
        while connections(impatient):
            assert time.monotonic() < deadline, "slow readers keep their places"
            time.sleep(0.1)
        assert len(sockets.until_closed(readers[0])) < ROWS * 500


def open_transactions(service: services.Service) -> int:
    ((count,),) = service.sql(
        "select count(*) from pg_stat_activity where application_name = 'wirephoto api'"
        " and state = 'idle in transaction'"
    )
    return int(count)


def connections(service: services.Service) -> int:
    """Of clients, that the service still holds."""
    port = urlsplit(service.url).port
    with open("/proc/net/tcp", encoding="ascii") as table:  # noqa: PTH123 - no file of a disk
        rows = [line.split() for line in table]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "01" for row in rows)


@pytest.mark.timeout(180)
def test_a_reader_that_is_slow_but_takes_on_has_all_of_it(
    impatient: services.Service, finished: str
) -> None:
    path = f"/api/v1/import/images/status?id={finished}"
    with sockets.connected(impatient.url, receive_buffer=65536) as connection:
        connection.sendall(request(impatient, path, "Connection: close"))
        came, begun = 0, time.monotonic()
        tail = b""
        while data := connection.recv(400_000):
            came, tail = came + len(data), data
            if time.monotonic() - begun < SECONDS * 2:
                time.sleep(0.02)
    assert came > ROWS * 500
    assert tail.rstrip().endswith(b"0")


def test_all_rows_come_once_and_in_order_and_narrowed(
    impatient: services.Service, finished: str
) -> None:
    rows = impatient.status(finished)["images"]
    assert [row["externalId"] for row in rows] == [str(number) for number in range(ROWS)]
    for limit, offset in ((1, 0), (1000, 0), (1001, 2500), (2000, ROWS - 1500)):
        part = impatient.status(finished, state="failed", limit=limit, offset=offset)["images"]
        assert part == rows[offset : offset + limit]
    assert impatient.status(finished, state="success")["images"] == []
