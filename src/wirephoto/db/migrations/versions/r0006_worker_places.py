"""Workers know their place, and what the queue calls them."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"

_HERE = Path(__file__).parent


def upgrade() -> None:
    op.get_bind().exec_driver_sql((_HERE / "0006_worker_places.sql").read_text("utf-8"))
