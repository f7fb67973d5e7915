"""Every secret, through a day of a service with all that goes wrong in it: it is found nowhere.

Looked through are the logs of ``serve`` and its workers, every answer, what commands print, the
command lines of all processes, and a dump of the whole database but for ``project_secrets``.
"""

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psutil
import psycopg
import psycopg.sql
import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import gateway as gateways
from tests.fixtures import processes, sockets
from tests.fixtures import receiver as receivers
from tests.fixtures import service as services
from tests.origins import pictures
from wirephoto.project import tokens

pytestmark = pytest.mark.timeout(300)
PASSWORD = "db-p4ssw0rd/with@signs"
BUCKET_KEY = "bucket-k3y-Zm9vYmFyYmF6"
SIGNATURE = "0r1g1n-s1gn4ture"  # of source URLs: kept with the batch, and nowhere else
WEBHOOK_QUERY = "r3ce1ver-qu3ry"
PROJECT_SECRET = "whsec_" + base64.b64encode(b"the secret of a project file.").decode()
SECRET = "1nstallat1on-s3cret"
HEADER = "he4der-of-the-rece1ver"


@dataclass
class Day:
    """What was said, and the secrets that must not be in it."""

    service: services.Service
    said: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def secrets(self) -> list[str]:
        """As they are, and as they stand in a URL; of tokens the half behind the prefix."""
        plain = [PASSWORD, BUCKET_KEY, SIGNATURE, WEBHOOK_QUERY, SECRET, HEADER]
        plain += [PROJECT_SECRET.removeprefix("whsec_"), *(token[3:25] for token in self.tokens)]
        return [*plain, *(quote(one, safe="") for one in plain)]

    def hear(self, answer: httpx.Response) -> httpx.Response:
        self.said.append(f"{answer.status_code} {answer.headers} {answer.text}")
        return answer


@pytest.fixture(scope="module")
def gateway(module_database_url: str) -> Iterator[gateways.Gateway]:
    with gateways.opened(module_database_url) as running:
        yield running


@pytest.fixture(scope="module")
def day(gateway: gateways.Gateway, gallery: galleries.Gallery) -> Iterator[Day]:
    """A service with a secret wherever there can be one, after its day."""
    own = {"webhookSecret": PROJECT_SECRET, "webhookHeaders": {"Authorization": f"Bearer {HEADER}"}}
    project = {"mediaTypes": [{"handle": "image", "type": "mediaImage", "metadata": []}]}
    url = gateway.url.replace("@", f":{quote(PASSWORD, safe='')}@", 1)
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        path = data_dir / "projects" / "sport.json"
        path.write_text(json.dumps({**project, "wirephoto": own}))
        path.chmod(0o600)
        with services.serving(
            url,
            data_dir=data_dir,
            WIREPHOTO_WEBHOOK_SECRET=SECRET,
            WIREPHOTO_FETCH_TRIES="1",
            WIREPHOTO_CLIENT_TIMEOUT="5",
            AWS_SECRET_ACCESS_KEY=BUCKET_KEY,
        ) as running:
            done = Day(running, tokens=[running.token])
            _live(done, gateway, gallery)
            yield done


def _live(day: Day, gateway: gateways.Gateway, gallery: galleries.Gallery) -> None:
    receiver = receivers.Receiver()
    try:
        _use_tokens(day)
        _import(day, gallery, receiver)
    finally:
        receiver.close()
    _break_off(day, gateway)


def _use_tokens(day: Day) -> None:
    """Good ones and bad ones, in every place that a client may put them."""
    gone = day.service.new_token("public-api:read")
    day.service.sql("update tokens set revoked_at = now() where name = 'another'")
    day.tokens += [gone, tokens.mint(), tokens.mint()[:-1]]
    ended = services.run("token", "list", environment=day.service.environment)
    day.said += [ended.stdout, ended.stderr]
    with httpx.Client(base_url=day.service.url) as client:
        for token in day.tokens:
            _show_everywhere(day, client, token)


