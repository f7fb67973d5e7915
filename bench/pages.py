"""How long does each page take in a large installation?

A library of a million entries, a job for each fifty of them, and jobs of 100,000 images: see
`bench/archive.py`. Every page is asked of the running application as a browser asks it, with the
cookie of somebody who signed in, over a connection that is kept.
"""

import argparse
import contextlib
import dataclasses
import os
import re
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection  # noqa: TID251 - a client from outside
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import archive, dated, installation, machine, measure, scratch
from wirephoto.library import search

GOAL_MS = 200
_NEXT = 50  # pages that are read one after the other
_SCOPES = ("ui:write", "ui:admin", "metrics:read")
_FILTERS = (
    *("search=archiv", "search=see", "search=ber", "search=einzigartig", "search=nirgends"),
    *("search=berlin+archiv", "search=archiv&sort=relevance", "search=see&sort=relevance"),
    *("systemName=archive", "systemName=rare", "systemName=none", "mediaType=image"),
    *("mediaType=graphic", "mimeType=image/jpeg", "mimeType=image/svg%2Bxml"),
    *("mimeType=image/avif", "orientation=landscape", "orientation=portrait"),
    *("orientation=square", "state=archived", "state=revoked", "state=any"),
    *("createdFrom=2020-01-01&createdTo=2020-12-31", "createdFrom=2020-01-01&createdTo=2020-01-01"),
    *("createdFrom=2030-01-01", "createdTo=2015-01-03"),
    "search=see&orientation=portrait&mimeType=image/jpeg&createdFrom=2020-01-01",
    "systemName=archive&mimeType=image/svg%2Bxml&orientation=square",
    "systemName=rare&orientation=square&state=revoked",
    "mimeType=image/png&orientation=square&state=archived",
)


@dataclass(frozen=True, slots=True)
class Took:
    """Of one page: milliseconds until its last byte, of processor by API and PostgreSQL too."""

    page: str
    median_ms: float
    slowest_ms: float
    processor_ms: float
    first_byte_ms: float
    bytes: int


class Browser:
    """Somebody who is signed in."""

    def __init__(self, running: installation.Running) -> None:
        self._running = running
        self._connection = HTTPConnection("127.0.0.1", running.port, timeout=300)
        form = urlencode({"token": running.token})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", "/signin", form, headers)
        answer = self._connection.getresponse()
        answer.read()
        self._cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]

    def ask(self, path: str) -> tuple[bytes, float, float]:
        """A page, the seconds until its first byte and until its last.

        Raises:
            measure.CannotRun: it is no such page.
        """
        headers = {"Cookie": self._cookie, "Accept": "text/html", "Accept-Language": "en"}
        began = time.perf_counter()
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        first = time.perf_counter() - began
        content = answer.read()
        if answer.status != 200:
            raise measure.CannotRun(f"{path} answered {answer.status}: {content[:500]!r}")
        return content, first, time.perf_counter() - began

    def took(self, page: str, paths: Iterable[str]) -> Took:
        """The same page, or some of a kind."""
        spent, seconds, firsts, size = installation.processor_seconds(self._running), [], [], 0
        for path in paths:
            content, first, whole = self.ask(path)
            firsts.append(first * 1000)
            seconds.append(whole * 1000)
            size = max(size, len(content))
        spent = installation.processor_seconds(self._running) - spent
        return Took(
            page,
            round(statistics.median(seconds), 1),
            round(max(seconds), 1),
            round(spent * 1000 / len(seconds), 1),
            round(statistics.median(firsts), 1),
            size,
        )

    def following(self, path: str, pages: int) -> Iterator[str]:
        """The pages behind one, as they come up when somebody reads on."""
        content, _, _ = self.ask(path)
        for _ in range(pages):
            link = re.search(rb'hx-get="(/library/more\?[^"]+)"', content)
            if link is None:
                return
            path = link[1].decode().replace("&amp;", "&")
            yield path
            content, _, _ = self.ask(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="default %(default)s")
    parser.add_argument("--images", type=int, default=100_000, help="of a large job (%(default)s)")
    parser.add_argument("--rounds", type=int, default=10, help="of each page (%(default)s)")
    parser.add_argument("--only", default="", help="pages whose names have this in them")
    parser.add_argument(
        "--data", type=Path, help="a folder that stays: filled once, and asked again after that"
    )
    asked = parser.parse_args()
    kept = contextlib.nullcontext(asked.data) if asked.data else scratch.folder()
    with measure.or_ended(), kept as folder:
        _measure(asked, folder)


