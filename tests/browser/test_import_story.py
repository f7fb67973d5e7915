"""From a pasted list to a mended picture in the library; and what axe-core says of each page."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python import sync_playwright as axe
from playwright import sync_api

from tests.browser import visits
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services
from tests.origins import pictures

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def running(module_database_url: str) -> Iterator[services.Service]:
    with services.serving(module_database_url) as service:
        yield service


def test_somebody_pastes_addresses_mends_what_failed_and_finds_the_pictures(
    chromium: sync_api.Browser, running: services.Service, gallery: galleries.Gallery
) -> None:
    expect = sync_api.expect
    good = gallery.hang("/harbour.jpg", pictures.jpeg(1))
    slow = gallery.hang("/market.jpg", pictures.jpeg(2))
    gallery.hold("/market.jpg")
    lost = slow.replace("market", "lost")
    with visits.visiting(chromium, running) as visit:
        page = visit.page
        visits.sign_in(visit, running)
        page.get_by_role("link", name="Import", exact=True).click()
        page.get_by_label("Image addresses").fill(f"{good}\n{slow}\n{lost}\nftp://old/x.jpg")
        page.get_by_label("System name").fill("desk")
        page.get_by_role("button", name="See what would happen").click()
        expect(page.locator(".dry .fig").first).to_contain_text("3")
        expect(page.get_by_text("left out", exact=True)).to_be_visible()
        assert gallery.asked == []  # nothing is fetched before somebody says so
        page.get_by_role("button", name=re.compile("^Import 3 images")).click()
        expect(page.locator("#progress")).to_contain_text("of 3 images")
        expect(page.locator("#job-state")).not_to_contain_text("Done")
        gallery.release("/market.jpg")
        expect(page.locator("#job-state")).to_contain_text("Done", timeout=60_000)
        page.reload()
        expect(page.locator(".causes > li").first).to_contain_text("404")
        gallery.hang("/lost.jpg", pictures.jpeg(3))
        page.get_by_role("button", name=re.compile("^Retry")).first.click()
        expect(page.locator("#job-state")).to_contain_text("Done", timeout=60_000)
        page.get_by_role("link", name="Library", exact=True).click()
        page.get_by_role("link", name="lost").click()
        page.get_by_label("Caption").fill("Found again")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_contain_text("Saved as version 2")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        visit.assert_quiet()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(
    chromium: sync_api.Browser, running: services.Service, gallery: galleries.Gallery, theme: str
) -> None:
    there = gallery.hang(f"/axe-{theme}.jpg", pictures.jpeg(8))
    images = [services.image(there, "there"), services.image(there + ".gone", "gone")]
    job = running.accept(images, f"axe-{theme}")
    entry = running.wait(job)["images"][0]["image"]["mediaId"]
    with visits.visiting(chromium, running) as visit:
        page = visit.page
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of the two
        page.goto("/")
        found = {"/": said(page)}
        visits.sign_in(visit, running, "ui:admin", "metrics:read")
        for path in (
            "/jobs",
            f"/jobs/{job}",
            "/import",
            "/library",
            f"/library/{entry}",
            "/jobs/none",
            "/settings/tokens",
            "/settings/media-types",
            "/settings/health",
        ):
            page.goto(path)
            found[path] = said(page)
        page.goto("/import")
        page.get_by_label("Image addresses").fill(f"{there}\nftp://x/y")
        page.get_by_role("button", name="See what would happen").click()
        page.wait_for_url("**/import/*")
        found["/import/…"] = said(page)
        assert {path: faults for path, faults in found.items() if faults} == {}


def said(page: sync_api.Page) -> list[str]:
    """Rules that are broken, each with the first place where."""
    results = axe.Axe().run(page).response
    assert results["url"] == page.url
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in results["violations"]]
