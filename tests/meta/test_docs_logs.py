"""The table of log events says what the source says: each event, its level and its keys."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src/wirephoto"
_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
_ROW = re.compile(r"^\| `(\w+)` \| ([\w, ]+) \| (.*?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
_Said = dict[str, tuple[set[str], set[str]]]


def events() -> _Said:
    """Levels and keys by event, of all files. Only `log` is called so, and with words alone."""
    found: _Said = defaultdict(lambda: (set(), set()))
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and _is_of_log(call):
                for event in _events(call.args[0], tree):
                    levels, keys = found[event]
                    levels.add({"exception": "error"}.get(_level(call), _level(call)))
                    keys |= _keys(call)
    return dict(found)


def _level(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr


def _is_of_log(call: ast.Call) -> bool:
    return (
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "log"
        and call.func.attr in _LEVELS
    )


def _events(said: ast.expr, tree: ast.Module) -> Iterator[str]:
    """A text, one of two, or what a name is set to in the file: nothing else is an event."""
    match said:
        case ast.Constant(value=str(event)):
            yield event
        case ast.IfExp():
            yield from _events(said.body, tree)
            yield from _events(said.orelse, tree)
        case ast.Name(id=name):
            (value,) = [
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
            ]
            yield from _events(value, tree)
        case _:
            raise AssertionError(f"an event must be a text: {ast.unparse(said)}")


def _keys(call: ast.Call) -> set[str]:
    keys = {str(one.arg) for one in call.keywords}
    if _level(call) == "exception" or "exc_info" in keys:
        keys = (keys - {"exc_info"}) | {"exception"}
    return keys


def test_the_table_of_log_events_is_what_the_source_says() -> None:
    rows = _ROW.findall((ROOT / "docs/operate/logs.md").read_text("utf-8"))
    told = {
        event: (set(levels.split(", ")), set(re.findall(r"`(\w+)`", keys)))
        for event, levels, keys, _, _ in rows
    }
    assert len(told) == len(rows)
    assert list(told) == sorted(told)
    assert told == events()


def test_the_alerts_and_the_other_documents_name_events_that_there_are() -> None:
    spoken_of = set(re.findall(r"`(\w+)` in the log", _all_text()))
    assert spoken_of
    assert spoken_of <= set(events())


def _all_text() -> str:
    return "\n".join(path.read_text("utf-8") for path in (ROOT / "docs").rglob("*.md"))
