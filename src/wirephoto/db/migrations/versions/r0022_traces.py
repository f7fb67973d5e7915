"""A job may go on with the trace of its request."""

from pathlib import Path

from alembic import op

revision = "0022"
down_revision = "0021"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0022_traces.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
