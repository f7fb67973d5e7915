"""The pictures of the documents: each page as somebody sees it who works with it.

``make pictures`` takes them all anew, into docs/images. An ordinary run takes each page once, small
and with pictures that cost nothing, so that the way to each stays right.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import pyvips
from playwright import sync_api

from tests.browser import exhibition, visits
from tests.fixtures import desk
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.origins import pictures as cheap
from wirephoto.cli.demo import samples

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs/images"
FOR_GOOD = "PICTURES" in os.environ
PORT = 8000  # as in the quickstart; the same in each run, so that its pictures differ little
SIZES = {360: 780, 1024: 768, 1920: 1080}
THEMES = ("light", "dark")
QUALITY = 72
PATIENCE = "600"  # seconds for what is held back
CHUNK = 64  # images a task
# Until each picture in sight is decoded; the policy of the pages allows no waiting for a function.
_SEEN = """Promise.all([...document.images]
  .filter((one) => one.getBoundingClientRect().top < innerHeight)
  .map((one) => one.decode().catch(() => null)))"""
Way = Callable[[sync_api.Page, exhibition.Shown], object]


def _import(page: sync_api.Page, shown: exhibition.Shown) -> None:
    page.goto("/import")
    page.get_by_label("System name").fill("archive")
    page.get_by_label("Or a table").set_input_files(
        {"name": "Bilder 2026.csv", "mimeType": "text/csv", "buffer": shown.table}
    )
    page.get_by_role("button", name="See what would happen").click()
    page.wait_for_url("**/import/*")


def _conflict(page: sync_api.Page, shown: exhibition.Shown) -> None:
    """Somebody else saves while this form is filled in."""
    entry = next(shown.rest)
    page.goto(f"/library/{entry}")
    page.get_by_label("Caption").fill("Shot from the old pier, before the storm.")
    theirs = desk.set_("caption", "Found in box 12, not dated.")
    assert desk.patch(shown.service, entry, theirs).is_success
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").evaluate("(one) => one.scrollIntoView({block: 'center'})")


WAYS: dict[str, Way] = {
    "jobs": lambda page, _: page.goto("/jobs"),
    "job-running": lambda page, shown: page.goto(f"/jobs/{shown.running}"),
    "job-failures": lambda page, shown: page.goto(f"/jobs/{shown.failures}#h-causes"),
    "job-rows": lambda page, shown: page.goto(f"/jobs/{shown.failures}?state=failed#rows"),
    "import": lambda page, _: page.goto("/import"),
    "import-preview": _import,
    "library": lambda page, _: page.goto("/library"),
    "search": lambda page, _: page.goto("/library?search=light&systemName=archive"),
    "entry": lambda page, shown: page.goto(f"/library/{shown.entry}"),
    "entry-conflict": _conflict,
    "tokens": lambda page, _: page.goto("/settings/tokens"),
    "media-types": lambda page, _: page.goto("/settings/media-types"),
    "health": lambda page, _: page.goto("/settings/health"),
}


@pytest.fixture(scope="module")
def origin() -> Iterator[galleries.Gallery]:
    """Its port is told in the pictures, so it is always the same where they are kept."""
    made = galleries.Gallery(PORT if FOR_GOOD else 0)
    yield made
    made.close()


@pytest.fixture(scope="module")
def running(module_database_url: str) -> Iterator[services.Service]:
    with services.serving(module_database_url, WIREPHOTO_FETCH_TIMEOUT=PATIENCE) as service:
        yield service


@pytest.fixture(scope="module")
def shown(
    running: services.Service, origin: galleries.Gallery, gallery: galleries.Gallery
) -> Iterator[exhibition.Shown]:
    found = exhibition.open_(running, origin, gallery, pieces(), CHUNK * 4 if FOR_GOOD else CHUNK)
    yield found
    gallery.release("/waits.jpg")
    running.wait(found.running)


def pieces() -> list[exhibition.Piece]:
    """The demo's pictures; in an ordinary run a few that nobody looks at."""
    if not FOR_GOOD:
        titles = ["Dunes at first light", "Sea at dusk"]
        return [
            exhibition.Piece(f"{n}.jpg", title, title, cheap.jpeg(n))
            for n, title in enumerate(titles)
        ]
    return [
        exhibition.Piece(one.path.lstrip("/"), one.title, one.metadata["caption"], one.data)
        for one in samples.painted()
    ]


@contextlib.contextmanager
def looking(
    chromium: sync_api.Browser, running: services.Service, width: int, theme: str
) -> Iterator[visits.Visit]:
    with visits.visiting(chromium, running) as visit:
        visit.page.set_viewport_size({"width": width, "height": SIZES[width]})
        visit.page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]  # one of the two
        yield visit


def take(page: sync_api.Page, path: Path) -> None:
    """As WebP, once every picture in sight is there."""
    page.evaluate("document.activeElement.blur()")
    page.evaluate(_SEEN)
    taken = page.screenshot(animations="disabled", caret="hide")
    pyvips.Image.new_from_buffer(taken, "").webpsave(str(path), Q=QUALITY, effort=6)
    assert path.stat().st_size > 1000


@pytest.mark.parametrize("theme", THEMES if FOR_GOOD else ["light"])
@pytest.mark.parametrize("width", SIZES if FOR_GOOD else [1024])
def test_each_page_is_taken(
    chromium: sync_api.Browser,
    running: services.Service,
    shown: exhibition.Shown,
    tmp_path: Path,
    width: int,
    theme: str,
) -> None:
    folder = KEPT if FOR_GOOD else tmp_path
    with looking(chromium, running, width, theme) as visit:
        visit.page.goto("/")
        take(visit.page, folder / f"sign-in-{width}-{theme}.webp")
        visits.sign_in(visit, running, "ui:write", "ui:admin", "metrics:read")
        for name, go in WAYS.items():
            go(visit.page, shown)
            take(visit.page, folder / f"{name}-{width}-{theme}.webp")
        visit.complaints[:] = [said for said in visit.complaints if "409" not in said]
        visit.assert_quiet()


def test_what_the_documents_keep_is_what_is_taken() -> None:
    names = {"sign-in", *WAYS}
    taken = {f"{name}-{width}-{theme}" for name in names for width in SIZES for theme in THEMES}
    kept = {path.stem: path.stat().st_size for path in KEPT.glob("*.webp")}
    assert set(kept) == taken
    assert sum(kept.values()) < 3_000_000
