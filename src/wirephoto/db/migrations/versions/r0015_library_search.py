"""Search in the library."""

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0015_library_search.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
