"""What pictures look like."""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0016_descriptions.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
