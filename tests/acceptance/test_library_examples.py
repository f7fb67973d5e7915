"""The examples of the pages about the library, tried as they stand."""

import json
import re
from pathlib import Path
from typing import Any

import httpx

from tests.files import shown
from tests.fixtures import described, desk, postgres
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.origins import pictures
from wirephoto.cli.demo.pictures import embedded as writing
from wirephoto.db import embedded

REFERENCE = Path(__file__).parents[2] / "docs/reference"
_EXAMPLE = re.compile(
    r"^```\n(GET|POST|PATCH) (/\S+)\n(?:\n(.*?))?```\n\n```json\n(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_JSON = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def documents(page: str) -> list[Any]:
    """The JSON of a page, in its order."""
    found = _JSON.findall((REFERENCE / page).read_text("utf-8"))
    return [json.loads(one) for one in found]


def shape(value: Any) -> Any:
    """Of an answer: its keys, the types of its values, and words that do not depend on the run."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    # Ten letters: an id of a job may happen to have no digit.
    is_free = isinstance(value, str) and re.search(r"\d|^[a-z]{10}$|^picture desk$|^test$", value)
    return type(value) if is_free or isinstance(value, float) else value


def test_every_example_is_answered_as_the_page_says(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    metadata = {"caption": "Die Nordwand, von Grindelwald aus"}
    url = gallery.hang("/eiger.jpg", bytes(shown.quarters().jpegsave_buffer()))
    image = services.image(url, "1", fileName="Der Eiger im Morgenlicht", metadata=metadata)
    (row,) = shared_service.bring([image], "archive")
    shared_service.bring([services.image(url, "E-77", fileName="eiger_4711.jpg")], "agency")
    described.await_descriptions(shared_service, 1)
    desk.lay(shared_service, "2020/1/22/3a2ede93.jpeg", pictures.jpeg(2, size=1500))
    examples = _EXAMPLE.findall((REFERENCE / "library.md").read_text("utf-8"))
    assert len(examples) >= 7
    for method, path, body, said in examples:
        asked = path.replace("{id}", row["image"]["mediaId"])
        content = body.encode() if body else None
        answer = shared_service.client.request(method, asked, content=content)
        assert answer.status_code == 200, (path, answer.text)
        assert shape(answer.json()) == shape(json.loads(said)), path


def test_a_size_that_there_is_not_is_refused_as_the_page_about_renditions_says(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    (refusal,) = documents("renditions.md")
    url = gallery.hang("/refused.jpg", bytes(shown.quarters(300, 200).jpegsave_buffer()))
    (row,) = shared_service.bring([services.image(url)], "refused")
    answer = httpx.get(row["image"]["url"], params={"w": 641}, timeout=30)
    assert (answer.status_code, answer.json()) == (400, refusal)


def test_the_request_of_the_page_about_updates_is_taken(shared_service: services.Service) -> None:
    (request,) = documents("updates.md")
    answer = shared_service.post(request | {"systemName": "new"}, params={"dryRun": "true"})
    assert answer.status_code == 200, answer.text
    assert [one["state"] for one in answer.json()["images"]] == ["create"]


def test_what_a_photographer_wrote_fills_in_as_the_page_about_metadata_says(
    cluster: embedded.Database, gallery: galleries.Gallery
) -> None:
    project, filled, record = documents("metadata.md")
    caption = writing.Caption(
        filled["title"], filled["caption"], filled["creator"], tuple(record["fields"]["keywords"])
    )
    plain = bytes(shown.quarters().jpegsave_buffer())
    data = writing.xmp_in_jpeg(writing.iim_in_jpeg(plain, caption), caption)
    image = services.image(
        gallery.hang("/dunes.jpg", data), fileName="IMG_0412.jpg", metadata={"credit": "Archiv"}
    )
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        (data_dir / "projects" / "default.json").write_text(json.dumps(project))
        with services.serving(postgres.new_database(cluster), data_dir=data_dir) as service:
            (row,) = service.bring([image])
            entry = desk.entry(service, row["image"]["mediaId"])
    assert entry["metadata"] == filled
    for part, said in record.items():
        assert {name: entry["embedded"][part].get(name) for name in said} == said, part
