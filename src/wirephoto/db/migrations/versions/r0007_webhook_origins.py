"""Where a project's webhook headers may go."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0007_webhook_origins.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
