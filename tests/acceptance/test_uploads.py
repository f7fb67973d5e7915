"""Pictures that their client sends itself: to a signed address, then imported by their digest."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.fixtures import ledger, processes, s3, sending, shapes, sockets
from tests.fixtures import service as services
from tests.origins import pictures

PROJECTS = {"default": {}, "other": {}, "small": {"wirephoto": {"maxBytes": 2000}}}
DAY = {"wirephoto": {"imagesPerDay": 2}}


@pytest.fixture(scope="module")
def shop(module_database_url: str) -> Iterator[services.Service]:
    """Several projects; few pictures may wait at once, and a body may pause for a moment only."""
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        for handle, content in {**PROJECTS, "day": DAY}.items():
            (data_dir / "projects" / f"{handle}.json").write_text(json.dumps(content))
        with services.serving(
            module_database_url,
            data_dir=data_dir,
            WIREPHOTO_MAX_UPLOADS="20",
            WIREPHOTO_CLIENT_TIMEOUT="1.5",
        ) as running:
            yield running


def stored(service: services.Service) -> list[Path]:
    """Objects of uploads."""
    folder = service.data_dir / "storage" / "uploads.wirephoto"
    return sorted(path for path in folder.rglob("*") if path.is_file())


def as_of(service: services.Service, project: str) -> dict[str, str]:
    token = service.new_token("public-api:write", project=project)
    return {"Authorization": f"Bearer {token}"}


def import_(service: services.Service, url: str, system: str, **more: object) -> httpx.Response:
    return service.post({"systemName": system, "images": [services.image(url, **more)]})


def test_a_picture_that_was_sent_is_imported_and_its_upload_goes(shop: services.Service) -> None:
    content = pictures.jpeg(1, 400_000)
    one = sending.opened(shop, content)
    shapes.check(
        one,
        {"sha256": sending.digest(content), "size": len(content), "state": "wanted"}
        | {"url": sending.name(content), "put": str, "expiresAt": shapes.INSTANT},
    )
    answer = sending.put(one["put"], content)
    assert (answer.status_code, answer.json()["url"]) == (200, one["url"])
    (row,) = shop.bring([services.image(one["url"], "1")], "sent")
    assert row["state"] == "success", row
    assert shop.client.get(row["image"]["originalUrl"]).content == content
    processes.until(
        lambda: not shop.sql("select id from uploads") and not stored(shop), "uploads go"
    )
    services.prove(shop.environment)


def test_what_the_library_has_need_not_be_sent(shop: services.Service) -> None:
    content = pictures.jpeg(2)
    shop.bring([services.image(sending.send(shop, content), "a")], "known")
    one = sending.opened(shop, content)
    assert one["state"] == "stored"
    assert "put" not in one
    rows = shop.bring([services.image(one["url"], "a"), services.image(one["url"], "b")], "known")
    assert [row["state"] for row in rows] == ["skipped", "success"]
    assert shop.client.get(rows[1]["image"]["originalUrl"]).content == content


def test_the_same_bytes_are_one_upload_however_often_they_are_sent(shop: services.Service) -> None:
    content = pictures.jpeg(3)
    one = sending.opened(shop, content)
    assert [sending.put(one["put"], content).status_code for _ in range(3)] == [200] * 3
    assert sending.opened(shop, content)["state"] == "stored"
    assert (
        len(shop.sql("select id from uploads where sha256 = decode(%(d)s, 'hex')", d=one["sha256"]))
        == 1
    )
    rows = shop.bring([services.image(one["url"], number) for number in range(2)], "twice")
    assert [row["state"] for row in rows] == ["success", "success"]


@pytest.mark.parametrize(
    ("number", "wrong", "status", "said"),
    [
        (40, lambda content: content[:-1], 400, r"must be \d+ bytes, as announced \(.+ \d+\)"),
        (41, lambda content: content + b"x", 413, r"must be at most \d+ bytes"),
        (42, lambda content: content[:-1] + b"x", 400, r"their SHA-256 is \w{64}, not \w{64}"),
    ],
    ids=["cut off", "longer", "others"],
)  # fmt: skip
def test_bytes_that_are_not_those_announced_are_refused_and_not_there(
    shop: services.Service, number: int, wrong: Callable[[bytes], bytes], status: int, said: str
) -> None:
    content = pictures.jpeg(number)
    one = sending.opened(shop, content)
    answer = sending.put(one["put"], wrong(content))
    assert answer.status_code == status
    assert re.fullmatch(said, answer.json()["error_details"]["body"])
    refused = import_(shop, one["url"], "wrong")
    assert refused.status_code == 400
    assert "names no upload" in refused.json()["error_details"]["images.0.url"]
    assert sending.put(one["put"], content).status_code == 200  # it may still come right


def test_an_upload_that_stops_half_way_leaves_nothing(shop: services.Service) -> None:
    content = pictures.jpeg(5, 900_000)
    one = sending.opened(shop, content)
    path = one["put"].partition(shop.url)[2]
    head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n\r\n".encode()
    with sockets.connected(shop.url) as connection:
        connection.sendall(head + content[:500_000])
        answer = sockets.until_closed(connection)
    assert answer.startswith(b"HTTP/1.1 400")
    with sockets.connected(shop.url) as connection:
        connection.sendall(head + content[:500_000])
    processes.until(lambda: not list((shop.data_dir / "tmp").iterdir()), "uploads go")
    assert one["put"].partition("uploads/")[2].partition("?")[0] not in {
        p.name for p in stored(shop)
    }
    assert sending.opened(shop, content)["state"] == "wanted"


def test_an_address_that_we_did_not_give_is_refused(shop: services.Service) -> None:
    one = sending.opened(shop, pictures.jpeg(6))
    other = sending.opened(shop, pictures.jpeg(7))
    address = httpx.URL(one["put"])
    for wrong in (
        address.copy_set_param("signature", "0" * 64),
        address.copy_set_param("signature", "ü"),
        address.copy_set_param("expires", "99999999999"),
        address.copy_set_param("expires", str(int(address.params["expires"]) + 1)),
        httpx.URL(other["put"]).copy_with(query=address.query),
        address.copy_with(path=address.path[:-1] + "x"),
    ):
        answer = sending.put(str(wrong), pictures.jpeg(6))
        assert answer.status_code == 403, wrong
        assert answer.json()["error_details"].keys() == {"signature"}


def test_what_is_sent_is_there_for_its_own_project_alone(shop: services.Service) -> None:
    content = pictures.jpeg(8)
    url = sending.send(shop, content)
    theirs = as_of(shop, "other")
    refused = shop.post({"systemName": "x", "images": [services.image(url)]}, headers=theirs)
    assert refused.status_code == 400
    assert "names no upload of this project" in refused.json()["error_details"]["images.0.url"]
    (row,) = shop.bring([services.image(url)], "own")
    assert row["state"] == "success"
    (told,) = sending.announce(shop, content, headers=theirs).json()["uploads"]
    assert told["state"] == "wanted"  # what another project has is not known here


def test_only_a_token_that_may_import_announces(shop: services.Service) -> None:
    reader = {"Authorization": f"Bearer {shop.new_token('public-api:read')}"}
    assert sending.announce(shop, b"x", headers=reader).status_code == 403
    assert sending.announce(shop, b"x", headers={"Authorization": ""}).status_code == 401


def test_an_upload_whose_time_is_over_is_gone(shop: services.Service) -> None:
    content, late = pictures.jpeg(9), pictures.jpeg(10)
    url = sending.send(shop, content)
    waiting = sending.opened(shop, late)
    shop.sql("update uploads set expires_at = now() - interval '1 second'")
    assert import_(shop, url, "late").status_code == 400
    assert sending.put(waiting["put"], late).status_code in {403, 410}
    processes.until(
        lambda: not shop.sql("select id from uploads") and not stored(shop), "uploads go"
    )


def test_a_failed_row_is_tried_again_with_what_was_sent_or_says_that_it_is_gone(
    shop: services.Service,
) -> None:
    """A broken picture stays broken; bytes that are gone are said to be, until they come again."""
    broken = pictures.jpeg(11)[:-30]
    first = shop.accept([services.image(sending.send(shop, broken), "broken")], "again")
    assert shop.wait(first)["images"][0]["code"] == "truncated"
    assert retried(shop, first)["code"] == "truncated"
    shop.sql("update uploads set expires_at = now() - interval '1 second'")
    processes.until(lambda: not shop.sql("select id from uploads"), "uploads go")
    gone = retried(shop, first)
    assert (gone["code"], gone["retryable"]) == ("upload_gone", False)
    assert "send the picture again" in str(gone["reason"])
    sending.send(shop, broken)
    assert retried(shop, first)["code"] == "truncated"


def retried(service: services.Service, job: str) -> dict[str, object]:
    made = service.client.post(f"/api/v1/import/images/{job}/retry").json()["id"]
    (row,) = service.wait(made)["images"]
    return dict(row)


def test_an_upload_stays_while_a_job_waits_for_it(shop: services.Service) -> None:
    """Its time may be over before the job's turn comes."""
    url = sending.send(shop, pictures.jpeg(12))
    (worker,) = processes.workers(shop.process.pid)
    worker.suspend()
    try:
        job = shop.accept([services.image(url, "slow")], "slow")
        shop.sql("update uploads set expires_at = now() - interval '1 second'")
    finally:
        worker.resume()
    assert shop.wait(job)["images"][0]["state"] == "success"


