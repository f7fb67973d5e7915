"""What travels with a job: the rules as they were, never secrets."""

import json
from pathlib import Path

import pytest

from wirephoto import errors
from wirephoto.project import config

EXAMPLES = Path(__file__).parents[2] / "files" / "projects"
PROJECTS = config.load_folder(EXAMPLES)


@pytest.mark.parametrize("handle", sorted(PROJECTS))
def test_a_snapshot_restores_equal_rules(handle: str) -> None:
    project = PROJECTS[handle]
    restored = config.restore(config.snapshot(project))
    assert restored.media_types == project.media_types
    assert list(restored.media_types) == list(project.media_types)
    assert restored.limits == project.limits


@pytest.mark.parametrize("handle", sorted(PROJECTS))
def test_equal_rules_give_equal_bytes(handle: str) -> None:
    again = config.load_folder(EXAMPLES)[handle]
    assert config.snapshot(again) == config.snapshot(PROJECTS[handle])


def test_a_restored_default_still_takes_any_metadata() -> None:
    restored = config.restore(config.snapshot(PROJECTS["default"]))
    assert restored.media_types["image"].check({"any": [1]}) == {"any": [1]}


def test_other_rules_give_other_bytes(tmp_path: Path) -> None:
    whole = json.loads((EXAMPLES / "news.json").read_text(encoding="utf-8"))
    whole["mediaTypes"][0]["metadata"][1]["config"]["maxLength"] = 1999
    (tmp_path / "news.json").write_text(json.dumps(whole), encoding="utf-8")
    changed = config.load_folder(tmp_path)["news"]
    assert config.snapshot(changed) != config.snapshot(PROJECTS["news"])


@pytest.mark.parametrize(
    "secret", ["whsec_", "of-the-receiver", "Authorization", "must-not-travel"]
)
def test_a_snapshot_holds_no_secret(secret: str) -> None:
    assert secret in (EXAMPLES / "news.json").read_text(encoding="utf-8")
    assert secret.encode() not in config.snapshot(PROJECTS["news"])


def test_a_snapshot_of_another_version_is_refused() -> None:
    with pytest.raises(errors.SettingError, match="snapshot: version: must be 1"):
        config.restore(b'{"version": 2}')
