"""The import path in the test's own process: real database, real storage, real origin."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures import ledger
from tests.origins import hostile
from wirephoto import settings, wiring
from wirephoto.pipeline import queue
from wirephoto.pipeline.steps import bring, chunk, keep, outcomes, settle, take

_JOB = """
with job as (select nextval(pg_get_serial_sequence('jobs', 'id')) as id)
insert into jobs (id, public_id, project_id, snapshot_id, rank, system_name, total)
overriding system value
select id, 'job' || id, %s, %s, id, %s, %s from job returning id
"""
_IMAGE = "insert into images values (%s, %s, %s, %s, %s, 'image', '{}')"
_CHUNK = "insert into chunks (job_id, number, positions) values (%s, %s, %s) returning id"


@dataclass
class Desk:
    """One worker's services, and the means to give them work."""

    url: str
    worker: wiring.Worker
    project: wiring.Served
    origin: hostile.Origin
    storage: Path
    system: str = "archive"
    jobs: list[int] = field(default_factory=list)

    @property
    def services(self) -> chunk.Services:
        return self.worker.imports

    def job(self, urls: Sequence[str], *, size: int = 64) -> list[int]:
        """Write a job as the accept stage does, without tasks; the ids of its chunks."""
        project, snapshot = self.project.project, self.project.snapshot
        number = int(ledger.value(self.url, _JOB, project, snapshot, self.system, len(urls)))
        self.jobs.append(number)
        for position, url in enumerate(urls):
            ledger.rows(self.url, _IMAGE, number, position, url, str(position), f"p {position}")
        starts = range(0, len(urls), size)
        return [
            int(ledger.value(self.url, _CHUNK, number, place, self._positions(start, size, urls)))
            for place, start in enumerate(starts)
        ]

    def _positions(self, start: int, size: int, urls: Sequence[str]) -> list[int]:
        return list(range(start, min(start + size, len(urls))))

    def pictures(self, count: int, *, first: int = 0, query: str = "size=2000") -> list[str]:
        return [self.origin.url(f"/jpeg/{first + n}?{query}") for n in range(count)]

    async def queued(self, ids: Sequence[int]) -> None:
        async with self.worker.database.connection() as connection:
            await queue.defer_chunks(
                self.worker.app, connection, [(one, place) for place, one in enumerate(ids)]
            )

    async def take(self, chunk_id: int) -> outcomes.Work | None:
        claimed = await take.claim(self.worker.database, chunk_id)
        if claimed is None:
            return None
        return await take.take(self.worker.database, self.worker.app, claimed)

    async def brought(self, work: outcomes.Work) -> keep.Kept:
        """A claimed chunk, up to the transaction that is still to come."""
        origins = self.services.origins
        (arrived,) = [part async for part in bring.parts(work, origins, self.services.stopping)]
        return await keep.keep(
            self.worker.database, self.services.store, work, arrived, origins.limits
        )

    async def settle(self, work: outcomes.Work, kept: keep.Kept) -> None:
        await settle.settle(self.worker.database, self.worker.app, work, kept)

    async def work_off(self, chunk_id: int) -> None:
        await chunk.import_chunk(self.services, chunk_id)

    def results(self, job: int) -> list[dict[str, Any]]:
        return ledger.rows(
            self.url, "select * from results where job_id = %s order by position", job
        )

    def chunks(self, job: int) -> list[dict[str, Any]]:
        return ledger.rows(self.url, "select * from chunks where job_id = %s order by id", job)

    def tasks(self) -> list[int]:
        """Chunks that a task stands for."""
        found = ledger.rows(
            self.url,
            "select (args ->> 'chunk')::bigint as chunk from procrastinate_jobs"
            " where task_name = %s and status in ('todo', 'doing') order by 1",
            queue.CHUNK_TASK,
        )
        return [row["chunk"] for row in found]


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    given = settings.load(data_dir=tmp_path, allow_networks="127.0.0.0/8")
    async with (
        hostile.Origin() as origin,
        wiring.worker(given, database_url) as worker,
    ):
        registered = await wiring.register_projects(given, worker.database)
        worker.pace.heard(600)
        (project,) = registered.values()
        yield Desk(database_url, worker, project, origin, tmp_path / "storage")
