"""Leases of connections say how much is wanted."""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0008_wanted_connections.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