def _measure(asked: argparse.Namespace, folder: Path) -> None:
    folder.mkdir(mode=0o711, exist_ok=True)
    how = installation.Installation(0, scopes=_SCOPES)
    with installation.served(how, folder) as running, running.database() as url:
        began = time.perf_counter()
        _fill(url, folder / "filled", asked)
        print(
            f"filled in {time.perf_counter() - began:.0f} s, load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
        found = list(_each(Browser(running), url, asked))
    slow = [one.page for one in found if one.median_ms > GOAL_MS]
    print(f"{len(slow)} of {len(found)} above {GOAL_MS} ms: {', '.join(slow) or 'none'}")
    document = {
        "machine": dataclasses.asdict(machine.look(folder)),
        "entries": asked.entries,
        "images": asked.images,
        "rounds": asked.rounds,
        "pages": [dataclasses.asdict(one) for one in found],
    }
    if not asked.only:
        print(f"kept in {dated.keep('pages', document)}")


def _fill(url: str, filled: Path, asked: argparse.Namespace) -> None:
    if not filled.exists():
        archive.fill(url, entries=asked.entries, images=asked.images)
        filled.touch()


def _each(browser: Browser, url: str, asked: argparse.Namespace) -> Iterator[Took]:
    for page, path in _pages(url, asked):
        if asked.only in page:
            rounds = min(asked.rounds, 2) if path.endswith(".csv") else asked.rounds
            yield _told(browser.took(page, [path] * rounds))
    if asked.only in "library, the next pages":
        for given in ("", "?search=archiv", "?systemName=archive&orientation=square"):
            paths = browser.following(f"/library{given}", _NEXT)
            yield _told(browser.took(f"library, the next pages {given}", paths))


def _told(one: Took) -> Took:
    print(
        f"{one.page[:64]:64} {one.median_ms:8.1f} ms {one.slowest_ms:8.1f} slowest "
        f"{one.processor_ms:8.1f} of processor {one.bytes / 1000:8.0f} kB",
        flush=True,
    )
    return one


def _pages(url: str, asked: argparse.Namespace) -> Iterator[tuple[str, str]]:
    yield "library", "/library"
    for at, cursor in _deep(url, asked.entries):
        yield f"library, behind {at} entries", f"/library/more?after={quote(cursor)}"
    for given in _FILTERS:
        yield f"library, {given}", f"/library?{given}"
    for what, entry in (
        ("one of many", f"{asked.entries // 2:014}"),
        ("edited 200 times", archive.EDITED),
        ("whose picture 1,000 have", archive.SHARED),
        ("alike with one in fifty", archive.PLAIN),
    ):
        yield f"entry, {what}", f"/library/{entry}"
    yield from _jobs(asked.entries // 50)
    yield from _job(asked.images)
    yield "health", "/settings/health"
    yield "media types", "/settings/media-types"
    yield "tokens", "/settings/tokens"


def _deep(url: str, entries: int) -> Iterator[tuple[int, str]]:
    with psycopg.connect(url) as connection:
        for behind in (entries // 2, entries - 100):
            row = connection.execute(
                "select created_at from entries where id = %s", (f"{entries - behind:014}",)
            ).fetchone()
            assert row is not None
            at: datetime = row[0].astimezone(UTC)
            yield behind, search.written(search.Cursor("newest", at, f"{entries - behind:014}"))


def _jobs(jobs: int) -> Iterator[tuple[str, str]]:
    yield "jobs", "/jobs"
    for state in ("running", "queued", "failures", "done", "cancelled"):
        yield f"jobs, {state}", f"/jobs?state={state}"
    for given in (
        "systemName=archive",
        "systemName=rare",
        "systemName=none",
        "q=archive",
        "q=none",
    ):
        yield f"jobs, {given}", f"/jobs?{given}"
    yield "jobs, cancelled of rare", "/jobs?systemName=rare&state=cancelled"
    for before in (jobs // 2, 40):
        yield f"jobs, before job {before}", f"/jobs?before=job{before:07}"


def _job(images: int) -> Iterator[tuple[str, str]]:
    deep = f"after={images - 1000}"
    for name, job in (
        ("some failed", archive.MIXED),
        ("all failed", archive.FAILED),
        ("all failed, of 20,000 origins", archive.SCATTERED),
        ("running", archive.RUNNING),
    ):
        yield f"job, {name}", f"/jobs/{job}"
        yield f"job, {name}, deep", f"/jobs/{job}?{deep}"
    for given in ("state=success", "state=failed", "state=skipped", "state=failed&code=timeout"):
        yield f"job, some failed, {given}", f"/jobs/{archive.MIXED}?{given}"
        yield f"job, some failed, {given}, deep", f"/jobs/{archive.MIXED}?{given}&{deep}"
    yield "job, all failed, none of a code", f"/jobs/{archive.FAILED}?state=failed&code=unsafe_svg"
    yield "job, all failed, CSV", f"/jobs/{archive.FAILED}/failed.csv"


if __name__ == "__main__":
    main()
