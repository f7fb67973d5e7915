"""The pages in Chromium: a story from the door to the retry, with nothing from elsewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright import sync_api

from tests.browser import visits
from tests.fixtures import service as services
from tests.origins import hostile

pytestmark = pytest.mark.browser
_LINK = re.compile(r"sign in, once: (\S+)")


@pytest.fixture(scope="module")
def running(module_database_url: str) -> Iterator[services.Service]:
    with services.serving(module_database_url) as service:
        yield service


@pytest.fixture
def visit(chromium: sync_api.Browser, running: services.Service) -> Iterator[visits.Visit]:
    with visits.visiting(chromium, running) as made:
        yield made


def test_somebody_watches_a_job_sees_what_failed_mends_it_and_retries(
    visit: visits.Visit, running: services.Service
) -> None:
    page = visit.page
    with hostile.running() as origin:
        images = [services.image(origin.url(f"/jpeg/{n}?size=2000"), n) for n in range(40)]
        images.append(services.image(origin.url("/jpeg/40?after=3"), "late"))
        images.append(services.image(origin.url("/status/404"), "lost"))
        job = running.accept(images[:1], "first")
        running.wait(job)
        visits.sign_in(visit, running)
        job = running.accept(images, "story")
        page.goto("/jobs")
        page.get_by_role("link", name="story").click()
        progress = page.locator("#progress")
        sync_api.expect(progress).to_contain_text("of 42 images")
        sync_api.expect(page.locator("#job-state")).to_contain_text("Done", timeout=60_000)
        sync_api.expect(progress).to_contain_text("images imported")
        page.get_by_role("link", name="Result").click()
        cause = page.locator(".causes > li").filter(has_text="http_status")
        sync_api.expect(cause.first).to_contain_text("404")
        page.get_by_role("button", name=re.compile("^Retry")).first.click()
        sync_api.expect(page.locator(".record")).to_contain_text(job)
        page.get_by_role("button", name="Sign out").click()
        sync_api.expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    visit.assert_quiet()


def test_a_running_job_is_cancelled_by_a_dialog_that_names_the_number(
    visit: visits.Visit, running: services.Service
) -> None:
    page = visit.page
    with hostile.running() as origin:
        visits.sign_in(visit, running)
        images = [services.image(origin.url(f"/jpeg/{n}?after=5"), n) for n in range(30)]
        job = running.accept(images, "cancelled")
        page.goto(f"/jobs/{job}")
        page.get_by_role("button", name="Cancel job").first.click()
        dialog = page.get_by_role("dialog")
        sync_api.expect(dialog).to_contain_text("30 images are not done yet")
        dialog.get_by_role("button", name="Cancel job").click()
        sync_api.expect(page.locator("#job-state")).to_contain_text("Cancelled")
    visit.assert_quiet()


def test_the_link_that_serve_prints_lets_its_owner_in_once(
    visit: visits.Visit, running: services.Service
) -> None:
    found = _LINK.search(running.log())
    assert found
    visit.page.goto(found[1])
    sync_api.expect(visit.page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()
    visit.page.get_by_role("button", name="Sign out").click()
    visit.page.goto(found[1])
    sync_api.expect(visit.page.get_by_role("alert")).to_contain_text("was used")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_no_page_scrolls_sideways(
    chromium: sync_api.Browser, running: services.Service, width: int, theme: str, tmp_path: Path
) -> None:
    visit = visits.Visit(chromium, running)
    visit.page.set_viewport_size({"width": width, "height": 800})
    visit.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of the two
    with hostile.running() as origin:
        job = running.accept([services.image(origin.url("/status/404"), "x" * 200)], "y" * 200)
        running.wait(job)
        visits.sign_in(visit, running, "ui:admin", "metrics:read")
        whole = running.accept(
            [services.image(origin.url("/jpeg/1"), "x" * 200, fileName="z" * 200)]
        )
        entry = running.wait(whole)["images"][0]["image"]["mediaId"]
        for path in (
            "/jobs",
            f"/jobs/{job}",
            "/import",
            "/library",
            f"/library/{entry}",
            "/settings/tokens",
            "/settings/media-types",
            "/settings/health",
            "/nowhere",
        ):
            visit.page.goto(path)
            wide = visit.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, path
        visit.page.goto("/import")
        visit.page.get_by_label("Image addresses").fill(
            f"{origin.url('/jpeg/1')}{'x' * 300}\nftp://x"
        )
        visit.page.get_by_role("button", name="See what would happen").click()
        visit.page.wait_for_url("**/import/*")
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    visit.context.close()


def test_keys_lead_through_the_pages(visit: visits.Visit, running: services.Service) -> None:
    page = visit.page
    with hostile.running() as origin:
        running.wait(running.accept([services.image(origin.url("/jpeg/1"), 1)], "keys"))
    visits.sign_in(visit, running)
    page.keyboard.press("?")
    sync_api.expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    sync_api.expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("j")
    sync_api.expect(page.locator(".jobs a").first).to_be_focused()
    page.keyboard.press("Enter")
    sync_api.expect(page.locator(".record")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("j")
    sync_api.expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"


def test_somebody_finds_a_picture_edits_it_meets_a_conflict_and_revokes_it(
    visit: visits.Visit, running: services.Service
) -> None:
    page, expect = visit.page, sync_api.expect
    with hostile.running() as origin:
        told = {"caption": "Die Nordwand von Grindelwald aus"}
        image = services.image(origin.url("/jpeg/77"), 77, fileName="Eiger", metadata=told)
        (row,) = running.bring([image], "alps")
    entry = row["image"]["mediaId"]
    visits.sign_in(visit, running)
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.get_by_label("Search the library").fill("grindel")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Eiger").click()
    caption = page.get_by_label("Caption")
    caption.fill("My words")
    patch = {"operation": "setMetadataProperty", "propertyName": "caption", "value": "Their words"}
    httpx.patch(
        f"{running.url}/api/v1/mediaLibrary/{entry}",
        headers={"Authorization": f"Bearer {running.token}"},
        json={"patches": [patch]},
    ).raise_for_status()
    caption.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("somebody else changed this entry")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator(".both")).to_contain_text("Their words")
    expect(caption).to_have_value("My words")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved as version 3")
    page.get_by_text("Revoke the picture…").click()
    page.get_by_label("Note").fill("Case 1")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("status")).to_contain_text("Case 1")
    page.goto("/library?search=words")
    expect(page.get_by_role("heading", name="No picture fits")).to_be_visible()
    assert [said for said in visit.complaints if "409" not in said] == []
    assert visit.elsewhere == []


def test_a_key_counts_that_comes_while_the_list_of_keys_closes(
    visit: visits.Visit, running: services.Service
) -> None:
    with hostile.running() as origin:
        running.wait(running.accept([services.image(origin.url("/jpeg/1"), 1)], "closing"))
    visits.sign_in(visit, running)
    visit.page.keyboard.press("?")
    # In one task: Chromium takes the focus out of what is closed only with the next frame.
    visit.page.evaluate("""() => {
        document.getElementById("keys").close();
        const key = new KeyboardEvent("keydown", {key: "j", bubbles: true});
        document.activeElement.dispatchEvent(key);
    }""")
    sync_api.expect(visit.page.locator(".jobs a").first).to_be_focused()


def test_an_admin_makes_a_token_copies_it_and_revokes_it_by_a_dialog_that_names_it(
    visit: visits.Visit, running: services.Service
) -> None:
    page, expect = visit.page, sync_api.expect
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visits.sign_in(visit, running, "ui:admin")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.get_by_label("Name").fill("Night desk")
    page.get_by_label("Look at these pages").check()
    page.get_by_role("button", name="Create").click()
    note = page.get_by_role("status")
    expect(note).to_contain_text("“Night desk” is ready")
    expect(note).to_be_focused()
    note.get_by_role("button", name="Copy").click()
    expect(note).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("wp_")
    page.get_by_role("link", name="Revoke Night desk").click()
    dialog = page.get_by_role("dialog", name="Revoke “Night desk”?")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("link", name="Revoke Night desk")).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Revoke Night desk").click()
    expect(page.get_by_role("status")).to_contain_text("“Night desk” is revoked")
    expect(page.get_by_role("link", name="Revoke Night desk")).to_have_count(0)
    visit.assert_quiet()


def test_the_list_of_jobs_moves_by_itself_and_leaves_the_reader_where_they_are(
    visit: visits.Visit, running: services.Service
) -> None:
    page, expect = visit.page, sync_api.expect
    visits.sign_in(visit, running)
    first = running.accept([services.image("http://127.0.0.1:1/a")], "moves")
    page.goto("/jobs?systemName=moves")
    link = page.locator(f"#job-{first} a")
    link.focus()
    second = running.accept([services.image("http://127.0.0.1:1/b")], "moves")
    expect(page.locator(".jobs > li").first).to_have_id(f"job-{second}", timeout=20_000)
    running.client.post(f"/api/v1/import/images/{second}/cancel")
    expect(page.locator(f"#job-{second} .state").first).to_contain_text("Cancelled", timeout=20_000)
    expect(page.locator("#states [aria-current]")).to_contain_text("2")
    expect(link).to_be_focused()
    visit.assert_quiet()


def test_single_keys_can_be_switched_off(visit: visits.Visit, running: services.Service) -> None:
    page, expect = visit.page, sync_api.expect
    visits.sign_in(visit, running)
    page.keyboard.press("?")
    page.get_by_label("Single keys on").uncheck()
    page.keyboard.press("Escape")
    page.goto("/jobs")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(page.get_by_label("Single keys on")).not_to_be_checked()


def test_a_page_says_that_its_stream_is_lost_and_takes_it_up_again_by_itself(
    visit: visits.Visit, running: services.Service
) -> None:
    page, expect = visit.page, sync_api.expect
    visits.sign_in(visit, running)
    with hostile.running() as origin:
        images = [services.image(origin.url(f"/jpeg/{n}?after=60"), n) for n in range(3)]
        job = running.accept(images, "lost stream")
        page.goto(f"/jobs/{job}")
        expect(page.locator("#origins")).to_contain_text("connections", timeout=20_000)
        page.locator("[data-opens=cancel-dialog]").focus()
        page.evaluate("scrollTo(0, 1000)")
        place = page.evaluate("scrollY")
        visit.context.set_offline(True)
        page.evaluate("document.querySelector('[hx-sse\\\\:connect]')._htmx.sse.reader.cancel()")
        expect(page.locator("#stale")).to_be_visible(timeout=30_000)
        expect(page.locator("#stale")).to_contain_text("Trying again")
        visit.context.set_offline(False)
        expect(page.locator("#stale")).to_be_hidden(timeout=30_000)
        expect(page.locator("[data-opens=cancel-dialog]")).to_be_focused()
        assert page.evaluate("scrollY") == place
        running.client.post(f"/api/v1/import/images/{job}/cancel")
        expect(page.locator("#job-state")).to_contain_text("Cancelled", timeout=20_000)
