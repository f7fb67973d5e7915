"""What requests say of versions and known pairs, and what entries remember of it."""

from pathlib import Path

from alembic import op

revision = "0010"
down_revision = "0009"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0010_updates.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
