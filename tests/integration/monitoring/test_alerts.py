"""Alert rules by Prometheus' own judge, and each told to who is woken by it."""

import re
from pathlib import Path

import pytest
import yaml

from tests.fixtures import promtool
from wirephoto.metrics import families

ROOT = Path(__file__).parents[3]
RULES = ROOT / "deploy/prometheus/alerts.yaml"
CASES = Path(__file__).parent / "alerts_test.yaml"
ALERTS = {
    rule["alert"]: rule
    for group in yaml.safe_load(RULES.read_text())["groups"]
    for rule in group["rules"]
}


@promtool.needed
def test_prometheus_takes_the_rules() -> None:
    assert f"SUCCESS: {len(ALERTS)} rules found" in promtool.run("check", "rules", RULES)


@promtool.needed
def test_each_alert_fires_where_it_should_and_only_there() -> None:
    assert "SUCCESS" in promtool.run("test", "rules", CASES)


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_is_tried_where_it_fires_and_where_it_does_not(name: str) -> None:
    tried = [
        bool(case["exp_alerts"])
        for test in yaml.safe_load(CASES.read_text())["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == name
    ]
    assert set(tried) == {True, False}


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_looks_at_metrics_that_there_are(name: str) -> None:
    spoken_of = set(re.findall(r"wirephoto_\w+", ALERTS[name]["expr"]))
    assert spoken_of <= {one.name for one in families.EVERY}


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_it_means_how_to_look_and_what_to_do(name: str) -> None:
    told = (ROOT / "docs/operate/alerts.md").read_text("utf-8")
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", told, re.MULTILINE | re.DOTALL)
    assert found, f"docs/operate/alerts.md has no heading {name}"
    for part in ("Means", "Look", "Do"):
        assert re.search(rf"^- \*\*{part}\.\*\* \S", found[1], re.MULTILINE), part
    assert ALERTS[name]["annotations"]["runbook_url"].endswith(f"alerts.md#{name.lower()}")
    assert f"`{ALERTS[name]['labels']['severity']}`" in found[1]


def test_every_alert_that_is_told_of_is_there() -> None:
    told = (ROOT / "docs/operate/alerts.md").read_text("utf-8")
    assert re.findall(r"^## (Wirephoto\w+)$", told, re.MULTILINE) == list(ALERTS)
