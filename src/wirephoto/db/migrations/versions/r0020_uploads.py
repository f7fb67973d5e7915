"""Pictures may be sent by their client."""

from pathlib import Path

from alembic import op

revision = "0020"
down_revision = "0019"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0020_uploads.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
