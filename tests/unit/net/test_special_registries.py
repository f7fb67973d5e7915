"""The address rule against IANA's registries, an oracle that shares nothing with its tables.

What a registry calls not globally reachable is refused; everything else is open, but for what
``OURS`` names. The files and their source: ``tests/files/registries``.
"""

import csv
import ipaddress
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wirephoto import errors
from wirephoto.net import addresses

FILES = Path(__file__).parents[2] / "files/registries"
Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

# Which addresses may be used at all: IANA's IPv4 multicast registry (RFC 5771), and the one /3
# that global unicast is assigned from (RFC 4291, 2.4; ipv6-unicast-address-assignments).
MULTICAST = ipaddress.ip_network("224.0.0.0/4")
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")

# Globally reachable by the registries, and shut by our own decision: services of the network
# itself, where no picture lives, and forms that hide an IPv4 address.
_OURS = """
    168.63.129.16/32 192.0.0.9/32 192.0.0.10/32 192.31.196.0/24 192.52.193.0/24 192.175.48.0/24
    2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:3::/32 2001:4:112::/48 2001:20::/28
    2001:30::/28 2620:4f:8000::/48
"""
OURS = [ipaddress.ip_network(block) for block in _OURS.split()]


def rows() -> Iterator[tuple[Network, bool]]:
    """Each block with whether it is globally reachable."""
    for version in (4, 6):
        with (FILES / f"iana-ipv{version}-special-registry.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                reachable = row["Globally Reachable"].partition(" ")[0] == "True"
                for block in row["Address Block"].split(","):
                    yield ipaddress.ip_network(block.partition("[")[0].strip()), reachable


REGISTRY = dict(rows())


def is_reachable(address: Address) -> bool:
    """What the registries say: the most specific block decides (RFC 6890, 2.2.2)."""
    blocks = [block for block in REGISTRY if block.version == address.version and address in block]
    if blocks:
        return REGISTRY[max(blocks, key=lambda block: block.prefixlen)]
    return address in GLOBAL_UNICAST if address.version == 6 else address not in MULTICAST


def is_shut_by_us(address: Address) -> bool:
    isatap = address.version == 6 and (int(address) >> 32) & 0xFDFF_FFFF == 0x5EFE
    return isatap or any(address in block for block in OURS)


def takes(address: Address) -> bool:
    try:
        addresses.check_address(str(address), 443, addresses.Rule())
    except errors.BlockedAddress:
        return False
    return True


def expected(address: Address) -> bool:
    # NAT64's well-known prefix is reachable in the registry; what matters is what it leads to.
    return (
        is_reachable(address) and address in _PLAIN[address.version] and not is_shut_by_us(address)
    )


_PLAIN = {4: ipaddress.ip_network("0.0.0.0/0"), 6: GLOBAL_UNICAST}


def within(block: Network) -> st.SearchStrategy[Address]:
    kind: type[Address] = IPv4Address if block.version == 4 else IPv6Address
    return st.integers(int(block[0]), int(block[-1])).map(kind)


ANYWHERE = st.one_of(
    st.integers(0, 2**32 - 1).map(IPv4Address),
    st.integers(0, 2**128 - 1).map(IPv6Address),
    within(GLOBAL_UNICAST),
    st.sampled_from([*REGISTRY, *OURS, MULTICAST]).flatmap(within),
)


def test_the_registries_are_whole() -> None:
    assert len(REGISTRY) == 26 + 25
    found = [(block.version, reachable) for block, reachable in REGISTRY.items()]
    assert [found.count((4, True)), found.count((4, False))] == [5, 21]
    assert [found.count((6, True)), found.count((6, False))] == [9, 16]


@pytest.mark.parametrize("block", [*REGISTRY, *OURS, MULTICAST], ids=str)
def test_a_registered_block_is_as_the_registry_says_inside_and_just_outside(
    block: Network,
) -> None:
    kind: type[Address] = IPv4Address if block.version == 4 else IPv6Address
    first, last = int(block[0]), int(block[-1])
    for number in (first - 1, first, first + 1, (first + last) // 2, last - 1, last, last + 1):
        if 0 <= number < 2**block.max_prefixlen:
            assert takes(kind(number)) == expected(kind(number)), kind(number)


@settings(max_examples=1000)
@given(ANYWHERE)
def test_an_address_is_open_exactly_where_the_registries_and_our_own_list_say_so(
    address: Address,
) -> None:
    assert takes(address) == expected(address)
