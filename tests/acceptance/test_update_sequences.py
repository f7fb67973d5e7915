"""Imports, edits and changes at the origin by chance: each entry is what a simple model says."""

import hashlib
import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.faults import scale
from tests.fixtures import desk, shapes
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.origins import pictures

PAIRS = 10
STEPS = 14
POLICIES = ("changed", "changed", "always", "never", "untouched")
SKIPPED = ("skipped", "already exists")


def sha256(picture: int) -> str:
    return hashlib.sha256(pictures.jpeg(picture)).hexdigest()


@dataclass
class Modelled:
    """A pair: what its origin has, and what its entry must be."""

    shown: int
    etag: str = '"1"'
    there: bool = False
    version: int = 0
    picture: int = 0
    caption: str = ""
    checksum: str | None = None
    etag_known: str = ""
    edited: bool = False

    def bring(self, policy: str, image: dict[str, Any]) -> tuple[tuple[str, str | None], int]:
        """State and reason or code of the row, and how many requests it takes."""
        if self.there and policy == "never":
            return SKIPPED, 0
        if self.there and policy == "untouched" and self.edited:
            return ("skipped", "edited since the last import"), 0
        picture, etag, asked = self._fetch(policy, image)
        if asked and picture is None:
            return ("failed", "checksum_mismatch"), 1
        return self._become(policy, image, picture or self.picture, etag), asked

    def _fetch(self, policy: str, image: dict[str, Any]) -> tuple[int | None, str, int]:
        """The picture, its ETag, and requests; None: not the one wanted."""
        wanted = image.get("sha256")
        if self.there and policy != "always":
            if wanted == sha256(self.picture):
                return self.picture, self.etag_known, 0
            if not wanted and self.checksum and image.get("checksum") == self.checksum:
                return self.picture, self.etag_known, 0
            if not wanted and self.etag_known == self.etag:  # 304, be it a lie
                return self.picture, self.etag, 1
        is_wanted = not wanted or wanted == sha256(self.shown)
        return (self.shown if is_wanted else None), self.etag, 1

    def _become(
        self, policy: str, image: dict[str, Any], picture: int, etag: str
    ) -> tuple[str, str | None]:
        caption = image["metadata"]["caption"]
        same = self.there and (self.picture, self.caption) == (picture, caption)
        self.there, self.picture, self.caption = True, picture, caption
        self.checksum, self.etag_known, self.edited = image.get("checksum"), etag, False
        if same and policy != "always":
            return SKIPPED
        self.version += 1
        return "success", None


@dataclass
class Play:
    """One sequence."""

    service: services.Service
    gallery: galleries.Gallery
    chance: random.Random
    system: str
    pairs: list[Modelled] = field(default_factory=list)

    def url(self, number: int) -> str:
        one = self.pairs[number]
        return self.gallery.hang(
            f"/{self.system}/{number}.jpg", pictures.jpeg(one.shown), etag=one.etag
        )

    def change(self) -> None:
        """Origins show other pictures; some say that nothing changed."""
        for one in self.chance.sample(self.pairs, 3):
            one.shown = self.chance.randrange(40)
            if self.chance.random() < 0.7:
                one.etag = f'"{one.shown}"'

    def edit(self, step: int) -> None:
        there = [number for number, one in enumerate(self.pairs) if one.there]
        for number in self.chance.sample(there, min(2, len(there))):
            one, caption = self.pairs[number], f"edited {step}"
            patched = desk.patch(
                self.service, self.entry(number)["id"], desk.set_("caption", caption)
            )
            assert patched.status_code == 200, patched.text
            one.caption, one.edited, one.version = caption, True, one.version + 1

    def image(self, number: int) -> dict[str, Any]:
        one = self.pairs[number]
        caption = self.chance.choice(["a", "a", "a", "b"])
        made = services.image(self.url(number), number, metadata={"caption": caption})
        if self.chance.random() < 0.5:
            made["checksum"] = self.chance.choice("12")
        if self.chance.random() < 0.2:
            made["sha256"] = sha256(self.chance.choice([one.picture, one.shown, 99]))
        return made

    def bring(self) -> None:
        policy, count = self.chance.choice(POLICIES), self.chance.choice([3, PAIRS])
        numbers = sorted(self.chance.sample(range(PAIRS), count))
        images = [self.image(number) for number in numbers]
        before = len(self.gallery.asked)
        job = self.service.accept(images, self.system, update=policy)
        rows = self.service.wait(job)["images"]
        paths = [asked.path for asked in self.gallery.asked[before:]]
        for number, image, row in zip(numbers, images, rows, strict=True):
            expected, asked = self.pairs[number].bring(policy, image)
            seen = (row["state"], row.get("code", row.get("reason")))
            assert seen == expected, (policy, image, row)
            assert paths.count(f"/{self.system}/{number}.jpg") == asked, (policy, image, row)

    def entry(self, number: int) -> dict[str, Any]:
        found = self.service.get("/mediaLibrary", systemName=self.system, externalId=number).json()
        return dict(found[0]) if found else {}

    def check(self) -> None:
        for number, one in enumerate(self.pairs):
            entry = self.entry(number)
            assert bool(entry) == one.there
            if one.there:
                shapes.check(entry["version"], one.version)
                assert entry["metadata"]["caption"] == one.caption
                content = self.service.client.get(entry["asset"]["url"]).content
                assert content == pictures.jpeg(one.picture)


