"""Keys of requests, used quotas, retried jobs, and indexes for lists of jobs."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"

_SQL = Path(__file__).with_name("0003_job_controls.sql")


def upgrade() -> None:
    op.get_bind().exec_driver_sql(_SQL.read_text("utf-8").replace("%", "%%"))
