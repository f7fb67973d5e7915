"""Every line of the tables in docs/reference/updates.md, through the front door.

Each case is imported twice, and looked at in a dry run between; once among so many that the chunk
is sifted first, once among few.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import desk, postgres
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.origins import pictures
from wirephoto.db import embedded
from wirephoto.pipeline.accept import job

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "updates.md"
_LINE = re.compile(
    r"^\| (?P<case>[^|]+) \| (?P<row>[^|]+) \| (?P<request>none|plain|conditional) "
    r"\| (?P<version>\d) \| (?P<dry>\w+) \|$",
    re.MULTILINE,
)
CAPTION = {"handle": "caption", "type": "li-text", "config": {"maxLength": 9}}
PROJECT = {
    "mediaTypes": [
        {"handle": handle, "type": "mediaImage", "metadata": [CAPTION]}
        for handle in ("image", "graphic")
    ]
}
WAYS = {"large": 1000, "small": job.SMALL_CHUNK_IMAGES}  # images in a batch
SAME = {"checksum": "1"}
CAPTION_OF, PICTURE = "caption", "picture"  # what an editor changes
OLD, NEW, OTHER_PLACE = "<old>", "<new>", "<elsewhere>"
TITLE = {"fileName": "another title"}
METADATA = {"metadata": {"caption": "new"}}
WRONG = {"metadata": {"caption": "longer than nine"}}
EMPTY: dict[str, Any] = {"metadata": {}}
GRAPHIC = {"mediaType": "graphic"}


@dataclass(frozen=True)
class Setup:
    """What comes first (None: nothing), what comes then, and what happens between."""

    first: dict[str, Any] | None
    then: dict[str, Any]
    etag: str | None = '"v1"'  # of the origin, when the second comes
    is_new: bool = False  # the origin's picture, then
    edited: str | None = None


def changed(**more: Any) -> dict[str, Any]:
    return {"etag": '"v2"', "is_new": True, **more}


SETUPS = {
    "a new pair": Setup(None, {}),
    "the origin says 304": Setup({}, {}),
    "an origin without validators, the same bytes": Setup({}, {}, etag=None),
    "another ETag, the same bytes": Setup({}, {}, etag='"v2"'),
    "other bytes": Setup({}, {}, **changed()),
    "another URL, the same bytes": Setup({}, {"url": OTHER_PLACE}),
    "another title": Setup({}, TITLE),
    "another metadata": Setup({}, METADATA),
    "another media type": Setup({}, GRAPHIC),
    "the same checksum": Setup(SAME, SAME),
    "the same checksum, other bytes all the same": Setup(SAME, SAME, **changed()),
    "the same checksum, another URL": Setup(SAME, SAME | {"url": OTHER_PLACE}),
    "the same checksum, another title": Setup(SAME, SAME | TITLE),
    "the same checksum, another metadata": Setup(SAME, SAME | METADATA),
    "the same checksum, another media type": Setup(SAME, SAME | GRAPHIC),
    "the same checksum, metadata that breaks a rule": Setup(SAME, SAME | WRONG),
    "another checksum, the origin says 304": Setup(SAME, {"checksum": "2"}),
    "another checksum, other bytes": Setup(SAME, {"checksum": "2"}, **changed()),
    "a first checksum, the origin says 304": Setup({}, SAME),
    "no checksum any more": Setup(SAME, {}),
    "an empty checksum": Setup({"checksum": ""}, {"checksum": ""}),
    "the sha256 of the entry's bytes": Setup({}, {"sha256": OLD}),
    "the sha256 of the entry's bytes, another checksum": Setup(
        SAME, {"checksum": "2", "sha256": OLD}
    ),
    "the sha256 of the entry's bytes, another title": Setup({}, {"sha256": OLD, **TITLE}),
    "the sha256 of other bytes, which come": Setup({}, {"sha256": NEW}, **changed()),
    "the sha256 of other bytes, which do not come": Setup({}, {"sha256": NEW}),
    "the same checksum, the sha256 of other bytes": Setup(
        SAME, SAME | {"sha256": NEW}, **changed()
    ),
    "edited since, the origin says 304": Setup({}, {}, edited=CAPTION_OF),
    "edited since, the same checksum": Setup(SAME, SAME, edited=CAPTION_OF),
    "edited since, where the caller sends nothing": Setup(EMPTY, EMPTY, edited=CAPTION_OF),
    "edited since, where the caller sends nothing, the same checksum": Setup(
        SAME | EMPTY, SAME | EMPTY, edited=CAPTION_OF
    ),
    "its picture replaced since, the same checksum": Setup(SAME, SAME, edited=PICTURE),
    "always: a new pair": Setup(None, {}),
    "always: nothing changed": Setup({}, {}),
    "always: the same checksum and sha256": Setup(SAME | {"sha256": OLD}, SAME | {"sha256": OLD}),
    "always: a sha256 that the bytes do not have": Setup({}, {"sha256": NEW}),
    "always: edited since": Setup({}, {}, edited=CAPTION_OF),
    "never: a new pair": Setup(None, {}),
    "never: everything changed": Setup(
        SAME, {"checksum": "2", "sha256": NEW, "url": OTHER_PLACE, **TITLE, **METADATA}, **changed()
    ),
    "never: metadata that breaks a rule": Setup({}, WRONG),
    "never: edited since": Setup({}, {}, edited=CAPTION_OF),
    "untouched: a new pair": Setup(None, {}),
    "untouched: nobody edited, other bytes": Setup({}, {}, **changed()),
    "untouched: nobody edited, another title": Setup({}, TITLE),
    "untouched: nobody edited, the same checksum": Setup(SAME, SAME),
    "untouched: edited since": Setup({}, TITLE, edited=CAPTION_OF, **changed()),
    "untouched: edited since, the same checksum": Setup(SAME, SAME, edited=CAPTION_OF),
    "untouched: its picture replaced since": Setup(SAME, SAME, edited=PICTURE),
    "untouched: edited since, metadata that breaks a rule": Setup({}, WRONG, edited=CAPTION_OF),
}
NAMES = list(SETUPS)


def policy_of(case: str) -> str:
    """By the first word of a case; without one it is ``changed``."""
    head, colon, _ = case.partition(":")
    return head if colon else "changed"


def bytes_of(number: int, *, new: bool) -> bytes:
    return pictures.jpeg(number + (1000 if new else 0))


@dataclass
class Seen:
    """What one case came to."""

    row: dict[str, Any]
    foreseen: dict[str, Any]
    asked: list[galleries.Asked]
    entry: dict[str, Any] | None
    delivered: bytes | None


@dataclass
class Stage:
    """All cases, in batches of ``most`` images at once."""

    service: services.Service
    gallery: galleries.Gallery
    way: str
    most: int

    def image(self, number: int, given: dict[str, Any]) -> dict[str, Any]:
        digests = {
            text: hashlib.sha256(bytes_of(number, new=text == NEW)).hexdigest().upper()
            for text in (OLD, NEW)
        }
        made = services.image(self.url(number), number, metadata={"caption": "first"}) | given
        if made["url"] == OTHER_PLACE:
            made["url"] = self.url(number, "-elsewhere")
        if "sha256" in made:
            made["sha256"] = digests[made["sha256"]]
        return made

    def url(self, number: int, place: str = "", **hung: Any) -> str:
        path = f"/{self.way}/{number}{place}.jpg"
        setup = SETUPS[NAMES[number]]
        shown = {"etag": '"v1"' if setup.etag else None} | hung
        return self.gallery.hang(path, bytes_of(number, new=False), **shown)

    def play(self) -> dict[str, Seen]:
        """Every case from beginning to end."""
        first = [
            self.image(number, setup.first)
            for number, setup in enumerate(SETUPS.values())
            if setup.first is not None
        ]
        assert {row["state"] for row in self.bring(first, "changed")} == {"success"}
        found: dict[str, Seen] = {}
        for policy in ("changed", "always", "never", "untouched"):
            found |= self.then(policy)
        return found

    def then(self, policy: str) -> dict[str, Seen]:
        """What came of the cases of a policy, among new pairs that make up the number."""
        numbers = [n for n, name in enumerate(NAMES) if policy_of(name) == policy]
        images = [self.image(number, SETUPS[NAMES[number]].then) for number in numbers]
        images += [
            services.image(self.gallery.hang(f"/{self.way}/f{n}.jpg", pictures.jpeg(n)), f"f{n}")
            for n in range(job.SMALL_CHUNK_IMAGES)
        ]
        for number in numbers:
            self.happen(number)
        before = len(self.gallery.asked)
        foreseen = self.foresee(images, policy)
        assert len(self.gallery.asked) == before, "a dry run asked"
        rows = self.bring(images, policy)
        asked = self.gallery.asked[before:]
        return {
            NAMES[number]: self.seen(number, row, dry, asked)
            for number, row, dry in zip(numbers, rows, foreseen, strict=False)
        }

    def happen(self, number: int) -> None:
        """What the origin and an editor do between the imports."""
        setup = SETUPS[NAMES[number]]
        path = f"/{self.way}/{number}.jpg"
        self.gallery.hang(path, bytes_of(number, new=setup.is_new), etag=setup.etag)
        if setup.edited:
            patch = desk.set_("caption", "edited")
            if setup.edited == PICTURE:
                key = desk.lay(
                    self.service, f"desk/{self.way}-{number}.jpg", pictures.jpeg(number + 5000)
                )
                patch = {"operation": "replaceAsset", "value": {"key": key}}
            entry = self.entry(number)
            assert entry
            answer = desk.patch(self.service, entry["id"], patch)
            assert answer.status_code == 200, answer.text

    def bring(self, images: list[dict[str, Any]], policy: str) -> list[dict[str, Any]]:
        jobs = [
            self.service.accept(images[at : at + self.most], self.way, update=policy)
            for at in range(0, len(images), self.most)
        ]
        return [row for one in jobs for row in self.service.wait(one)["images"]]

    def foresee(self, images: list[dict[str, Any]], policy: str) -> list[dict[str, Any]]:
        body = {"systemName": self.way, "update": policy, "images": images}
        answer = self.service.client.post("/api/v1/import/images?dryRun=true", json=body)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["images"])

    def entry(self, number: int) -> dict[str, Any] | None:
        pair = {"systemName": self.way, "externalId": str(number)}
        found = self.service.get("/mediaLibrary", **pair).json()
        return dict(found[0]) if found else None

    def seen(
        self, number: int, row: dict[str, Any], dry: dict[str, Any], asked: list[galleries.Asked]
    ) -> Seen:
        entry = self.entry(number)
        address = entry["asset"]["url"] if entry else None
        delivered = self.service.client.get(address).content if address else None
        mine = [one for one in asked if re.search(rf"/{number}[-.]", one.path)]
        return Seen(row, dry, mine, entry, delivered)


@pytest.fixture(scope="module")
def service(cluster: embedded.Database) -> Iterator[services.Service]:
    """One whose project has two media types and a rule."""
    with services.folder() as data_dir:
        (data_dir / "projects").mkdir(mode=0o755)
        (data_dir / "projects" / "default.json").write_text(json.dumps(PROJECT))
        with services.serving(postgres.new_database(cluster), data_dir=data_dir) as running:
            yield running


@pytest.fixture(scope="module", params=WAYS)
def seen(
    request: pytest.FixtureRequest, service: services.Service, gallery: galleries.Gallery
) -> dict[str, Seen]:
    return Stage(service, gallery, request.param, WAYS[request.param]).play()


LINES = {line["case"]: line for line in _LINE.finditer(DOCUMENT.read_text("utf-8"))}


def test_the_tables_have_each_case_once() -> None:
    cases = [line["case"] for line in _LINE.finditer(DOCUMENT.read_text("utf-8"))]
    assert cases == NAMES


@pytest.mark.parametrize("case", NAMES)
def test_a_case_is_as_its_line_says(seen: dict[str, Seen], case: str) -> None:
    line, one, number = LINES[case], seen[case], NAMES.index(case)
    row = one.row
    said = row.get("code", row.get("reason"))
    assert (f"{row['state']}: {said}" if said else row["state"]) == line["row"]
    assert row["attempts"] == len(one.asked) == (0 if line["request"] == "none" else 1)
    conditions = {"if-none-match", "if-modified-since"}
    is_conditional = any(conditions & set(asked.headers) for asked in one.asked)
    assert is_conditional == (line["request"] == "conditional")
    assert one.foreseen["state"] == line["dry"]
    assert one.entry is not None
    assert one.entry["version"] == int(line["version"])
    setup = SETUPS[case]
    is_new = setup.is_new and row["state"] == "success" and bool(one.asked)
    is_editors = setup.edited == PICTURE and row["state"] == "skipped"
    expected = pictures.jpeg(number + 5000) if is_editors else bytes_of(number, new=is_new)
    assert one.delivered == expected
    if "image" in row:
        assert row["image"]["mediaId"] == one.entry["id"]
        assert row["image"]["url"] == one.entry["asset"]["url"]
        assert row["title"] == one.entry["metadata"].get("title", row["title"])


def test_a_digest_that_differs_is_named_beside_the_one_wanted(seen: dict[str, Seen]) -> None:
    case = "the sha256 of other bytes, which do not come"
    number = NAMES.index(case)
    found, wanted = (hashlib.sha256(bytes_of(number, new=new)).hexdigest() for new in (False, True))
    row = seen[case].row
    assert row["reason"] == f"the SHA-256 of the bytes is {found}, not {wanted}"
    assert row["retryable"] is False
