"""Jobs that are over may be removed."""

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0019_retention.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
