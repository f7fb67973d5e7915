"""Repair and imports of the same bytes, interleaved at every step: no reference without its bytes.

The steps of each are driven by hand, in every order; at one point between them two days may pass,
as for a worker or a collector that was stopped and woken.
"""

import asyncio
import contextlib
import hashlib
import itertools
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults import scale
from tests.fixtures import figures, ledger
from tests.integration.path.conftest import Desk, desk
from tests.integration.verify import proof
from tests.origins import pictures
from wirephoto import errors, model
from wirephoto.db import collector as rows
from wirephoto.pipeline.steps import bring, keep, outcomes, settle
from wirephoto.pipeline.storage import keys
from wirephoto.verify import collector

__all__ = ["desk"]

SEED = 20261124
IMPORT, FIRST, SECOND = range(3)
STEPS = {IMPORT: 4, FIRST: 3, SECOND: 3}
PASSING = timedelta(days=2)
_PICTURE = pictures.jpeg(7, 2000)
_TABLES = ("jobs", "images", "results", "chunks", "entries", "blobs", "procrastinate_jobs")
_AGE = "update blobs set changed_at = changed_at - %s::interval"

BEFORE = {
    "stored a day ago": ("stored", True),
    "put a day ago, and left": ("putting", True),
    "reserved a day ago, never put": ("putting", False),
    "without a row": (None, True),
    "its remover died": ("deleting", True),
    "its remover died late": ("deleting", False),
}


class _Gate:
    """Storage that waits before each put until it is told to."""

    def __init__(self, desk: Desk) -> None:
        self._store = desk.services.store
        self.arrived = asyncio.Event()
        self.open = asyncio.Event()

    async def put_all(
        self, items: Sequence[tuple[str, model.Body, str]]
    ) -> list[errors.StorageFailed | None]:
        self.arrived.set()
        await self.open.wait()
        return await self._store.put_all(items)


