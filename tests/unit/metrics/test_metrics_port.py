"""Who may ask without a token: both ends of the connection in a private network."""

import asyncio
from typing import Any

import pytest

from wirephoto import errors, settings
from wirephoto.api import metrics


def ask(client: str | None, server: str) -> int:
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/metrics"}
    scope["client"] = None if client is None else (client, 1)
    scope["server"] = (server, 9191)
    answered: list[int] = []

    async def receive() -> Any:
        raise AssertionError

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answered.append(message["status"])

    asyncio.run(metrics.Port(metrics.counted(settings.Settings()))(scope, receive, send))
    return answered[0]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.9", "::1", "fd00::1"])
def test_within_a_private_network_metrics_are_answered(address: str) -> None:
    assert ask(address, address) == 200


@pytest.mark.parametrize(
    ("client", "server"),
    [
        ("8.8.8.8", "10.0.0.1"),
        ("10.0.0.1", "8.8.8.8"),
        ("::ffff:8.8.8.8", "::ffff:10.0.0.1"),
        ("2a00::1", "fd00::1"),
        (None, "10.0.0.1"),
        ("somewhere", "10.0.0.1"),
    ],
)
def test_a_connection_with_a_public_end_is_refused(client: str | None, server: str) -> None:
    assert ask(client, server) == 403


def test_a_public_address_for_the_port_is_refused_at_the_start() -> None:
    with pytest.raises(errors.SettingError, match=r"WIREPHOTO_METRICS_HOST.*public"):
        settings.load(metrics_host="8.8.8.8")