def test_what_is_wrong_with_an_announcement_is_named_by_its_path(shop: services.Service) -> None:
    digest = "a" * 64
    wrong = [{"sha256": digest}, {"sha256": "xyz", "size": 0}, 7, {"sha256": digest, "size": "1"}]
    answer = shop.client.post("/api/v1/import/uploads", json={"uploads": wrong})
    assert answer.status_code == 400
    assert set(answer.json()["error_details"]) == {
        *("uploads.0.size", "uploads.1.sha256", "uploads.1.size", "uploads.2", "uploads.3.size")
    }


def test_a_picture_that_is_too_large_is_refused_before_it_is_sent(shop: services.Service) -> None:
    small = as_of(shop, "small")
    answer = sending.announce(shop, b"x" * 2000, b"x" * 2001, headers=small).json()
    assert [one["state"] for one in answer["uploads"]] == ["wanted", "refused"]
    assert answer["uploads"][1]["code"] == "too_large"


def test_no_more_may_wait_than_the_installation_and_the_projects_day_allow(
    shop: services.Service,
) -> None:
    day = as_of(shop, "day")
    assert sending.announce(shop, b"a", b"b", headers=day).status_code == 200
    over = sending.announce(shop, b"a", b"b", b"c", headers=day)
    assert over.status_code == 429
    other = as_of(shop, "other")
    many = [b"%d" % number for number in range(21)]
    full = sending.announce(shop, *many, headers=other)
    assert full.status_code == 429
    assert "WIREPHOTO_MAX_UPLOADS" in full.json()[0]["error_details"]["message"]
    assert full.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    "url", ["wirephoto-upload:", "wirephoto-upload:" + "A" * 64, "WIREPHOTO-UPLOAD:" + "a" * 64]
)
def test_a_url_of_an_upload_is_taken_as_it_was_given_alone(
    shop: services.Service, url: str
) -> None:
    answer = import_(shop, url, "odd")
    assert answer.status_code == 400
    assert answer.json()["error_details"].keys() == {"images.0.url"}


