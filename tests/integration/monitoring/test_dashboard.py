"""The dashboard by Grafana's own model of one, and its expressions by Prometheus' own parser."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.cog import encoder, plugins
from grafana_foundation_sdk.models import dashboard

from tests.fixtures import promtool
from wirephoto.metrics import families

FILE = Path(__file__).parents[3] / "deploy/grafana/wirephoto.json"
DASHBOARD: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
_ENDS = re.compile(r"_(?:bucket|sum|count)$")


def expressions() -> list[str]:
    shown = [target["expr"] for panel in PANELS for target in panel["targets"]]
    return shown + [one["expr"] for one in DASHBOARD["annotations"]["list"]]


def lost(given: Any, read: Any, place: str = "") -> Iterator[str]:
    """What of ``given`` is not, or is another, in what the model made of it."""
    if isinstance(given, dict):
        for key, value in given.items():
            yield from lost(value, (read or {}).get(key), f"{place}/{key}")
    elif isinstance(given, list):
        for number, value in enumerate(given):
            yield from lost(value, dict(enumerate(read or [])).get(number), f"{place}/{number}")
    elif given != read:
        yield f"{place}: {given} is {read}"


def test_grafanas_model_knows_all_that_the_dashboard_says() -> None:
    plugins.register_default_plugins()
    read = dashboard.Dashboard.from_json(DASHBOARD)
    assert not list(lost(DASHBOARD, json.loads(json.dumps(read, cls=encoder.JSONEncoder))))
    spoilt = {**DASHBOARD, "panels": [{**PANELS[0], "tilte": "misspelt"}]}
    again = json.loads(json.dumps(dashboard.Dashboard.from_json(spoilt), cls=encoder.JSONEncoder))
    assert list(lost(spoilt, again)) == ["/panels/0/tilte: misspelt is None"]


@promtool.needed
def test_prometheus_parses_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"shown:{number}", "expr": text.replace("$__rate_interval", "5m")}
        for number, text in enumerate(expressions())
    ]
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps({"groups": [{"name": "shown", "rules": rules}]}))  # JSON is YAML
    assert f"SUCCESS: {len(rules)} rules found" in promtool.run("check", "rules", file)


def test_the_dashboard_shows_every_metric_and_none_that_is_not() -> None:
    shown = {
        _ENDS.sub("", name) for text in expressions() for name in re.findall(r"wirephoto_\w+", text)
    }
    assert shown == {one.name for one in families.EVERY} - {families.BUILD.name}


def test_every_panel_says_what_it_shows_and_covers_no_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        box = panel["gridPos"]
        cells = {(box["x"] + x, box["y"] + y) for x in range(box["w"]) for y in range(box["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert all(panel["description"] for panel in PANELS)
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
