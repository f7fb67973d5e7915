"""The marks that storage folders bear."""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0013_storage_marks.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
