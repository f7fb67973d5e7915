"""The tables of the import path, and those of the queue (procrastinate 3.10)."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

_HERE = Path(__file__).parent


def upgrade() -> None:
    for name in ("0001_procrastinate.sql", "0001_import_path.sql"):
        op.get_bind().exec_driver_sql((_HERE / name).read_text("utf-8").replace("%", "%%"))