@dataclass
class Import:
    """reserve | put | write, in a transaction | commit."""

    desk: Desk
    work: outcomes.Work
    kept: keep.Kept | None = None
    is_writing: bool = False
    _late: timedelta = timedelta()
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    _steps: "list[str]" = field(default_factory=lambda: ["reserve", "put", "write", "commit"])

    async def step(self) -> None:
        await getattr(self, f"_{self._steps.pop(0)}")()

    def days_pass(self) -> None:
        if self._steps[:1] != ["reserve"]:
            self._late += PASSING

    async def _reserve(self) -> None:
        parts = bring.parts(self.work, self.desk.services.origins, self.desk.services.stopping)
        (arrived,) = [part async for part in parts]
        self._gate = _Gate(self.desk)
        limits = self.desk.services.origins.limits
        self._keeping = asyncio.ensure_future(
            keep.keep(self.desk.worker.database, self._gate, self.work, arrived, limits)  # type: ignore[arg-type]  # puts alone
        )
        waiting = asyncio.ensure_future(self._gate.arrived.wait())
        await asyncio.wait({self._keeping, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def _put(self) -> None:
        self._gate.open.set()
        kept = await self._keeping
        if kept.reserved_at:
            kept.reserved_at -= self._late
        self._late = timedelta()
        self.kept = kept

    async def _write(self) -> None:
        assert self.kept
        if self.kept.reserved_at:
            self.kept.reserved_at -= self._late
        connection = await self._stack.enter_async_context(self.desk.worker.database.connection())
        await self._stack.enter_async_context(connection.transaction())
        writing = connection, self.desk.worker.app, self.work, self.kept
        try:
            assert settle.is_unseen(self.kept)
            await settle.write_at_once(*writing)
        except settle.LookFirst:  # it has written nothing: the same in the same transaction
            await settle.look_and_write(*writing)
        self.is_writing = True

    async def _commit(self) -> None:
        await self._stack.aclose()
        self.is_writing = False


@dataclass
class Repair:
    """claim, or adopt what has no row | delete | forget."""

    desk: Desk
    key: str
    claim: collector.Claim | None = None

    def __post_init__(self) -> None:
        self._collector = collector.Collector(self.desk.worker.database, self.desk.services.store)
        self._steps = ["claim", "delete", "forget"]
        self._deleted: list[rows.Claimed] = []

    async def step(self) -> None:
        await getattr(self, f"_{self._steps.pop(0)}")()

    def days_pass(self) -> None:
        """What it holds grows old with the row."""
        if self.claim:
            aged = [
                replace(one, claimed_at=one.claimed_at - PASSING) for one in self.claim.pictures
            ]
            self.claim = collector.Claim(aged, self.claim.until - PASSING.total_seconds())
            if self._steps == ["forget"]:
                self._deleted = aged[: len(self._deleted)]

    async def _claim(self) -> None:
        self.claim = await self._collector.claim([self.key])
        if not ledger.rows(self.desk.url, "select key from blobs"):
            self.claim = await self._collector.adopt(self.key)

    async def _delete(self) -> None:
        assert self.claim
        self._deleted = list(await self._collector.delete(self.claim))

    async def _forget(self) -> None:
        await self._collector.forget(self._deleted)


def _empty(storage: Path) -> None:
    """No picture is left, but the mark: without it the folder is one that is not mounted."""
    for one in storage.iterdir():
        if one.name != keys.RESERVED:
            shutil.rmtree(one)


async def _begin(desk: Desk, before: str) -> tuple[str, int]:
    """The state before; the picture's key and a chunk that imports the same bytes."""
    ledger.rows(desk.url, ";".join(f"delete from {table}" for table in _TABLES))
    _empty(desk.storage)
    secret = bytes(ledger.value(desk.url, "select storage_key from project_secrets"))
    body = model.Body(hashlib.sha256(_PICTURE).digest(), len(_PICTURE), data=_PICTURE)
    key = keys.asset_key("default", secret, body.sha256, model.Kind.JPEG)
    state, is_there = BEFORE[before]
    if is_there:
        await desk.services.store.put_all([(key, body, "image/jpeg")])
    if state is not None:
        ledger.rows(
            desk.url,
            "insert into blobs (key, project_id, sha256, size, mime_type, state, changed_at)"
            " values (%s, %s, %s, %s, 'image/jpeg', %s, now() - interval '2 days')",
            key, desk.project.project, body.sha256, body.size, state,
        )  # fmt: skip
    (chunk,) = desk.job([desk.origin.url("/jpeg/7?size=2000")])
    return key, chunk


async def _finish(desk: Desk) -> int:
    """Work off what came back, as later chunks; how often that took the end of a remover's time."""
    for round_ in range(5):
        for row in desk.chunks(desk.jobs[-1]):
            await desk.work_off(row["id"])
        if not desk.chunks(desk.jobs[-1]):
            return round_
        if round_ > 1:
            ledger.rows(desk.url, _AGE, timedelta(minutes=11))
    raise AssertionError("the import waits for ever")


async def _run(desk: Desk, before: str, order: Sequence[int], passing: int | None) -> None:
    desk.worker.pace.heard(600)
    key, chunk = await _begin(desk, before)
    work = await desk.take(chunk)
    assert work
    importing = Import(desk, work)
    actors = {
        IMPORT: importing, FIRST: Repair(desk, key), SECOND: Repair(desk, key)
    }  # fmt: skip
    for place, actor in enumerate(order):
        if place == passing and not importing.is_writing:
            ledger.rows(desk.url, _AGE, PASSING)
            for one in actors.values():
                one.days_pass()  # type: ignore[attr-defined]  # of either
        await actors[actor].step()  # type: ignore[attr-defined]  # of either
    await _finish(desk)
    (row,) = desk.results(desk.jobs[-1])
    assert row["state"] == "success"
    assert ledger.value(desk.url, "select asset_key from entries") == key
    assert ledger.value(desk.url, "select state from blobs") == "stored"
    assert (desk.storage / key).read_bytes() == _PICTURE
    assert (await proof.prove(desk)).wrong == []


def orders(*actors: int) -> Iterator[tuple[int, ...]]:
    """Every order of the actors' steps, each actor's own in their order."""
    steps = [actor for actor in actors for _ in range(STEPS[actor])]
    if not steps:
        yield ()
    yield from sorted(set(_interleaved(tuple(STEPS[a] if a in actors else 0 for a in range(3)))))


def _interleaved(left: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if not any(left):
        yield ()
    for actor, count in enumerate(left):
        if count:
            fewer = tuple(n - (place == actor) for place, n in enumerate(left))
            yield from ((actor, *rest) for rest in _interleaved(fewer))


def _cases(*actors: int) -> list[tuple[str, tuple[int, ...], int | None]]:
    passing = [None, *range(sum(STEPS[actor] for actor in actors) + 1)]
    return list(itertools.product(BEFORE, orders(*actors), passing))


def _chosen(
    cases: list[tuple[str, tuple[int, ...], int | None]], short: int, full: int | None
) -> list[tuple[str, tuple[int, ...], int | None]]:
    count = scale.pick(short, full)
    if count is None:
        return cases
    return random.Random(SEED).sample(cases, count)


@pytest.mark.timeout(1800)
async def test_an_import_of_the_same_bytes_races_a_repair_in_every_order(
    desk: Desk, figures: figures.Figures
) -> None:
    cases = _chosen(_cases(IMPORT, FIRST), 40, None)
    for before, order, passing in cases:
        try:
            await _run(desk, before, order, passing)
        except Exception as fault:
            raise AssertionError(f"{before}, {order}, two days before step {passing}") from fault
    figures.tell(interleavings=len(cases), lost=0)


@pytest.mark.timeout(1800)
async def test_an_import_of_the_same_bytes_races_two_repairs(
    desk: Desk, figures: figures.Figures
) -> None:
    cases = _chosen(_cases(IMPORT, FIRST, SECOND), 30, 500)
    for before, order, passing in cases:
        try:
            await _run(desk, before, order, passing)
        except Exception as fault:
            raise AssertionError(f"{before}, {order}, two days before step {passing}") from fault
    figures.tell(interleavings=len(cases), lost=0)
