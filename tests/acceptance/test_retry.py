"""Retry and rows: what failed is taken out, mended, tried again; it overrides nothing later."""

import concurrent.futures
import csv
import io
import json
from typing import Any

import httpx
import pytest

from tests.fixtures import gallery as galleries
from tests.fixtures import receiver as receivers
from tests.fixtures import service as services
from tests.fixtures import shapes
from tests.origins import pictures


def retry(service: services.Service, job: str, body: Any = None) -> httpx.Response:
    return service.client.post(f"/api/v1/import/images/{job}/retry", json=body)


def retried(service: services.Service, job: str, body: Any = None) -> dict[str, Any]:
    """The finished status of the new job."""
    answer = retry(service, job, body)
    assert answer.status_code == 200, answer.text
    shapes.check(answer.json(), {"id": shapes.ID, "retryOf": job})
    return service.wait(answer.json()["id"])


def exported(service: services.Service, job: str, **narrowed: str) -> httpx.Response:
    answer = service.get(f"/import/images/{job}/rows", **narrowed)
    assert answer.status_code == 200, answer.text
    return answer


def ids(rows: list[dict[str, Any]], state: str | None = None) -> list[str]:
    return [row["externalId"] for row in rows if state in (None, row["state"])]


def mixed(
    service: services.Service, gallery: galleries.Gallery, name: str, **more: Any
) -> tuple[str, dict[str, Any]]:
    """A finished job: two pictures, two missing, two pages, a duplicate, a wrong media type."""
    good = [gallery.hang(f"/{name}/{n}.jpg", pictures.jpeg(n)) for n in range(2)]
    base = good[0].rsplit("/", 1)[0]
    page = gallery.hang(f"/{name}/page.jpg", b"<html><body>sign in</body></html>")
    images = [
        services.image(good[0], "a"),
        services.image(f"{base}/gone1.jpg", "b", metadata={"caption": "=1+1", "n": [1, None]}),
        services.image(page, "c"),
        services.image(good[1], "d"),
        services.image(f"{base}/gone2.jpg", "e", fileName="-e"),
        services.image(f"{page}?2", "f"),
        services.image(good[1], "a"),
        services.image(good[1], "g", mediaType="video"),
    ]
    job = service.accept(images, name, **more)
    return job, service.wait(job)


def test_all_that_failed_is_tried_again_in_its_order_and_mended_origins_count(
    shared_service: services.Service, gallery: galleries.Gallery, receiver: receivers.Receiver
) -> None:
    webhook = f"{receiver.url}/mended"
    job, before = mixed(shared_service, gallery, "mended", webhook=webhook, context={"k": "v"})
    assert ids(before["images"], "failed") == ["b", "c", "e", "f", "a", "g"]
    gallery.hang("/mended/gone1.jpg", pictures.jpeg(11))
    after = retried(shared_service, job)
    assert after["retryOf"] == job
    assert ids(after["images"]) == ["b", "c", "e", "f", "g"]  # a duplicate has no try of its own
    assert ids(after["images"], "success") == ["b"]
    entry = shared_service.get("/mediaLibrary", systemName="mended", externalId="b").json()[0]
    assert entry["metadata"] == {"caption": "=1+1", "n": [1, None], "title": "picture b"}
    assert shared_service.status(job) == before
    told = {
        body["id"]: body for body in (json.loads(one.body) for one in receiver.wait("/mended", 2))
    }
    assert set(told) == {job, after["id"]}  # a job's end is told in no promised order
    assert told[after["id"]]["context"] == {"k": "v"}

    again = retried(shared_service, after["id"])
    assert again["retryOf"] == after["id"]
    assert ids(again["images"]) == ["c", "e", "f", "g"]


def test_codes_narrow(shared_service: services.Service, gallery: galleries.Gallery) -> None:
    job, _ = mixed(shared_service, gallery, "codes")
    one = retried(shared_service, job, {"codes": ["http_status"]})
    assert ids(one["images"]) == ["b", "e"]
    two = retried(shared_service, job, {"codes": ["not_an_image", "unknown_media_type"]})
    assert ids(two["images"]) == ["c", "f", "g"]
    for code in ("timeout", "duplicate_id", "cancelled"):
        refused = retry(shared_service, job, {"codes": [code]})
        details = {"codes": "No image that can be tried again has such a code."}
        expected = {"status": 422, "error": "Unprocessable Entity", "error_details": details}
        shapes.check(refused.json(), expected)


@pytest.mark.parametrize(
    ("body", "details"),
    [
        (b"[]", {"body": "must be a JSON object, not an array"}),
        (b"{", {"body": str}),
        (b'{"codes": "timeout"}', {"codes": "must be an array, not a string"}),
        (b'{"codes": []}', {"codes": "must hold at least one code"}),
        (
            b'{"codes": ["timeout", "time_out", 5]}',
            {
                "codes.1": "is no failure code; did you mean timeout?",
                "codes.2": "must be a string, not a number",
            },
        ),
    ],
)
def test_what_is_wrong_with_the_codes_is_named(
    shared_service: services.Service, body: bytes, details: dict[str, Any]
) -> None:
    answer = shared_service.client.post("/api/v1/import/images/x/retry", content=body)
    shapes.check(answer.json(), shapes.error(400, details))