def test_an_image_cannot_be_said_to_have_other_bytes_than_its_upload(
    shop: services.Service,
) -> None:
    answer = import_(shop, sending.send(shop, pictures.jpeg(13)), "odd", sha256="0" * 64)
    assert answer.json()["error_details"] == {"images.0.sha256": "is not that of the upload"}


def test_nothing_but_an_import_can_name_an_upload(
    shop: services.Service,
) -> None:
    """Neither a webhook, nor a registered asset, nor the address that serves pictures."""
    url = sending.send(shop, pictures.jpeg(14))
    body = {"systemName": "x", "images": [services.image(url)], "webhook": url}
    assert shop.post(body).json()["error_details"].keys() == {"webhook"}
    ((key,),) = shop.sql("select key from uploads where state = 'stored' and not borrowed limit 1")
    assert shop.get(f"/mediaLibrary/serve-image/{key}").status_code == 404
    asset = {"key": key, "url": "https://x.example/", "size": 1, "width": 8, "height": 6}
    asset |= {"filename": "x.jpg", "mimeType": "image/jpeg"}
    entry = {"mediaType": "image", "asset": asset}
    made = shop.client.post(
        "/api/v1/import/mediaLibrary", json={"mediaLibraryEntries": [entry]}
    ).json()["mediaLibraryEntries"][0]
    assert made["error_details"]["message"] == "asset.key: is not in storage", made


def test_a_dry_run_may_name_what_is_not_sent_yet(shop: services.Service) -> None:
    body = {"systemName": "dry", "images": [services.image(sending.name(b"never sent"))]}
    answer = shop.client.post("/api/v1/import/images", params={"dryRun": "true"}, json=body)
    assert answer.json()["images"][0]["state"] == "create"


@pytest.mark.timeout(180)
def test_uploads_lie_in_a_bucket_as_in_a_folder(database_url: str, tmp_path: Path) -> None:
    content = pictures.jpeg(1, 700_000)
    with s3.serving(tmp_path / "s3") as server:
        bucket = server.bucket("archive")
        with s3.service_into(server, database_url) as running:
            url = sending.send(running, content)
            assert len(list((bucket / "pictures/uploads.wirephoto").rglob("*"))) == 2
            (row,) = running.bring([services.image(url)])
            assert running.client.get(row["image"]["originalUrl"]).content == content
            processes.until(lambda: not running.sql("select id from uploads"), "uploads go")
            ledger.assert_stored(database_url, ledger.objects(bucket / "pictures"))
