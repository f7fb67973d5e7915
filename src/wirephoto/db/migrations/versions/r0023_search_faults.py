"""What is wrong with what is searched, said once for who finds it and who mends it."""

from pathlib import Path

from alembic import op

revision = "0023"
down_revision = "0022"

_HERE = Path(__file__).parent


def upgrade() -> None:
    statements = (_HERE / "0023_search_faults.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(statements.replace("%", "%%"))
