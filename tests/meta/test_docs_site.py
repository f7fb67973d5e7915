"""The documents become a site: every link and anchor leads on, and nothing comes from elsewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_LOADED = re.compile(r'<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)="?([^">\s]+)')


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as ``make docs`` makes it."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr  # names what mkdocs.yml or a document lacks
    return folder


def test_the_site_has_a_page_for_each_document(built: Path) -> None:
    for path in (ROOT / "docs").rglob("*.md"):
        page = path.relative_to(ROOT).with_suffix(".html")
        name = "index.html" if path.name == "README.md" else page.name
        assert (built / page.parent / name).exists(), path.name


def test_the_site_loads_nothing_from_elsewhere(built: Path) -> None:
    pages = list(built.rglob("*.html"))
    assert len(pages) > 80
    for page in pages:
        loaded = _LOADED.findall(page.read_text("utf-8"))
        assert loaded
        assert [url for url in loaded if "//" in url] == [], page.name


def test_the_site_wears_the_colours_of_the_pages(built: Path) -> None:
    tokens = (ROOT / "src/wirephoto/web/static/tokens.css").read_text("utf-8")
    assert (built / "look/tokens.css").read_text("utf-8") == tokens
    known = set(re.findall(r"(--[\w-]+):", tokens))
    used = re.findall(r"var\((--[\w-]+)\)", (built / "look/site.css").read_text("utf-8"))
    assert used
    assert set(used) <= known