def test_a_job_in_which_nothing_failed_is_422(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/fine.jpg", pictures.jpeg(1))
    job = shared_service.accept([services.image(url)], "fine")
    shared_service.wait(job)
    refused = retry(shared_service, job)
    assert refused.status_code == 422
    assert refused.json()["error_details"] == {"id": "No image failed that can be tried again."}
    ((jobs,),) = shared_service.sql("select count(*) from jobs where system_name = 'fine'")
    assert jobs == 1


def test_a_job_that_runs_is_409_and_cancelled_images_are_tried_again_by_their_code(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    held = gallery.hang("/held.jpg", pictures.jpeg(1))
    gallery.hold("/held.jpg")
    job = shared_service.accept([services.image(f"{held}?{n}", n) for n in range(3)], "runs")
    gallery.wait("/held.jpg")
    refused = retry(shared_service, job)
    assert refused.status_code == 409
    assert refused.json()["error"] == "Conflict"
    shared_service.client.post(f"/api/v1/import/images/{job}/cancel")
    gallery.release("/held.jpg")
    nothing = retry(shared_service, job)
    assert nothing.status_code == 422
    assert 'name the code "cancelled"' in nothing.json()["error_details"]["id"]
    after = retried(shared_service, job, {"codes": ["cancelled"]})
    assert ids(after["images"], "success") == ["0", "1", "2"]


def test_a_retry_stands_where_its_job_stood_and_overrides_nothing_later(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    """Also as a retry of a retry; what nobody else imported is taken."""
    job, _ = mixed(shared_service, gallery, "rank")
    first = retried(shared_service, job)
    newer = gallery.hang("/rank/newer.jpg", pictures.jpeg(77))
    shared_service.bring([services.image(newer, "b", fileName="later")], "rank")
    for name in ("gone1", "gone2"):
        gallery.hang(f"/rank/{name}.jpg", pictures.jpeg(5))
    for source in (job, first["id"]):
        after = retried(shared_service, source, {"codes": ["http_status"]})
        assert after["images"][0]["reason"] == "superseded by a later import"
        assert after["images"][1]["externalId"] == "e"
    (entry,) = shared_service.get("/mediaLibrary", systemName="rank", externalId="b").json()
    assert entry["metadata"]["title"] == "later"
    assert len(shared_service.get("/mediaLibrary", systemName="rank", externalId="e").json()) == 1


def test_two_retries_at_once_double_nothing(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    job, _ = mixed(shared_service, gallery, "twice")
    gallery.hang("/twice/gone1.jpg", pictures.jpeg(3))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        made = list(pool.map(retry, [shared_service] * 4, [job] * 4))
    rows = [shared_service.wait(one.json()["id"])["images"][0] for one in made]
    assert sorted(row["state"] for row in rows) == ["skipped"] * 3 + ["success"]
    ((entries,),) = shared_service.sql(
        "select count(*) from entries where system_name = 'twice' and external_id = 'b'"
    )
    assert entries == 1


def test_a_job_that_broke_off_is_tried_again_with_what_it_left(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    job, _ = mixed(shared_service, gallery, "broke")
    shared_service.sql(
        "with broken as (update jobs set state = 'failed' where public_id = %(job)s returning id)"
        " delete from results r using broken where r.job_id = broken.id and position < 2",
        job=job,
    )
    after = retried(shared_service, job)
    assert ids(after["images"]) == ["a", "b", "c", "e", "f", "g"]
    only = retried(shared_service, job, {"codes": ["internal"]})
    assert ids(only["images"]) == ["a", "b"]


def test_rows_as_csv_can_be_mended_and_posted_again(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    job, _ = mixed(shared_service, gallery, "sheet")
    answer = exported(shared_service, job, state="failed")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    name = f'attachment; filename="import-{job}-failed.csv"'
    assert answer.headers["content-disposition"] == name
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["id"] for row in rows] == ["b", "c", "e", "f", "a", "g"]
    first, third = rows[0], rows[2]
    assert first["url"].endswith("/sheet/gone1.jpg")
    assert (first["fileName"], first["mediaType"]) == ("picture b", "image")
    assert (first["caption"], first["_guarded"]) == ("'=1+1", "caption")
    assert json.loads(first["metadata"]) == {"n": [1, None]}
    assert (third["fileName"], third["_guarded"]) == ("'-e", "fileName")
    outcome = {name: text for name, text in first.items() if name.startswith("_")}
    assert outcome == {
        "_guarded": "caption",
        "_state": "failed",
        "_code": "http_status",
        "_reason": "the origin answered 404 Not Found",
        "_retryable": "false",
        "_httpStatus": "404",
        "_attempts": "1",
        "_mediaId": "",
    }


def test_rows_as_json_lines_hold_the_images_as_they_were_posted(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    job, status = mixed(shared_service, gallery, "lines")
    answer = exported(shared_service, job, format="jsonl")
    assert answer.headers["content-type"] == "application/jsonl"
    assert answer.headers["content-disposition"].endswith(f'"import-{job}.jsonl"')
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["id"] for line in lines] == ids(status["images"])
    assert lines[1]["metadata"] == {"caption": "=1+1", "n": [1, None]}
    assert lines[0]["_mediaId"] == status["images"][0]["image"]["mediaId"]
    assert "_code" not in lines[0]
    wanted = [
        {name: value for name, value in line.items() if not name.startswith("_")}
        for line in lines
        if line["_state"] == "success"
    ]
    assert [row["state"] for row in shared_service.bring(wanted, "lines")] == ["skipped"] * 2
    nothing = exported(shared_service, job, format="jsonl", state="cancelled")
    assert nothing.text == ""


def test_rows_of_more_than_one_block_come_whole(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/blocks.jpg", pictures.jpeg(1))
    images = [services.image(url, n, mediaType="video", metadata={"t": "x"}) for n in range(1201)]
    job = shared_service.accept(images, "blocks")
    shared_service.wait(job)
    text = exported(shared_service, job, state="failed").text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [int(row["id"]) for row in rows] == list(range(1201))
    lines = exported(shared_service, job, format="jsonl").text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [str(n) for n in range(1201)]
