"""Origins whose TLS fails: a bad certificate is for good, a broken handshake is waited for."""

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults import scale
from tests.fixtures import certificates, figures, postgres, processes, service
from tests.origins import secure
from wirephoto.db import embedded

PICTURES = scale.pick(3, 200)  # of each origin
STALLED = 10  # one after the other, ten seconds a try: such an origin is asked for little
PARKED = scale.pick(30, 200)  # of one whose every handshake is broken: parked after twenty
REFUSED = {
    "expired": "certificate has expired",
    "another's": "certificate is for another name",
    "unknown": "certificate is not trusted",
}


@dataclass
class Authority:
    """Certificates by what is wrong with them, and the file of those that are trusted."""

    contexts: dict[str, ssl.SSLContext]
    trusted: Path


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("certificates")
    subjects = {
        "good": ("localhost", certificates.FOR_LONG),
        "expired": ("localhost", certificates.LONG_AGO),
        "another's": ("other.example.com", certificates.FOR_LONG),
        "unknown": ("localhost", certificates.FOR_LONG),
    }
    made = {}
    for place, (what, subject) in enumerate(subjects.items()):
        (own := folder / str(place)).mkdir()
        made[what] = certificates.certificate(own, *subject, what)
    trusted = folder / "trusted.pem"
    trusted.write_text("".join(made[what].read_text() for what in made if what != "unknown"))
    contexts = {what: certificates.serving(path) for what, path in made.items()}
    return Authority(contexts, trusted)


@pytest.fixture(scope="module")
def running(cluster: embedded.Database, authority: Authority) -> Iterator[service.Service]:
    settings = {"SSL_CERT_FILE": str(authority.trusted), "WIREPHOTO_PROBE_SECONDS": "1"}
    with service.serving(
        postgres.new_database(cluster), workers=1, data_dir=None, **settings
    ) as made:
        yield made


def images(origin: secure.Origin, what: str, count: int) -> list[dict[str, object]]:
    return [service.image(origin.url(f"/{n}"), f"{what}-{n}") for n in range(count)]


def retried(running: service.Service, job: str) -> dict[str, int]:
    """What becomes of the failed ones when they are asked for again."""
    again = running.client.post(f"/api/v1/import/images/{job}/retry", json={})
    assert again.status_code == 200, again.text
    details: dict[str, int] = running.wait(again.json()["id"], patience=120)["overview"]["details"]
    return details


@pytest.mark.timeout(900)
def test_pictures_behind_a_bad_certificate_fail_for_good_and_come_in_once_it_is_mended(
    running: service.Service, authority: Authority, figures: figures.Figures
) -> None:
    with contextlib.ExitStack() as stack:
        origins = {
            what: stack.enter_context(secure.running(secure.presenting(authority.contexts[what])))
            for what in REFUSED
        }
        asked = [
            image for what, origin in origins.items() for image in images(origin, what, PICTURES)
        ]
        job = running.accept(asked)
        for row in running.wait(job, patience=300)["images"]:
            seen = (row["state"], row["code"], row["retryable"], row["attempts"])
            assert seen == ("failed", "unreachable", False, 1)
            assert REFUSED[row["externalId"].partition("-")[0]] in row["reason"]
        for origin in origins.values():
            origin.handshake = secure.presenting(authority.contexts["good"])
        assert retried(running, job) == {"success": len(asked), "skipped": 0, "failed": 0}
        figures.tell(pictures=len(asked), failed_at_first=len(asked), done_when_mended=len(asked))


@pytest.mark.timeout(900)
def test_pictures_of_an_origin_that_resets_every_handshake_wait_until_it_takes_them(
    running: service.Service, authority: Authority, figures: figures.Figures
) -> None:
    with secure.running(secure.reset) as origin:
        job = running.accept(images(origin, "reset", PARKED))
        parked = "select count(*) from origins where parked_at is not null"
        processes.until(lambda: running.sql(parked)[0][0] == 1, "it is parked", 60)
        before = origin.handshakes
        processes.until(lambda: origin.handshakes > before, "it is probed", 60)
        assert running.status(job)["overview"]["details"]["failed"] == 0
        origin.handshake = secure.presenting(authority.contexts["good"])
        details = running.wait(job, patience=120)["overview"]["details"]
        assert details == {"success": PARKED, "skipped": 0, "failed": 0}
        figures.tell(pictures=PARKED, handshakes_before_it_was_well=before)


@pytest.mark.skipif(not scale.FULL, reason="a handshake has ten seconds: in make faults")
@pytest.mark.timeout(900)
def test_a_handshake_that_stalls_ends_in_time_and_may_be_tried_again(
    database_url: str, authority: Authority, figures: figures.Figures
) -> None:
    settings = {"SSL_CERT_FILE": str(authority.trusted), "WIREPHOTO_FETCH_TRIES": "2"}
    with (
        secure.running(secure.stall) as origin,
        service.serving(
            database_url, workers=1, data_dir=None, WIREPHOTO_PARK_MINUTES="0", **settings
        ) as running,
    ):
        job = running.accept(images(origin, "stalls", STALLED))
        for row in running.wait(job, patience=600)["images"]:
            seen = (row["state"], row["code"], row["retryable"], row["attempts"])
            assert seen == ("failed", "unreachable", True, 2)
            assert "no connection in time" in row["reason"]
        origin.handshake = secure.presenting(authority.contexts["good"])
        assert retried(running, job) == {"success": STALLED, "skipped": 0, "failed": 0}
        figures.tell(pictures=STALLED, done_when_mended=STALLED)
