"""Nothing but ``net`` opens connections to where others say: read from the source, all of it.

Whatever could open one is found by name, wherever it stands in a file. Each use has its file and
its reason below; a new one fails until somebody has given it both.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PACKAGE = Path(__file__).parents[2] / "src/wirephoto"

# Of the standard library: what opens or takes connections, starts programs, or calls into C.
OPENING = words("""
    _socket asyncore asynchat code ctypes ftplib http.client http.server imaplib logging.handlers
    multiprocessing nntplib poplib pty smtpd smtplib socket socketserver ssl subprocess telnetlib
    urllib.request webbrowser wsgiref xmlrpc
""")
# Of event loops, of ``os`` and of the language itself: found as the last part of a name.
CALLS = words("""
    open_connection open_unix_connection create_connection create_unix_connection
    create_datagram_endpoint start_tls sock_connect connect_ex connect_accepted_socket
    create_subprocess_exec create_subprocess_shell subprocess_exec subprocess_shell system popen
    posix_spawn posix_spawnp spawnv spawnve spawnl execv execve execvp execl import_module
    __import__ eval exec
""")
# What is not of the standard library and opens no connection to an address that it is given.
HARMLESS = words("""
    brotli defusedxml fastapi idna jinja2 msgspec py_svg_hush pydantic pydantic_settings pyvips rich
    standardwebhooks starlette structlog typer yarl
