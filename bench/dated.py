"""Results on disk: a file a run in ``results``, named by its bench and its moment in UTC."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "results"


def keep(name: str, document: Mapping[str, Any]) -> Path:
    """Write a document, with its moment; where it is."""
    now = datetime.now(UTC)
    _FOLDER.mkdir(exist_ok=True)
    path = _FOLDER / f"{name}-{now:%Y-%m-%d-%H%M%S}.json"
    content = {"at": now.isoformat(timespec="seconds"), **document}
    path.write_text(json.dumps(content, indent=2) + "\n")
    return path
