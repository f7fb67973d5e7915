"""Edits, revocations and the history of entries."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0011_edits.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
