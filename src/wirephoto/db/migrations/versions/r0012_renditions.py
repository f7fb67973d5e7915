"""Pictures made smaller."""

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0012_renditions.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
