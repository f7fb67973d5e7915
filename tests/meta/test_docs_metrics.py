"""Monitoring says which metrics there are, and no others."""

import re
from pathlib import Path

from wirephoto.metrics import families

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| `(wirephoto_\w+)` \| (\w+) \| (.+) \| (.+) \|$", re.MULTILINE)


def test_the_metrics_documented_are_those_there_are_in_their_own_words() -> None:
    said = _ROW.findall((ROOT / "docs/operate/monitoring.md").read_text("utf-8"))
    assert said == [
        (one.name, one.kind, ", ".join(f"`{label}`" for label in one.labels) or "none", one.text)
        for one in families.EVERY
    ]
