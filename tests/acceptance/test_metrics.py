"""What Prometheus reads: right over processes, kills and time; shown to nobody who may not see."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import LiteralString

import httpx
import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import promtool
from tests.fixtures import service as services
from tests.origins import pictures
from wirephoto.metrics import families

_LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="[^"\\]*",?)+)\})? (-?[0-9.e+]+)')
_RESULTS = 'wirephoto_images_total{result="success",code=""}'


def samples(page: str) -> dict[str, float]:
    """Every line of a page that is no comment; each must be one of the format."""
    found = {}
    for line in page.splitlines():
        if not line.startswith("# "):
            read = _LINE.fullmatch(line)
            assert read, line
            found[line.rpartition(" ")[0]] = float(read[3])
    return found


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def watched(module_database_url: str) -> Iterator[services.Service]:
    port = str(free_port())
    with services.serving(module_database_url, workers=2, WIREPHOTO_METRICS_PORT=port) as running:
        yield running


def page(service: services.Service) -> str:
    port = service.environment["WIREPHOTO_METRICS_PORT"]
    answer = httpx.get(f"http://127.0.0.1:{port}/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return answer.text


def scrape(service: services.Service) -> dict[str, float]:
    return samples(page(service))


def worker_pids(service: services.Service) -> list[int]:
    found = subprocess.run(
        ["ps", "--ppid", str(service.process.pid), "-o", "pid=,args="],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split() for line in found.stdout.splitlines()]
    return [int(line[0]) for line in lines if "wirephoto.worker.process" in line]


def test_every_metric_is_there_from_the_start_and_has_its_words(watched: services.Service) -> None:
    text = page(watched)
    for family in families.EVERY:
        assert f"# HELP {family.name} {family.text}\n# TYPE {family.name} {family.kind}\n" in text
    assert text.count("# TYPE ") == len(families.EVERY) == len({one.name for one in families.EVERY})


def test_images_of_all_processes_add_up_and_a_killed_worker_takes_nothing_back(
    watched: services.Service, gallery: galleries.Gallery
) -> None:
    before, total = scrape(watched), 0
    urls = [gallery.hang(f"/m{one}.jpg", pictures.jpeg(one)) for one in range(12)]
    for turn in range(3):
        images = [services.image(url, f"{turn} {one}") for one, url in enumerate(urls)]
        images.append(services.image(urls[0] + "none", f"{turn} none"))
        watched.bring(images, f"metrics {turn}")
        total += len(urls)
        seen = scrape(watched)
        assert seen[_RESULTS] - before[_RESULTS] == total
        for pid in worker_pids(watched):
            os.kill(pid, signal.SIGKILL)
    seen = scrape(watched)
    assert seen['wirephoto_images_total{result="failed",code="http_status"}'] == 3
    assert seen['wirephoto_tries_total{code="http_status"}'] == 3
    assert (
        seen['wirephoto_tries_total{code=""}'] - before['wirephoto_tries_total{code=""}'] == total
    )
    assert seen["wirephoto_fetch_seconds_count"] - before["wirephoto_fetch_seconds_count"] == total
    assert (
        seen['wirephoto_fetch_seconds_bucket{le="+Inf"}'] == seen["wirephoto_fetch_seconds_count"]
    )
    assert seen["wirephoto_fetched_bytes_total"] >= total * len(pictures.jpeg(1)) / 2
    assert seen["wirephoto_images_accepted_total"] == total + 3
    assert seen["wirephoto_stored_bytes_total"] > 0
    deadline = time.monotonic() + services.PATIENCE_SECONDS
    while scrape(watched)["wirephoto_workers_died_total"] < 4:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert scrape(watched)[_RESULTS] == seen[_RESULTS]


def test_the_gauges_are_what_the_database_holds(watched: services.Service) -> None:
    job: LiteralString = (
        "insert into chunks (job_id, number, positions, available_at)"
        " values (-7, 0, '{0,1,2}', %(at)s)"
    )
    try:
        watched.sql(job, at="2998-01-01")  # what is due, the rescue would look after
        watched.sql(job, at="2999-01-01")
        watched.sql("insert into origins (name, parked_at) values ('http://away.test:80', now())")
        time.sleep(2.1)  # one answer of the database serves for two seconds
        seen = scrape(watched)
    finally:
        watched.sql("delete from chunks where job_id = -7")
        watched.sql("delete from origins where name = 'http://away.test:80'")
    assert seen['wirephoto_queue_chunks{state="later"}'] == 2
    assert seen["wirephoto_queue_images"] == 6
    assert seen["wirephoto_queue_jobs"] == 1
    assert seen["wirephoto_origins_parked"] == 1
    assert seen["wirephoto_database_up"] == 1


def test_a_token_without_the_scope_does_not_read_metrics(watched: services.Service) -> None:
    for scopes, status in (
        ([], 403),
        (["public-api:read", "ui:write"], 403),
        (["metrics:read"], 200),
    ):
        headers = {"Authorization": f"Bearer {watched.new_token(*scopes)}"}
        assert httpx.get(f"{watched.url}/metrics", headers=headers).status_code == status
    assert httpx.get(f"{watched.url}/metrics").status_code == 401


def test_the_port_of_its_own_has_nothing_else(watched: services.Service) -> None:
    address = f"http://127.0.0.1:{watched.environment['WIREPHOTO_METRICS_PORT']}"
    assert httpx.get(f"{address}/api/v1/health").status_code == 404
    assert httpx.post(f"{address}/metrics").status_code == 405


@promtool.needed
def test_promtool_finds_nothing_to_say_of_the_page(watched: services.Service) -> None:
    assert promtool.run("check", "metrics", given=page(watched)) == ""


def test_the_machine_tells_of_its_disks_and_of_every_kind_of_process(
    watched: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang(
        "/drawn.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    )
    watched.bring([services.image(url)], "drawn")
    seen = scrape(watched)
    for folder in ("data", "storage"):
        free = seen[f'wirephoto_disk_free_bytes{{folder="{folder}"}}']
        assert 0 < free < seen[f'wirephoto_disk_size_bytes{{folder="{folder}"}}']
    for process in ("command", "worker", "picture"):
        assert 1e6 < seen[f'wirephoto_process_memory_bytes{{process="{process}"}}'] < 1e9