""")

ALLOWED: dict[str, dict[str, str]] = {
    "net/machine.py": {"socket": "asks for a route; sends nothing"},
    "net/resolver.py": {
        "socket": "asks the system for addresses, each judged before it is used",
    },
    "net/connecting.py": {
        "create_connection": "a transport for a socket that is connected",
        "sock_connect": "right after the guard proper, the check of the address it is given",
        "socket": "the sockets of pictures and webhooks, the address of each judged",
        "ssl": "verifies certificates",
    },
    "net/connection.py": {"httptools": "parses what a connection brings"},
    "net/translation.py": {"ssl": "names its errors"},
    "pipeline/storage/bucket.py": {"obstore": "the bucket: an address of the operator's own"},
    "db": {
        "psycopg": "the database: an address of the operator's own",
        "psycopg_pool": "as above",
        "sqlalchemy": "as above, for migrations",
        "alembic": "as above",
    },
    "db/dump.py": {"subprocess": "starts pg_dump and pg_restore"},
    "db/silence.py": {"socket": "shuts down the line to the database; opens none"},
    "cli/__init__.py": {"import_module": "the one command that is asked for, from a fixed list"},
    "cli/database.py": {"psycopg": "names its errors"},
    "db/embedded": {
        "subprocess": "starts PostgreSQL's own programs",
        "ctypes": "prctl: dies with its parent",
        "execv": "becomes PostgreSQL",
    },
    "pipeline/apart/pool.py": {
        "create_subprocess_exec": "the children in which SVG is cleaned and pictures are decoded",
    },
    "tracing/otel.py": {
        "opentelemetry": "sends spans, where asked to, to an address of the operator's own",
    },
    "pipeline/decoding/describing.py": {
        "blurhash": "pixels to a text, in a child that has no socket"
    },
    "web/placeholder.py": {"blurhash": "a text of ours to pixels: arithmetic alone"},
    "pipeline/apart/confine.py": {"ctypes": "prctl: the child dies with its parent"},
    "pipeline": {"procrastinate": "the queue, over the database's pool"},
    "worker": {
        "procrastinate": "as above",
        "uvloop": "the event loop",
        "ctypes": "prctl: dies with its parent",
        "create_subprocess_exec": "starts the workers",
    },
    "wiring.py": {
        "procrastinate": "as above",
        "socket": "the name of this machine",
    },
    "cli/metrics_port.py": {
        "socket": "the port of metrics that we listen on",
        "uvicorn": "answers requests",
    },
    "cli/serve.py": {
        "socket": "the port that we listen on",
        "uvicorn": "answers requests",
        "uvloop": "the event loop",
    },
    "api/connections.py": {
        "uvicorn": "the protocol of what clients open to us",
        "h11": "what is read from it",
    },
    "client": {"httpx": "asks the server that its user names"},
    "client/manifest": {
        "charset_normalizer": "reads bytes that it is given",
        "duckdb": "reads a file of its user",
    },
    "cli/worker.py": {
        "socket": "the port of metrics, as it was opened",
        "uvloop": "the event loop",
    },
    "pipeline/storage/durable.py": {"ctypes": "syncfs"},
    "cli/demo": {
        "http.client": "plays a customer, on loopback",
        "urllib.request": "plays a customer, on loopback",
        "http.server": "plays an origin, on loopback",
        "subprocess": "starts serve",
        "ctypes": "prctl: serve dies with it",
    },
}

_FILES = sorted(PACKAGE.rglob("*.py"))


def openings(source: str) -> set[str]:
    """Whatever in a source could open a connection, start a program or hide an import."""
    return {name for node in ast.walk(ast.parse(source)) for name in _named(node) if name}


def _named(node: ast.AST) -> Iterator[str | None]:
    match node:
        case ast.Import():
            yield from (_module(alias.name) for alias in node.names)
        case ast.ImportFrom(module=str(module), level=0):
            yield from (_module(f"{module}.{alias.name}") for alias in node.names)
            yield from CALLS & {alias.name for alias in node.names}
        case ast.Attribute():
            yield from CALLS & {node.attr}
            yield _listed(ast.unparse(node))
        case ast.Name():
            yield from CALLS & {node.id}
        case ast.Constant(value=str(text)) if "_" in text:
            yield from CALLS & {text}  # getattr, and the like


def _module(name: str) -> str | None:
    """An import by its entry in the tables; None where it is known to open nothing."""
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names or top in HARMLESS or top == "wirephoto":
        return _listed(name)
    return top


def _listed(name: str) -> str | None:
    return next((one for one in OPENING if f"{name}.".startswith(f"{one}.")), None)


def reasons(file: str) -> set[str]:
    """What a file may use: by its own entry or that of a folder around it."""
    places = (place for place in ALLOWED if f"{file}/".startswith(f"{place}/"))
    return {name for place in places for name in ALLOWED[place]}


@pytest.mark.parametrize("path", _FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_opens_connections_only_where_a_reason_stands_for_it(path: Path) -> None:
    file = str(path.relative_to(PACKAGE))
    assert openings(path.read_text()) <= reasons(file), "give it a reason in ALLOWED, or do without"


def test_every_reason_is_still_needed() -> None:
    for place, names in ALLOWED.items():
        files = [path for path in _FILES if f"{path.relative_to(PACKAGE)}/".startswith(f"{place}/")]
        used = set[str]().union(*(openings(path.read_text()) for path in files))
        assert set(names) <= used, place


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import socket", "socket"),
        ("import socket as s", "socket"),
        ("from socket import create_connection as c", "socket"),
        ("def f():\n    import ssl", "ssl"),
        ("import http\nhttp.client.HTTPConnection('h')", "http.client"),
        ("from http import client", "http.client"),
        ("import http.client as h", "http.client"),
        ("from urllib import request", "urllib.request"),
        ("import urllib.request", "urllib.request"),
        ("import xmlrpc.client", "xmlrpc"),
        ("import smtplib, ftplib", "ftplib"),
        ("import multiprocessing.connection", "multiprocessing"),
        ("import asyncio\nasyncio.open_connection('h', 1)", "open_connection"),
        ("from asyncio import open_connection", "open_connection"),
        ("from asyncio import streams\nstreams.open_connection", "open_connection"),
        ("loop.create_connection(p, 'h', 1)", "create_connection"),
        ("loop.create_unix_connection(p)", "create_unix_connection"),
        ("loop.start_tls(t, p, c)", "start_tls"),
        ("getattr(loop, 'create_connection')", "create_connection"),
        ("import os\nos.system('curl')", "system"),
        ("from os import popen", "popen"),
        ("import subprocess", "subprocess"),
        ("asyncio.create_subprocess_exec('curl')", "create_subprocess_exec"),
        ("import importlib\nimportlib.import_module('so' + 'cket')", "import_module"),
        ("__import__('socket')", "__import__"),
        ("exec('import socket')", "exec"),
        ("import aiohttp", "aiohttp"),
        ("from aiohttp import ClientSession", "aiohttp"),
        ("import httpx", "httpx"),
        ("import requests", "requests"),
        ("import urllib3", "urllib3"),
        ("import obstore.store", "obstore"),
        ("import never_heard_of_it", "never_heard_of_it"),
    ],
)
def test_what_could_open_a_connection_is_found_by_any_way_to_write_it(
    source: str, name: str
) -> None:
    assert name in openings(source)


def test_what_opens_nothing_is_let_alone() -> None:
    source = """
        import asyncio, http, select, urllib.parse
        from http import HTTPStatus
        from wirephoto.net import session
        async def f(connection, failure):
            await connection.execute("select 1")
            return failure.code, asyncio.subprocess, "system"
    """
    assert openings(inspect.cleandoc(source)) == set()
