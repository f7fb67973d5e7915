"""A page in a browser of its own, and the way in."""

import contextlib
from collections.abc import Iterator

from playwright import sync_api

from tests.fixtures import service as services


class Visit:
    """What the page complains about is kept, and what it asks of anybody else."""

    def __init__(self, chromium: sync_api.Browser, running: services.Service) -> None:
        self.context = chromium.new_context(base_url=running.url, locale="en-GB")
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        self.page.on("request", lambda asked: self._note(asked.url, running.url))

    def _note(self, url: str, own: str) -> None:
        if not url.startswith((own, "data:")):
            self.elsewhere.append(url)

    def assert_quiet(self) -> None:
        """No script failed, the policy forbade nothing, and nothing was asked of anybody else."""
        assert not self.complaints, self.complaints
        assert not self.elsewhere, self.elsewhere


@contextlib.contextmanager
def visiting(chromium: sync_api.Browser, running: services.Service) -> Iterator[Visit]:
    made = Visit(chromium, running)
    yield made
    made.context.close()


def sign_in(visit: Visit, running: services.Service, *scopes: str) -> None:
    visit.page.goto("/")
    visit.page.get_by_label("Token").fill(running.new_token(*scopes or ("ui:write",)))
    visit.page.get_by_role("button", name="Sign in").click()
    sync_api.expect(visit.page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()
