"""Which addresses are this machine's own, as its routing table has it now."""

import ipaddress
import socket

_DISCARD_PORT = 9  # RFC 863; nothing is sent


def has(address: str) -> bool:
    """Whether a connection to a numeric address would end at this machine.

    What is sent to an address of one's own leaves from the same address: a datagram socket that
    is connected, and sends nothing, tells.
    """
    if ipaddress.ip_address(address).is_loopback:
        return True
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, _DISCARD_PORT))
        except OSError:
            return False
        return bool(probe.getsockname()[0] == address)
