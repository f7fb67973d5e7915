"""Receivers of webhooks, and a claim of deliveries that counts."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0002_webhook_endpoints.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
