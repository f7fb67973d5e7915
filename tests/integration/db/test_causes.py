"""Failures of a job by cause: counted again when there are more, and only then."""

from wirephoto.db import jobs, pool
from wirephoto.web import causes

_JOB = """
with project as (insert into projects (handle) values ('p') returning id), snapshot as (
  insert into project_snapshots (project_id, digest, content) select id, 'd', 'c' from project
  returning id, project_id
)
insert into jobs (public_id, project_id, snapshot_id, rank, system_name, total)
select 'j', project_id, id, 1, 's', 9 from snapshot returning project_id as project
"""
_FAIL = """
with failed as (
  insert into results (job_id, position, state, attempts, code, reason)
  select id, %(position)s, 'failed', 1, 'timeout', 'no answer in 60 s' from jobs
)
update jobs set done = done + 1, failed = failed + 1
"""


async def test_causes_are_counted_again_when_more_has_failed_and_only_then(
    database_url: str,
) -> None:
    kept = causes.Kept()
    async with (
        pool.opened(database_url, most=1, application="test") as opened,
        opened.connection() as connection,
    ):
        row = await (await connection.execute(_JOB)).fetchone()
        assert row is not None

        async def look() -> list[int]:
            job = await jobs.status(connection, row["project"], "j")
            assert job is not None
            return [one.found.images for one in await kept.of(connection, job)]

        assert await look() == []
        await connection.execute(_FAIL, {"position": 0})
        assert await look() == [1]
        await connection.execute(_FAIL, {"position": 1})
        assert await look() == [2]
        await connection.execute("delete from results")
        assert await look() == [2], "nothing is read where nothing has changed"
