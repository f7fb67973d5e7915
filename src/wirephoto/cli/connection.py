"""Which server a command talks to, and as whom: options over the environment over a profile.

The profile is ``~/.config/wirephoto/profile.toml`` (``XDG_CONFIG_HOME`` counts), one table a
server; it holds tokens, so nobody else may read it:

    [default]
    server = "https://pictures.example"
    token = "wp_…"
"""

import os
import stat
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from wirephoto import client, errors
from wirephoto.client import transport

SERVER_VARIABLE = "WIREPHOTO_SERVER"
TOKEN_VARIABLE = "WIREPHOTO_TOKEN"  # noqa: S105 - the name of one
_LOCAL = "http://127.0.0.1:9090"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO

Server = Annotated[
    str | None,
    typer.Option(
        "--server", help=f"Address of the server ({SERVER_VARIABLE}, the profile, {_LOCAL})."
    ),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        help=f"Access token; others see it in a list of processes ({TOKEN_VARIABLE}, the profile).",
    ),
]
Profile = Annotated[str, typer.Option("--profile", help="Table of the profile file.")]


@dataclass(frozen=True, slots=True)
class Connection:
    server: str
    token: str = field(repr=False)

    def opened(self) -> client.Client:
        return client.Client(self.server, self.token)

    def opened_async(self, patience: float = transport.PATIENCE_SECONDS) -> client.AsyncClient:
        return client.AsyncClient(self.server, self.token, patience=patience)


def found(server: str | None, token: str | None, profile: str) -> Connection:
    """The connection a command is to use.

    Raises:
        errors.OperatorError: there is no token, the address is none, or the profile is wrong.
    """
    kept = _profile(profile)
    address = server or os.environ.get(SERVER_VARIABLE) or kept.get("server") or _LOCAL
    secret = token or os.environ.get(TOKEN_VARIABLE) or kept.get("token")
    if not secret:
        raise errors.OperatorError(
            f"there is no token: give --token, {TOKEN_VARIABLE} or {profile_path()}; "
            "`wirephoto token create` makes one"
        )
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise errors.OperatorError("the token holds characters that no token has")
    try:
        transport.base(address)
    except ValueError as fault:
        raise errors.OperatorError(f"--server: {fault}") from None
    return Connection(address, secret)


@contextmanager
def asked(server: str | None, token: str | None, profile: str) -> Iterator[client.Client]:
    """An open client; what the server says no to is the end of the command."""
    try:
        with found(server, token, profile).opened() as opened:
            yield opened
    except client.ClientError as fault:
        raise errors.OperatorError(str(fault)) from None


def profile_path() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "wirephoto" / "profile.toml"


def _profile(name: str) -> dict[str, Any]:
    path = profile_path()
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        if name != "default":
            raise errors.OperatorError(f"--profile {name}: there is no {path}") from None
        return {}
    except (OSError, UnicodeDecodeError) as fault:
        raise errors.OperatorError(f"{path}: {fault}") from None
    if path.stat().st_mode & _OTHERS:
        raise errors.OperatorError(f"{path}: others may read it, and it holds tokens: chmod 600 it")
    return _table(path, text, name)


def _table(path: Path, text: str, name: str) -> dict[str, Any]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise errors.OperatorError(f"{path}: {fault}") from None
    table = document.get(name, {} if name == "default" else None)
    if not isinstance(table, dict):
        raise errors.OperatorError(f"{path}: there is no table [{name}]")
    wrong = sorted(key for key, value in table.items() if not isinstance(value, str))
    if wrong:
        raise errors.OperatorError(f"{path}: {name}.{wrong[0]} must be a text")
    return table
