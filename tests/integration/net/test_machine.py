"""Which addresses are this machine's own."""

import socket

import pytest

from wirephoto.net import machine


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_is_ours(address: str) -> None:
    assert machine.has(address)


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "93.184.216.34"])
def test_what_is_elsewhere_or_nowhere_is_not_ours(address: str) -> None:
    assert not machine.has(address)


def test_the_address_that_we_go_out_from_is_ours() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no route out")
        assert machine.has(probe.getsockname()[0])
