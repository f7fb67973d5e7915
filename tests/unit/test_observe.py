"""What a log may hold: whatever is said, secrets and the queries of URLs are not in it."""

import ast
import contextlib
import dataclasses
import importlib
import json
import logging
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog
from hypothesis import strategies

import wirephoto
from wirephoto import observe
from wirephoto.net import urls
from wirephoto.project import tokens

PACKAGE = Path(wirephoto.__file__).parent
SECRET = "s3cr3tS1gn4tur3"
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
PLAIN_CHARACTERS = strategies.characters(
    codec="utf-8", exclude_characters='"\\', categories=("L", "N", "P")
)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"GET http://a.example/p/1.jpg?sig={SECRET}&x=1 failed", "http://a.example/p/1.jpg?…"),
        (f"https://a.example/#token={SECRET}", "https://a.example/?…"),
        (f"url='http://a.example/p?a='x'&sig={SECRET}'", "http://a.example/p?…"),
        (f"https://user:{SECRET}@a.example/p", "https://…@a.example/p"),
        (f"postgresql://me:pa/{SECRET}@db/name", "postgresql://…@db/name"),
        (f"postgresql://db/name?password={SECRET}", "postgresql://db/name?…"),
        (f"s3://key:{SECRET}@bucket/prefix", "s3://…@bucket/prefix"),
        (f"/p/1.jpg?X-Amz-Signature={SECRET} is gone", "/p/1.jpg?… is gone"),
        (f"Authorization: Bearer {SECRET}", "Bearer …"),
        (f"authorization: basic {SECRET}==", "basic …"),
        (f"whsec_{SECRET}+/=", "whsec_…"),
        (f"?q=é&sig={SECRET}", "?…"),
    ],
)
def test_what_looks_like_a_secret_is_not_shown(said: str, shown: str) -> None:
    cleaned = observe.without_secrets(said)
    assert SECRET not in cleaned
    assert shown in cleaned


@pytest.mark.parametrize(
    "said",
    [
        "the origin answered 404 Not Found",
        "https://a.example:8080/p/1.jpg is away",
        "is it up? is WIREPHOTO_DATABASE_URL right?",
        "must be at most 5 bytes (it has 7)",
        "wirephoto listens on http://127.0.0.1:9090 (2 workers, data in /srv/data)",
    ],
)
def test_what_is_no_secret_stays(said: str) -> None:
    assert observe.without_secrets(said) == said


def test_a_token_is_never_shown() -> None:
    token = tokens.mint()
    assert token[3:] not in observe.without_secrets(f"GET /api/v1/mediaLibrary/{token} (x{token}x)")


@hypothesis.given(
    strategies.text(PLAIN_CHARACTERS), strategies.text(PLAIN_CHARACTERS), strategies.booleans()
)
def test_no_query_of_a_url_is_shown_whatever_stands_in_it(
    path: str, query: str, named: bool
) -> None:
    said = f"http://a.example/{path}?{'sig=' if named else ''}{query}{SECRET} failed"
    assert SECRET not in observe.without_secrets(said)


@hypothesis.given(strategies.text())
def test_a_text_that_was_cleaned_stays_as_it_is(text: str) -> None:
    once = observe.without_secrets(text)
    assert observe.without_secrets(once) == once


@pytest.fixture
def fresh(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[pytest.CaptureFixture[str]]:
    """Standard error; what a process sets up of logging is put back afterwards."""
    monkeypatch.setattr(observe, "_concealed", set())
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield capsys
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level = handlers, level
    for name in ("procrastinate", "uvicorn"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.mark.parametrize("form", ["json", "console"])
def test_every_way_into_the_log_is_cleaned(fresh: pytest.CaptureFixture[str], form: str) -> None:
    observe.configure(form)
    observe.conceal([SECRET])
    url = urls.parse(f"http://a.example/1.jpg?sig={SECRET}")
    log = structlog.get_logger()
    log.warning("said", text=f"x {SECRET} x", url=url, many=[{"deep": (SECRET,)}], raw=url.text)
    logging.getLogger("aiohttp.client").error("library %s", url.text)
    with contextlib.suppress(ValueError):
        fail_with_a_secret_at_hand(SECRET)
    try:
        fail_with_a_secret_at_hand(tokens.mint())
    except ValueError:
        log.exception("failed")
        logging.getLogger("asyncio").exception("Task exception was never retrieved")
    written = fresh.readouterr().err
    assert written.count("fail_with_a_secret_at_hand") >= 2, "the traces are there"
    assert "http://a.example/1.jpg" in written
    assert SECRET not in written
    assert not [word for word in written.split() if tokens.is_well_formed(word.strip("'\"(),"))]
    if form == "json":
        assert all(json.loads(line)["event"] for line in written.splitlines())


def fail_with_a_secret_at_hand(secret: str) -> None:
    held = {"token": secret}
    raise ValueError(f"about http://a.example/?token={held['token']}")


def test_what_nobody_caught_is_cleaned(
    fresh: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    observe.clean_traces()
    try:
        fail_with_a_secret_at_hand(SECRET)
    except ValueError as fault:
        sys.excepthook(ValueError, fault, fault.__traceback__)
    written = fresh.readouterr().err
    assert "Traceback" in written
    assert SECRET not in written


def test_a_url_shows_itself_without_its_query() -> None:
    url = urls.parse(f"http://a.example/p?sig={SECRET}")
    assert SECRET not in f"{url} {url!r} {url.shown}"


def log_calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "logger"), attr=level)):
                    if level in LEVELS:
                        yield path, node


def test_no_log_call_is_given_a_url_a_token_or_headers() -> None:
    calls = list(log_calls())
    assert len(calls) > 10
    for path, call in calls:
        given = " ".join(ast.unparse(one.value) for one in call.keywords)
        names = {one.attr for one in ast.walk(call) if isinstance(one, ast.Attribute)}
        names |= {one.id for one in ast.walk(call) if isinstance(one, ast.Name)}
        bad = {"url", "text", "headers", "token", "credentials", "secret", "body", "query"} & names
        assert not bad, f"{path.name}:{call.lineno} logs {given}: give it an id, a route or a host"


def dataclasses_of_ours() -> Iterator[Any]:
    for module in pkgutil.walk_packages(wirephoto.__path__, "wirephoto."):
        if "migrations" in module.name or module.name.endswith(("__main__", "apart.child")):
            continue
        if module.name.startswith("wirephoto.cli.demo"):
            continue
        for found in vars(importlib.import_module(module.name)).values():
            if dataclasses.is_dataclass(found) and found.__module__ == module.name:
                yield found


def test_no_secret_is_in_what_an_object_shows_of_itself() -> None:
    words = ("secret", "token", "storage_key", "webhook_headers", "password")
    secrets = [
        (found.__qualname__, field)
        for found in dataclasses_of_ours()
        for field in dataclasses.fields(found)
        if any(word in field.name for word in words)
        and "int" not in str(field.type)
        and field.name != "token_name"  # what its owner calls it
    ]
    assert len(secrets) > 4
    shown = [(name, field.name) for name, field in secrets if field.repr]
    assert shown == [("Project", "secrets")]  # whose own fields are not shown
