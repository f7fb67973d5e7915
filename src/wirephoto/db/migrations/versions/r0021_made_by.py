"""Tokens may be made by tokens."""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0021_made_by.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
