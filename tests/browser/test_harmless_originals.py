"""What strangers sent us runs nothing in a browser: not at its own address, not in a page."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright import sync_api

from tests.browser import site as sites
from tests.files.hostile import drawings, polyglots
from tests.fixtures import gallery as galleries
from tests.fixtures import service as services

pytestmark = pytest.mark.browser

# For each polyglot, how a careless site would serve it, and the way in which it then runs.
CARELESS = {
    "html in gif": ("text/html", None),
    "html in png": ("text/html", None),
    "html after png": ("text/html", None),
    "javascript in gif": ("text/javascript", "script"),
    "javascript in jpeg": ("text/javascript", "script"),
}
# Drawings that run their script, and such that ask elsewhere, when a site serves them as they came.
RUNS = ["script", "script in a cdata", "script in defs", "foreign object", "handler of the root",
        "utf-16", "prefix", "script of html"]  # fmt: skip
ASKS = ["script from elsewhere", "image from elsewhere", "import", "style with escapes", "frame",
        "filter image", "link", "style sheet"]  # fmt: skip


@dataclass
class Tab:
    """A page, and what happened in it."""

    page: sync_api.Page
    dialogs: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def visit(self, url: str) -> None:
        """Go there, and wait until everything in it is loaded."""
        try:
            self.page.goto(url, wait_until="load")
        except sync_api.Error as failure:
            assert "Download is starting" in str(failure), failure  # noqa: PT017 - or it went well

    def come_to_rest(self) -> None:
        """Wait until nothing more is on its way."""
        self.page.wait_for_load_state("networkidle")


@pytest.fixture
def tab(chromium: sync_api.Browser) -> Iterator[Tab]:
    context = chromium.new_context(accept_downloads=False)
    found = Tab(context.new_page())

    def dismiss(dialog: sync_api.Dialog) -> None:
        found.dialogs.append(dialog.message)
        dialog.dismiss()

    context.on("dialog", dismiss)
    context.on("request", lambda request: found.asked.append(request.url))
    yield found
    context.close()


def number(name: str) -> str:
    return name.replace(" ", "-")


def files(site: sites.Site) -> dict[str, bytes]:
    """Every polyglot and dirty drawing, each with a script that tells its own name."""
    names = [*polyglots.cases(), *drawings.dirty("")]
    return {
        name: polyglots.cases(site.script(number(name)))[name].data
        if name in polyglots.cases()
        else drawings.dirty(f"{site.url}/spy-{number(name)}", site.script(number(name)))[name]
        for name in names
    }


@pytest.fixture(scope="module")
def originals(
    shared_service: services.Service, gallery: galleries.Gallery, site: sites.Site
) -> dict[str, str]:
    """The addresses at which we deliver them."""
    images = [
        services.image(gallery.hang(f"/{number(name)}", data), name)
        for name, data in files(site).items()
    ]
    rows = shared_service.bring(images, "browser")
    return {row["externalId"]: row["image"]["originalUrl"] for row in rows}


def assert_nothing_ran(tab: Tab, site: sites.Site, originals: dict[str, str]) -> None:
    tab.come_to_rest()
    assert not tab.dialogs
    assert not site.heard
    ours, theirs = urlsplit(next(iter(originals.values()))).netloc, urlsplit(site.url).netloc
    for url in tab.asked:
        place = urlsplit(url)
        assert place.netloc in {ours, theirs}, url
        if place.netloc == ours:
            assert url in originals.values(), url


def test_an_original_runs_nothing_at_its_own_address(
    tab: Tab, site: sites.Site, originals: dict[str, str]
) -> None:
    site.heard.clear()
    for url in originals.values():
        tab.visit(url)
    assert_nothing_ran(tab, site, originals)
    assert len({url for url in tab.asked if "serve-image" in url}) == len({*originals.values()})


def test_an_original_runs_nothing_in_a_page_that_takes_it_in_by_every_way(
    tab: Tab, site: sites.Site, originals: dict[str, str]
) -> None:
    site.heard.clear()
    urls = [*originals.values()]
    for start in range(0, len(urls), 8):
        tab.visit(site.page(f"/page-{start}", urls[start : start + 8]))
    assert_nothing_ran(tab, site, originals)


def test_an_original_is_shown_all_the_same(
    tab: Tab, site: sites.Site, originals: dict[str, str]
) -> None:
    for name in ("html in png", "html after png", "zip after jpeg", "script", "handlers"):
        tab.visit(site.page("/shown", [originals[name]], "img"))
        assert tab.page.evaluate("document.images[0].naturalWidth") > 0, name


@pytest.mark.parametrize("name", CARELESS)
def test_a_polyglot_would_run_where_a_site_serves_it_carelessly(
    tab: Tab, site: sites.Site, name: str
) -> None:
    kind, way = CARELESS[name]
    url = site.show(f"/careless-{number(name)}", files(site)[name], kind)
    tab.visit(site.page("/careless", [url], way) if way else url)
    tab.come_to_rest()
    assert tab.dialogs == ["1"] * len(tab.dialogs) != []
    assert site.heard[f"/ran/{number(name)}"] > 0


@pytest.mark.parametrize("name", RUNS)
def test_a_drawing_would_run_its_script_where_a_site_serves_it_as_it_came(
    tab: Tab, site: sites.Site, name: str
) -> None:
    url = site.show(f"/as-it-came-{number(name)}", files(site)[name], "image/svg+xml")
    tab.visit(url)
    tab.come_to_rest()
    assert tab.dialogs
    assert site.heard[f"/ran/{number(name)}"] > 0


@pytest.mark.parametrize("name", ASKS)
def test_a_drawing_would_ask_elsewhere_where_a_site_serves_it_as_it_came(
    tab: Tab, site: sites.Site, name: str
) -> None:
    url = site.show(f"/as-it-came-{number(name)}", files(site)[name], "image/svg+xml")
    tab.visit(url)
    tab.come_to_rest()
    assert [path for path in site.heard if path.startswith(f"/spy-{number(name)}/")]
