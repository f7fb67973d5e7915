"""Chromium without a window, and a site that is not ours."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright import sync_api

from tests.browser import site as sites

PROGRAM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",  # its own sandbox does not start as root
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[sync_api.Browser]:
    """Skips where there is none; CI installs it.

    A module's: as long as the driver runs, so does its event loop, and no other may.
    """
    if PROGRAM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs Chromium")
        pytest.skip("needs Chromium")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site() -> Iterator[sites.Site]:
    with sites.running() as running:
        yield running
