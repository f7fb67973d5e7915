"""The whole system on an S3 bucket: stored there, served from there."""

import hashlib
from pathlib import Path

import pytest

from tests.fixtures import ledger, s3, service
from tests.origins import hostile, pictures

PICTURES = 40


@pytest.mark.timeout(180)
def test_an_import_into_a_bucket_is_served_back_from_it(database_url: str, tmp_path: Path) -> None:
    with s3.serving(tmp_path / "s3") as bucket_server, hostile.running() as origin:
        bucket = bucket_server.bucket("archive")
        with s3.service_into(bucket_server, database_url) as running:
            wanted = [service.image(origin.url(f"/jpeg/{n}?size=3000"), n) for n in range(PICTURES)]
            rows = running.bring(wanted)
            assert {row["state"] for row in rows} == {"success"}
            ledger.assert_stored(database_url, ledger.objects(bucket / "pictures"))
            assert not (running.data_dir / "storage").exists()
            for number, row in enumerate(rows):
                served = running.client.get(row["image"]["originalUrl"])
                assert served.content == pictures.jpeg(number, 3000)
            assert_ranges(running, rows[7]["image"]["originalUrl"], pictures.jpeg(7, 3000))
            assert {row["state"] for row in running.bring(wanted)} == {"skipped"}
            doctor = service.run("doctor", environment=running.environment)
            assert "s3://archive/pictures" in doctor.stdout, doctor


def assert_ranges(running: service.Service, url: str, content: bytes) -> None:
    for asked, part in {
        "bytes=0-99": content[:100],
        "bytes=1000-": content[1000:],
        "bytes=-10": content[-10:],
    }.items():
        answer = running.client.get(url, headers={"Range": asked})
        assert answer.status_code == 206
        assert hashlib.sha256(answer.content).digest() == hashlib.sha256(part).digest()
    assert running.client.get(url, headers={"Range": "bytes=9999-"}).status_code == 416
