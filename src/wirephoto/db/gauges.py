"""The statement that metrics are read by: how much work there is, and how old."""

from wirephoto.db import pool, queries

_SQL = queries.load("gauges")


async def look(connection: pool.Connection) -> dict[str, float]:
    """Values by column; each is a metric of ``metrics.families``."""
    row = await (await connection.execute(_SQL["look"])).fetchone()
    assert row is not None
    return dict(row)
