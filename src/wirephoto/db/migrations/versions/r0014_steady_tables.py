"""Settings of tables that grow, and of those whose rows come and go."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0014_steady_tables.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
