"""``wirephoto serve``: the database, the API and the workers, from one command."""

import asyncio
import contextlib
import ipaddress
import math
import resource
import socket
import sys
from collections.abc import Iterator
from typing import Annotated

import typer
import uvicorn
import uvloop

from wirephoto import errors, observe, settings, wiring
from wirephoto.api import app as api
from wirephoto.api import connections, metrics
from wirephoto.cli import database, metrics_port, options, signals
from wirephoto.db import embedded
from wirephoto.web import app as web
from wirephoto.web import signin
from wirephoto.worker import supervisor

_API_STOP_SECONDS = 10
_HEAD_BYTES = 65_536  # of a request: lines, names and values
_OTHER_FILES = 256  # that we hold beside the connections of clients


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.", show_default=False)
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", show_default=False)] = None,
    workers: options.Workers = None,
    data_dir: options.DataDir = None,
) -> None:
    """Run wirephoto: the embedded PostgreSQL, the API and the worker processes."""
    given = settings.load(host=host, port=port, workers=workers, data_dir=data_dir)
    observe.configure(given.log_format)
    observe.conceal(given.secrets())
    for warning in wiring.load_projects(given).warnings:
        sys.stderr.write(f"wirephoto: {warning}\n")
    wiring.open_store(given)
    files = _take_all_files()
    with (
        _listening(given) as listener,
        metrics_port.listening(given) as own,
        wiring.tracing_as(given),
        database.opened(given, embedded.Holder.SERVE) as url,
    ):
        wiring.temporary_folder(given)  # the workers' need; after the database made its folder
        wiring.warn_of_opened_networks(given)
        uvloop.run(_serve(_as_bound(given, listener), url, (listener, own), files))


def _take_all_files() -> int:
    """As many open files as we may have: each connection of a client is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


@contextlib.contextmanager
def _listening(given: settings.Settings) -> Iterator[socket.socket]:
    """The port, taken before anything is started."""
    family = socket.AF_INET6 if ":" in given.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with listener:
        try:
            listener.bind((given.host, given.port))
            listener.listen(2048)
        except OSError as fault:
            raise errors.OperatorError(
                f"cannot listen on {given.host}:{given.port}: {fault.strerror}; "
                "choose another with --host and --port"
            ) from None
        yield listener


def _as_bound(given: settings.Settings, listener: socket.socket) -> settings.Settings:
    """With the address and port that we have in truth: nothing is ever fetched from there."""
    host, port = listener.getsockname()[:2]
    return given.model_copy(update={"host": host, "port": port})


class _Server(uvicorn.Server):
    """Signals are ours: the API ends together with the workers."""

    def __init__(self, config: uvicorn.Config, announcement: str) -> None:
        super().__init__(config)
        self._announcement = announcement

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(self._announcement)
            sys.stdout.flush()


async def _serve(
    given: settings.Settings,
    url: str,
    listeners: tuple[socket.socket, socket.socket | None],
    files: int,
) -> None:
    listener, own = listeners
    stop = asyncio.Event()
    signals.set_on_end(stop)
    async with (
        wiring.api(given, url) as services,
        metrics_port.answering(given, own, metrics.Asker(services).page),
    ):
        link = signin.Link() if ipaddress.ip_address(given.host).is_loopback else None
        if link is not None:
            sys.stderr.write(f"sign in, once: {_address(given)}/signin?once={link.word}\n")
        server = _Server(_config(given, services, files, link), _announcement(given))
        environment = supervisor.environment(given, url)
        async with asyncio.TaskGroup() as group:
            answering = group.create_task(server.serve(sockets=[listener]))
            group.create_task(supervisor.keep_alive(given.workers, environment, stop))
            await asyncio.wait(
                {answering, stopped := group.create_task(_until(stop))},
                return_when=asyncio.FIRST_COMPLETED,
            )
            services.stopping.set()
            server.should_exit = True
            stop.set()
            await stopped


def _config(
    given: settings.Settings, services: wiring.Api, files: int, link: signin.Link | None
) -> uvicorn.Config:
    room = max(files - _OTHER_FILES, files // 2)
    app = api.build(services)
    web.add(app, link)
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_API_STOP_SECONDS,
        # Clients keep theirs for 5 s, as uvicorn: ending one as it is used loses a request. Our own
        # clock, which tells an idle one from one whose head is late, comes first.
        timeout_keep_alive=math.ceil(given.client_timeout) + 1,
        loop="none",
        ws="none",
        http=connections.protocol(
            seconds=given.client_timeout, connections=min(given.max_connections, room)
        ),
        h11_max_incomplete_event_size=_HEAD_BYTES,
    )


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()


def _announcement(given: settings.Settings) -> str:
    """The one line that says where we are; scripts wait for it."""
    return (
        f"wirephoto listens on {_address(given)} "
        f"({given.workers} worker{'' if given.workers == 1 else 's'}, data in {given.data_dir})\n"
    )


def _address(given: settings.Settings) -> str:
    shown = f"[{given.host}]" if ":" in given.host else given.host
    return f"http://{shown}:{given.port}"
