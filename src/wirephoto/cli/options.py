"""Options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Folder of the database, storage and projects (WIREPHOTO_DATA_DIR, ./wirephoto-data).",
        show_default=False,
    ),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", help="Worker processes (WIREPHOTO_WORKERS).", show_default=False),
]
