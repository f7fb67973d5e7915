"""Lists of pictures wait on the page."""

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0017"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0018_drafts.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
