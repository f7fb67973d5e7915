"""An index for the collector's question."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    statements = Path(__file__).with_name("0005_asset_references.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements)
