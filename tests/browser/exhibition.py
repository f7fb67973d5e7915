"""An installation in use, to be looked at: a library, jobs that are done, one that runs."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fixtures import gallery as galleries
from tests.fixtures import service as services

PATIENCE_SECONDS = 60.0
HELD = 64  # one chunk, which waits while the others end
PART = 16  # of it, committed at once
_PAGE = b"<!doctype html><title>Sign in</title><h1>The archive has moved</h1>"
_LIST = """Bild-Nr;Adresse;Überschrift;Beschreibung;Quelle
4711;{there}/dunes.jpg;Dünen am Morgen;Der Wind hat über Nacht die Linien gezogen;Archiv
4712;{there}/harbour.jpg;Hafen, Südmole;Das Fährschiff nach Föhr;Archiv
4713;ftp://alt.example/kirche.jpg;Kirche St. Gallen;;Archiv
4714;{there}/bridge.jpg;Brücke im Nebel;Großbaustelle, 1923;Nachlass
4714;{there}/bridge-2.jpg;Brücke, zweite Aufnahme;;Nachlass
"""


@dataclass(frozen=True)
class Piece:
    """A picture that hangs in the gallery."""

    name: str
    title: str
    caption: str
    data: bytes


@dataclass(frozen=True)
class Shown:
    """Where to look: ids of jobs, of an entry, of the rest, and a list to import."""

    service: services.Service
    failures: str
    running: str
    entry: str
    rest: Iterator[str]
    table: bytes


def open_(
    service: services.Service,
    gallery: galleries.Gallery,
    slow: galleries.Gallery,
    pieces: Sequence[Piece],
    others: int,
) -> Shown:
    """Fill the library, and begin a job of ``others`` pictures, and of some that ``slow`` holds.

    That is another origin: the connections to the first are not taken by what waits.
    """
    good = [_image(gallery, piece) for piece in pieces]
    service.wait(service.accept(good[: len(good) // 2], "agency"))
    failures = service.accept(good + _bad(gallery), "archive")
    rows = service.wait(failures)["images"]
    service.wait(service.accept(good, "archive"))
    _described(service)
    running = service.accept(_many(gallery, slow, pieces, others), "magazine")
    _until_held(service, running, others)
    there = good[0]["url"].rpartition("/")[0]
    table = _LIST.format(there=there).encode("cp1252")
    first, *rest = [row["image"]["mediaId"] for row in rows[: len(good)]]
    return Shown(service, failures, running, first, iter(rest), table)


def _image(gallery: galleries.Gallery, piece: Piece) -> dict[str, Any]:
    url = gallery.hang(f"/{piece.name}", piece.data)
    told = {"caption": piece.caption, "source": "Archive"}
    return services.image(url, piece.name.partition(".")[0], fileName=piece.title, metadata=told)


def _bad(gallery: galleries.Gallery) -> list[dict[str, Any]]:
    """Pictures that fail, by five causes."""
    page = gallery.hang("/login.jpg", _PAGE)
    cut = gallery.hang("/cut.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00")
    paper = gallery.hang("/contract.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    lost = [page.replace("login", f"lost-{number}") for number in range(1, 8)]
    urls = [*lost, page, page + "?2", page + "?3", cut, paper, "http://169.254.169.254/latest"]
    return [
        services.image(url, f"19{23 + number}-{number:03}", fileName=f"Harbour, plate {number}")
        for number, url in enumerate(urls, 1)
    ]


def _many(
    gallery: galleries.Gallery, slow: galleries.Gallery, pieces: Sequence[Piece], others: int
) -> list[dict[str, Any]]:
    """``others`` that come at once, and behind them those that wait."""
    came = [gallery.hang(f"/{piece.name}", piece.data) for piece in pieces]
    waits = slow.hang("/waits.jpg", pieces[0].data)
    slow.hold("/waits.jpg")
    urls = [came[n % len(came)] for n in range(others)]
    urls += [f"{waits}?{n}" for n in range(HELD)]
    return [
        services.image(url, n, fileName=pieces[n % len(pieces)].title) for n, url in enumerate(urls)
    ]


def _until_held(service: services.Service, job: str, others: int) -> None:
    """All that may come has come: a part of a chunk waits for what is held in it."""
    _until(service, lambda: _done(service, job) >= others - PART)


def _done(service: services.Service, job: str) -> int:
    return int(sum(service.status(job)["overview"]["details"].values()))


def _described(service: services.Service) -> None:
    """Every picture has its blurred preview."""
    _until(service, lambda: service.sql("select count(*) from undescribed") == [(0,)])


def _until(service: services.Service, held: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not held():
        assert time.monotonic() < deadline, service.log()[-3000:]
        time.sleep(0.1)
