"""The port of ``/metrics`` that asks for no token, beside ``serve`` and ``worker``."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn

from wirephoto import errors, settings
from wirephoto.api import connections, metrics

_STOP_SECONDS = 2
_CONNECTIONS = 32


@contextlib.contextmanager
def listening(given: settings.Settings) -> Iterator[socket.socket | None]:
    """The port, taken before anything is started; None where there is to be none."""
    if given.metrics_port is None:
        yield None
        return
    family = socket.AF_INET6 if given.metrics_host.version == 6 else socket.AF_INET  # noqa: PLR2004 - IPv6
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((str(given.metrics_host), given.metrics_port))
            listener.listen(64)
        except OSError as fault:
            raise errors.OperatorError(
                f"cannot listen on {given.metrics_host}:{given.metrics_port}: {fault.strerror}; "
                "choose another with WIREPHOTO_METRICS_HOST and WIREPHOTO_METRICS_PORT"
            ) from None
        yield listener


class _Server(uvicorn.Server):
    """Signals are the command's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def answering(
    given: settings.Settings, listener: socket.socket | None, page: metrics.Page
) -> AsyncIterator[None]:
    """Answer with ``page`` until the block ends."""
    if listener is None:
        yield
        return
    server = _Server(
        uvicorn.Config(
            metrics.Port(page),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            proxy_headers=False,  # an end of the connection is what it is
            timeout_graceful_shutdown=_STOP_SECONDS,
            loop="none",
            ws="none",
            http=connections.protocol(seconds=given.client_timeout, connections=_CONNECTIONS),
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
