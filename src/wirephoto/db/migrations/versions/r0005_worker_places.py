"""Workers know their place, and what the queue calls them."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"

_HERE = Path(__file__).parent


def upgrade() -> None:
    op.get_bind().exec_driver_sql((_HERE / "0005_worker_places.sql").read_text("utf-8"))