@pytest.mark.parametrize("seed", range(scale.pick(1, 12)))
def test_entries_are_what_the_model_says_whatever_comes(
    shared_service: services.Service, gallery: galleries.Gallery, seed: int
) -> None:
    chance = random.Random(seed)
    play = Play(shared_service, gallery, chance, f"play-{seed}")
    play.pairs = [Modelled(shown=chance.randrange(40)) for _ in range(PAIRS)]
    for step in range(STEPS):
        play.bring()
        play.edit(step)
        play.change()
    play.check()


def test_always_puts_back_bytes_that_storage_has_lost(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    image = services.image(gallery.hang("/lost.jpg", pictures.jpeg(70), etag='"1"'), checksum="1")
    (row,) = shared_service.bring([image], "lost")
    key = row["image"]["url"].partition("serve-image/")[2]
    (shared_service.data_dir / "storage" / key).unlink()
    for policy in ("changed", "always"):
        job = shared_service.accept([image], "lost", update=policy)
        shared_service.wait(job)
    assert shared_service.client.get(row["image"]["url"]).content == pictures.jpeg(70)


def test_a_retry_carries_what_was_said_of_updates(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    url = gallery.hang("/carried.jpg", pictures.jpeg(71))
    image = services.image(url, checksum="1", sha256=sha256(72).upper())
    job = shared_service.accept([image], "carried", update="never")
    shared_service.wait(job)
    gallery.hang("/carried.jpg", pictures.jpeg(72))
    retried = shared_service.client.post(f"/api/v1/import/images/{job}/retry").json()["id"]
    (row,) = shared_service.wait(retried)["images"]
    assert row["state"] == "success"
    assert shared_service.sql(
        "select j.update_policy, i.checksum, encode(i.sha256, 'hex')"
        " from jobs j join images i on i.job_id = j.id where j.public_id = %(job)s",
        job=retried,
    ) == [("never", "1", sha256(72))]
    before = len(gallery.asked)
    (known,) = shared_service.bring([image], "carried")
    assert known["reason"] == "already exists"
    assert len(gallery.asked) == before


def test_the_policy_and_the_versions_are_part_of_what_a_key_stands_for(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    image = services.image(gallery.hang("/keyed.jpg", pictures.jpeg(73)))
    body = {"systemName": "keyed", "images": [image]}
    key = {"Idempotency-Key": "updates"}
    assert shared_service.post(body, headers=key).status_code == 200
    others = [body | {"update": "always"}, body | {"images": [image | {"checksum": "1"}]}]
    assert [shared_service.post(other, headers=key).status_code for other in others] == [409] * 2


def test_an_entry_that_was_edited_is_updated_again_once_an_import_has_decided_it(
    shared_service: services.Service, gallery: galleries.Gallery
) -> None:
    image = services.image(gallery.hang("/again.jpg", pictures.jpeg(74)), metadata={"caption": "a"})
    (row,) = shared_service.bring([image], "again")
    desk.patch(shared_service, row["image"]["mediaId"], desk.set_("caption", "edited"))
    then = image | {"metadata": {"caption": "b"}}
    states = []
    for policy in ("untouched", "untouched", "changed", "untouched"):
        job = shared_service.accept([then], "again", update=policy)
        (row,) = shared_service.wait(job)["images"]
        states.append(row.get("reason", row["state"]))
    edited = "edited since the last import"
    assert states == [edited, edited, "success", "already exists"]