def _show_everywhere(day: Day, client: httpx.Client, token: str) -> None:
    for headers in ({"Authorization": f"Bearer {token}"}, {"Authorization": token}):
        for path in (
            f"/api/v1/mediaLibrary/{token}?access_token={token}",
            f"/api/v1/mediaLibrary?systemName={token}&externalId={token}",
            f"/api/v1/mediaLibrary/serve-image/{token}",
            f"/api/v1/import/images/status?id={token}&limit={token}",
            f"/api/{token}/health",
            f"/{token}",
        ):
            day.hear(client.get(path, headers=headers))
    day.hear(day.service.client.request(token, "/api/v1/health"))
    day.hear(day.service.client.post(f"/api/v1/import/images?token={token}", content=token))
    raw = f"GET /{token} HTTP/1.1\r\nHost: {token}/\r\nBroken {token}\r\n\r\n".encode()
    day.said.append(str(sockets.exchange(day.service.url, raw)))


def _import(day: Day, gallery: galleries.Gallery, receiver: receivers.Receiver) -> None:
    """Signed URLs of every fate, and webhooks with secrets of each kind."""
    signed = f"?X-Signature={SIGNATURE}&x={SIGNATURE}"
    good = gallery.hang("/good.jpg", pictures.jpeg(1))
    text = gallery.hang("/text.jpg", b"no picture")
    urls = [
        good + signed,
        text + signed,
        good.replace("good", "missing") + signed,
        f"http://127.0.0.1:1/refused.jpg{signed}",
        f"http://169.254.169.254/latest{signed}",
        f"{good}?a='x'&b=\"x\" x é&sig={SIGNATURE}#{SIGNATURE}",
    ]
    images = [services.image(url, number) for number, url in enumerate(urls)]
    sport = day.service.new_token("public-api:write", "public-api:read", project="sport")
    day.tokens.append(sport)
    headers = {"Authorization": f"Bearer {sport}"}
    receiver.answers = [500]
    for name, given in (("default", {}), ("sport", headers)):
        body = {"systemName": "signed", "images": images}
        body["webhook"] = f"{receiver.url}/{name}?q={WEBHOOK_QUERY}"
        answer = day.service.post(body, headers=given)
        assert answer.status_code == 200, answer.text
        states = [row["state"] for row in _rows(day, answer.json()["id"], given)]
        assert states.count("success") >= 1
        assert states.count("failed") >= 4
        (call,) = receiver.wait(f"/{name}?q={WEBHOOK_QUERY}")[:1]
        assert ("Bearer " + HEADER in call.headers.values()) == (name == "sport")
    for bad in (f"ftp://u:{SIGNATURE}@x/", f"http://u:{SIGNATURE}@x/p{signed}", f"//x{signed}"):
        body = {"systemName": "bad", "images": [services.image(bad)], "webhook": bad}
        assert day.hear(day.service.post(body)).status_code == 400


