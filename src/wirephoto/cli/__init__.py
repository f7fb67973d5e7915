"""The command line: a file a command.

Those of the client need the client's dependencies alone, those of the server ``wirephoto[server]``.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterable
from importlib import metadata
from typing import Annotated

import typer

from wirephoto import errors, observe

SERVER_COMMANDS = (
    "serve",
    "worker",
    "token",
    "migrate",
    "doctor",
    "verify",
    "prune",
    "backup",
    "restore",
    "demo",
)

app = typer.Typer(
    name="wirephoto",
    help="Image import for publishers: post a batch of image URLs, find every picture once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)


def _say_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"wirephoto {metadata.version('wirephoto')}\n")
        raise typer.Exit


@app.callback()
def _group(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Say the release."),
    ] = False,
) -> None:
    """Typer would take an only command for the whole program, and its name for an argument."""


_CLIENT = {
    "import": "import_",
    "jobs": "jobs",
    "job": "jobs",
    "retry": "jobs",
    "cancel": "jobs",
    "search": "search",
}
_MODULES = _CLIENT | {name: name for name in SERVER_COMMANDS}


def _add(names: Iterable[str]) -> None:
    """Each takes in what it works with, so only what is asked for is read."""
    for name in names:
        module = importlib.import_module(f"wirephoto.cli.{_MODULES[name]}")
        if isinstance(module.__dict__.get("app"), typer.Typer):
            app.add_typer(module.app, name=name)
        else:
            act = getattr(module, "import_" if name == "import" else name)
            app.command(name, hidden=name == "demo")(act)


def _add_none() -> None:
    """Say what is missing rather than that there is no such command."""

    def missing() -> None:
        raise errors.OperatorError(
            "the client alone is installed here: pip install 'wirephoto[server]'"
        )

    lenient = {"allow_extra_args": True, "ignore_unknown_options": True}
    for name in SERVER_COMMANDS:
        app.command(name, hidden=True, context_settings=lenient)(missing)


_has_server = importlib.util.find_spec("procrastinate") is not None
_asked = sys.argv[1] if len(sys.argv) > 1 else ""
if _asked in _CLIENT or (_asked in SERVER_COMMANDS and _has_server):
    _add([_asked])
else:
    _add(_MODULES if _has_server else _CLIENT)
    if not _has_server:
        _add_none()


def main() -> None:
    """The program ``wirephoto``: what its user did wrong is one line, exit code 2."""
    observe.clean_traces()
    try:
        app()
    except errors.OperatorError as fault:
        sys.stderr.write(f"wirephoto: {observe.without_secrets(str(fault))}\n")
        sys.exit(2)
