"""Embedded metadata: the record of a picture, and ``entries.origins``, who set which property."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0009_embedded_metadata.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