def _rows(day: Day, job: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    deadline = time.monotonic() + services.PATIENCE_SECONDS
    while time.monotonic() < deadline:
        path = f"/api/v1/import/images/status?id={job}"
        status = day.hear(day.service.client.get(path, headers=headers)).json()
        if status["finished"]:
            return list(status["images"])
        time.sleep(0.05)
    raise TimeoutError(job)


def _break_off(day: Day, gateway: gateways.Gateway) -> None:
    """The database goes away under requests that carry tokens in the wrong places."""
    gateway.shut()
    token = day.tokens[0]
    assert day.hear(day.service.get(f"/mediaLibrary/{token}?ids={token}")).status_code == 503
    processes.until(lambda: "worker_died" in day.service.log(), "workers that lose it")
    ended = services.run("doctor", environment=day.service.environment)
    assert "does not answer" in ended.stdout
    day.said += [ended.stdout, ended.stderr]
    gateway.open()
    processes.until(
        lambda: day.service.client.get("/api/v1/health").status_code == 200, "health again", 120
    )
    for table in ("tokens", "jobs"):  # a fault of ours, with a trace
        _without(day, table)


def _without(day: Day, table: str) -> None:
    query = {
        "tokens": (b"alter table tokens rename to t", b"alter table t rename to tokens"),
        "jobs": (b"alter table jobs rename to j", b"alter table j rename to jobs"),
    }[table]
    with psycopg.connect(day.service.environment["WIREPHOTO_DATABASE_URL"]) as connection:
        connection.autocommit = True
        connection.execute(query[0])
        try:
            token = day.tokens[0]
            answer = day.hear(day.service.get("/import/images/status", id=token))
        finally:
            connection.execute(query[1])
    assert answer.status_code == 500
    assert answer.json()["error_details"] == {"internal": "A fault of ours; the log has it."}
    assert answer.headers["x-content-type-options"] == "nosniff"


def found_in(text: str, day: Day) -> list[str]:
    return [secret for secret in day.secrets() if secret in text]


def test_no_answer_and_no_command_says_a_secret(day: Day) -> None:
    assert len(day.said) > 60
    assert found_in("\n".join(day.said), day) == []


def test_no_log_line_holds_a_secret_or_the_query_of_a_url(day: Day) -> None:
    log = day.service.log()
    for event in ("webhook_tried", "database_away", "worker_died", "request_failed", "Traceback"):
        assert event in log, f"the day had no {event}"
    assert found_in(log, day) == []


def test_no_command_line_holds_a_secret(day: Day) -> None:
    family = processes.family(day.service.process.pid)
    assert len(family) >= 2
    lines = [" ".join(process.cmdline()) for process in family]
    with psycopg.connect(day.service.environment["WIREPHOTO_DATABASE_URL"]) as connection:
        lines += [str(row) for row in connection.execute("select * from pg_stat_activity")]
    server = [one for one in psutil.process_iter(["name"]) if one.info["name"] == "postgres"]
    lines += [_command_line(process) for process in server]
    assert found_in("\n".join(lines), day) == []


def _command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ""


def dump(url: str, leave_out: str = "") -> str:
    """The content of every table, as COPY writes it into a dump."""
    written = []
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select tablename from pg_tables where schemaname = 'public' and tablename <> %s",
            [leave_out],
        ).fetchall()
        for (name,) in tables:
            query = psycopg.sql.SQL("copy {} to stdout").format(psycopg.sql.Identifier(name))
            with connection.cursor().copy(query) as copy:
                written += [f"{name} {bytes(row).decode()}" for row in copy]
    return "\n".join(written)


def test_a_dump_of_the_database_holds_no_token_and_secrets_of_projects_in_one_table(
    day: Day, module_database_url: str
) -> None:
    whole = dump(module_database_url)
    assert "tokens " in whole
    assert not [token for token in day.tokens if token[3:25] in whole]
    assert PROJECT_SECRET in whole
    rest = dump(module_database_url, leave_out="project_secrets")
    kept_with_the_batch = {SIGNATURE, WEBHOOK_QUERY}  # to be fetched and called again
    assert set(found_in(rest, day)) == kept_with_the_batch


def test_files_of_the_service_hold_no_secret(day: Day) -> None:
    for path in day.service.data_dir.rglob("*"):
        if path.is_file() and path.suffix not in {".jpg", ".json"}:
            assert found_in(path.read_text(errors="replace"), day) == [], path


def test_the_secrets_were_there_to_be_found(day: Day) -> None:
    """The search itself: it finds each of them where it must be."""
    environment = " ".join(day.service.environment.values())
    assert {quote(PASSWORD, safe=""), SECRET, BUCKET_KEY} <= set(found_in(environment, day))
    project = Path(day.service.data_dir / "projects" / "sport.json").read_text()
    assert {HEADER, PROJECT_SECRET.removeprefix("whsec_")} <= set(found_in(project, day))
