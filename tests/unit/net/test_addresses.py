"""The rule for outgoing connections, judged address by address, name by name, port by port."""

import ipaddress
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirephoto import errors
from wirephoto.net import addresses, ranges, urls

STRICT = addresses.Rule()


def opened(*networks: str, **more: object) -> addresses.Rule:
    return addresses.Rule(tuple(ipaddress.ip_network(each) for each in networks), **more)  # type: ignore[arg-type]  # tests give the right ones


def is_open(check: Callable[..., object], *given: object) -> bool:
    try:
        check(*given)
    except errors.BlockedAddress:
        return False
    return True


def takes_address(address: str, port: int = 443, rule: addresses.Rule = STRICT) -> bool:
    return is_open(addresses.check_address, address, port, rule)


def takes_url(text: str, rule: addresses.Rule = STRICT) -> bool:
    return is_open(addresses.check_url, urls.parse(text), rule)


def takes_answers(host: str, answers: list[str], rule: addresses.Rule = STRICT) -> bool:
    return is_open(addresses.check_answers, host, answers, 443, rule)


def words(text: str) -> list[str]:
    return text.split()


REFUSED_IPV4 = words("""
    127.0.0.1 127.0.0.0 127.255.255.254 127.255.255.255 0.0.0.0 0.1.2.3 0.255.255.255
    10.0.0.0 10.0.0.1 10.255.255.255 172.16.0.0 172.16.0.1 172.31.255.255
    192.168.0.0 192.168.0.1 192.168.255.255 169.254.0.0 169.254.169.254 169.254.170.2
    169.254.255.255 100.64.0.0 100.100.100.200 100.127.255.255 192.0.0.0 192.0.0.8 192.0.0.9
    192.0.0.170 192.0.0.192 192.0.0.255 192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1
    198.19.255.255 192.88.99.1 192.31.196.1 192.52.193.1 192.175.48.1 224.0.0.1 239.255.255.255
    240.0.0.1 255.255.255.254 255.255.255.255 168.63.129.16
""")

OPEN_IPV4 = words("""
    1.0.0.0 1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.216.34 100.63.255.255 100.128.0.0
    126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 172.32.0.1
    192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 203.0.112.255
    203.0.114.0 223.255.255.255 168.63.129.15 168.63.129.17
""")

REFUSED_IPV6 = words("""
    :: ::1 ::2 ::127.0.0.1 ::10.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:7f00:1
    ::ffff:169.254.169.254 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8
    64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::8.8.8.8 64:ff9b:1::1 64:ff9b:1::8.8.8.8
    2002:7f00:1:: 2002:a00:1:: 2002:808:808:: 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001::1
    2606:4700::5efe:7f00:1 2606:4700::5efe:10.0.0.1 2606:4700::200:5efe:10.0.0.1
    2606:4700::5efe:8.8.8.8 fc00::1 fd00::1 fd00:ec2::254 fd20:ce::254 fdff::1 fe80::1 febf::1
    fe80::1%eth0 fe80::1%25eth0 fec0::1 feff::1 ff02::1 ff0e::1 ffff::1 100::1 100:0:0:1::1
    2001:db8::1 3fff::1 2001:10::1 2001:20::1 2001:2::1 2001:3::1 2001:1::1 2001:4:112::1
    2001:1ff:ffff::1 2620:4f:8000::1 5f00::1 4000::1 1fff:ffff::1 8000::1 c000::1 200::1
    2606:4700::1%lo
""")

OPEN_IPV6 = words("""
    2000::1 2001:200::1 2001:4860:4860::8888 2001:db7::1 2001:db9::1 2003::1 2001:ffff::1
    2606:4700::1 2606:4700::6810:84e5 2620:4f:7fff::1 2620:4f:8001::1 2a00:1450::1 3ffe::1
    3fff:1000::1 3fff:ffff::1 2606:4700::5eff:7f00:1
""")


@pytest.mark.parametrize("address", REFUSED_IPV4 + REFUSED_IPV6)
def test_an_inner_or_special_address_is_refused(address: str) -> None:
    assert not takes_address(address)
    assert not takes_address(address, 80)
    assert not takes_address(address, 8080)


@pytest.mark.parametrize("address", OPEN_IPV4 + OPEN_IPV6)
def test_a_public_address_is_open_right_up_to_the_edge_of_a_refused_range(address: str) -> None:
    assert takes_address(address)


@pytest.mark.parametrize("address", [a for a in REFUSED_IPV4 + REFUSED_IPV6 if "%" not in a])
def test_a_refused_address_is_refused_as_the_host_of_a_url(address: str) -> None:
    assert not takes_url(f"http://[{address}]/" if ":" in address else f"http://{address}/")


@pytest.mark.parametrize("address", OPEN_IPV4 + OPEN_IPV6)
def test_a_public_address_may_be_the_host_of_a_url(address: str) -> None:
    assert takes_url(f"http://[{address}]/" if ":" in address else f"http://{address}/")


LISTED: list[IPv4Network | IPv6Network] = [
    *ranges.REFUSED_IPV4,
    *ranges.REFUSED_IPV6,
    *ranges.EMBEDDING,
]
UNNAMED_IPV6 = "100::/64 100:0:0:1::/64 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8 4000::/2"


@pytest.mark.parametrize(
    "network", [*LISTED, *map(ipaddress.ip_network, UNNAMED_IPV6.split())], ids=str
)
def test_a_range_is_refused_from_its_first_to_its_last_address(
    network: IPv4Network | IPv6Network,
) -> None:
    assert not takes_address(str(network[0]))
    assert not takes_address(str(network[-1]))
    kind = IPv4Address if network.version == 4 else IPv6Address
    for neighbour in (int(network[0]) - 1, int(network[-1]) + 1):
        if not 0 <= neighbour < 2**network.max_prefixlen:
            continue
        address = kind(neighbour)
        elsewhere = any(address in other for other in LISTED)
        outside = isinstance(address, IPv6Address) and address not in ranges.GLOBAL_UNICAST
        assert takes_address(str(address)) != (elsewhere or outside)


def test_every_range_that_python_calls_private_is_refused() -> None:
    """The tables hold at least what the standard library knows, whatever its version."""
    for network in [*ipaddress._IPv4Constants._private_networks]:  # type: ignore[attr-defined]  # there is no public list
        assert not takes_address(str(network[0]))
        assert not takes_address(str(network[-1]))
    for network in [*ipaddress._IPv6Constants._private_networks]:  # type: ignore[attr-defined]  # as above
        assert not takes_address(str(network[0]))
        assert not takes_address(str(network[-1]))


@given(st.integers(0, 2**32 - 1).map(IPv4Address), st.integers(1, 65535))
def test_no_form_of_ipv4_inside_ipv6_is_ever_open(inner: IPv4Address, port: int) -> None:
    number = int(inner)
    forms = [number + (prefix << 32) for prefix in (0, 0xFFFF, 0xFFFF_0000, 0x64FF9B << 64)]
    forms += [(0x2002 << 112) + (number << 80), (0x20010000 << 96) + number]
    forms.append((0x2606_4700 << 96) + (0x5EFE << 32) + number)
    everything = opened("0.0.0.0/0", "::/0")
    for form in map(IPv6Address, forms):
        assert not takes_address(str(form), port)
        if form not in ranges.PLAIN_IN_COMPATIBLE:
            assert not takes_address(str(form), port, everything)


@pytest.mark.parametrize(
    "text", ["http://10.0.0.1/", "http://localhost/", "http://example.com:22/", "http://a.onion/"]
)
def test_every_refusal_says_the_same_and_is_for_good(text: str) -> None:
    with pytest.raises(errors.BlockedAddress) as refused:
        addresses.check_url(urls.parse(text), STRICT)
    assert refused.value.reason == "the address is not allowed"
    assert not refused.value.transient


@given(st.text())
def test_a_text_that_is_no_address_is_refused_as_one(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        assert not takes_address(text)


@pytest.mark.parametrize(
    "host",
    words("""localhost LOCALHOST localhost. a.localhost \u24dbocalhost printer.local x.internal
    metadata.google.internal metadata.goog metadata.google.internal. intranet db com
    localhost.localdomain router.home.arpa abc.onion a.b.onion local internal"""),
)
def test_a_name_of_an_inner_network_is_refused_by_name(host: str) -> None:
    assert not takes_url(f"http://{host}/")


@pytest.mark.parametrize(
    "host",
    words("""example.com example.com. localhost.example.com notlocalhost.com internal.example.com
    local.example.com onion.example.com xlocal.org images.example 1.example.com
    xn--mnchen-3ya.example a.b1"""),
)
def test_an_ordinary_name_passes(host: str) -> None:
    assert takes_url(f"http://{host}/")


OPEN_PORTS = [80, 443, 1024, 8000, 8080, 8443, 9000, 9090, 49152, 65535]
SHUT_PORTS = [1, 21, 22, 23, 25, 53, 110, 143, 445, 587, 993, 1023]
SERVICES = [1433, 2375, 2379, 3306, 3389, 5432, 5672, 6379, 6667, 9200, 10250, 11211, 27017]


@pytest.mark.parametrize("port", OPEN_PORTS)
def test_web_ports_and_high_ports_are_open(port: int) -> None:
    assert takes_address("93.184.216.34", port)
    assert takes_url(f"http://example.com:{port}/")
    assert takes_url(f"http://93.184.216.34:{port}/")


@pytest.mark.parametrize("port", SHUT_PORTS + SERVICES)
def test_ports_of_other_services_are_shut(port: int) -> None:
    assert not takes_address("93.184.216.34", port)
    assert not takes_url(f"http://example.com:{port}/")
    assert not takes_url(f"http://93.184.216.34:{port}/")


def test_listed_ports_replace_the_default_ones() -> None:
    rule = addresses.Rule(allow_ports=(443, 22))
    assert takes_address("93.184.216.34", 22, rule)
    assert takes_url("https://example.com/", rule)
    assert not takes_url("http://example.com/", rule)
    assert not takes_url("http://example.com:8080/", rule)


def test_an_allowed_network_is_open_on_every_port_and_to_its_edges_only() -> None:
    rule = opened("10.1.2.0/24", "fd12::/16")
    for port in (22, 80, 6379):
        assert takes_address("10.1.2.0", port, rule)
        assert takes_address("10.1.2.255", port, rule)
        assert takes_address("fd12::1", port, rule)
        assert takes_url(f"http://10.1.2.3:{port}/", rule)
        assert not takes_address("10.1.1.255", port, rule)
        assert not takes_address("10.1.3.0", port, rule)
        assert not takes_address("fd13::1", port, rule)
    assert not takes_address("93.184.216.34", 22, rule)


def test_listed_ports_do_not_narrow_an_allowed_network() -> None:
    assert takes_address("10.1.2.3", 22, opened("10.1.2.0/24", allow_ports=(443,)))


@pytest.mark.parametrize("address", sorted(map(str, ranges.METADATA)))
@pytest.mark.parametrize(
    "networks", [("0.0.0.0/0", "::/0"), ("169.254.0.0/16", "fd00::/8", "100.64.0.0/10")]
)
def test_metadata_stays_shut_inside_an_allowed_network(
    address: str, networks: tuple[str, ...]
) -> None:
    assert not takes_address(address, 80, opened(*networks))
    assert not takes_address(address, 80, opened(address))


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200"]
)
def test_the_well_known_metadata_addresses_are_listed(address: str) -> None:
    assert ipaddress.ip_address(address) in ranges.METADATA


@pytest.mark.parametrize(
    "address",
    ["::ffff:10.1.2.3", "::10.1.2.3", "::ffff:0:10.1.2.3", "64:ff9b::10.1.2.3", "2002:a01:203::"],
)
def test_an_allowed_ipv4_address_is_not_allowed_in_ipv6_clothes(address: str) -> None:
    assert takes_address("10.1.2.3", 80, opened("10.1.2.0/24"))
    assert not takes_address(address, 80, opened("10.1.2.0/24"))
    assert not takes_url(f"http://[{address}]/", opened("10.1.2.0/24"))


NAT64 = IPv6Network("64:ff9b::/96")


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("64:ff9b::8.8.8.8", True),
        ("64:ff9b::93.184.216.34", True),
        ("64:ff9b::127.0.0.1", False),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b::169.254.169.254", False),
        ("64:ff9b::168.63.129.16", False),
        ("64:ff9b:1::8.8.8.8", False),
        ("::ffff:8.8.8.8", False),
    ],
)
def test_nat64_is_judged_by_the_address_inside_where_its_prefix_is_set(
    address: str, is_open: bool
) -> None:
    assert takes_address(address, 443, addresses.Rule(nat64_prefix=NAT64)) == is_open


def test_nat64_judges_ports_and_allowed_networks_by_the_address_inside() -> None:
    assert not takes_address("64:ff9b::8.8.8.8", 22, addresses.Rule(nat64_prefix=NAT64))
    inner = opened("10.0.0.0/8", "169.254.0.0/16", nat64_prefix=NAT64)
    assert takes_address("64:ff9b::10.0.0.1", 22, inner)
    assert not takes_address("64:ff9b::169.254.169.254", 80, inner)


def test_nat64_may_have_a_prefix_of_the_network_s_own() -> None:
    rule = addresses.Rule(nat64_prefix=IPv6Network("2001:db8:64::/96"))
    assert takes_address("2001:db8:64::8.8.8.8", 443, rule)
    assert not takes_address("2001:db8:64::10.0.0.1", 443, rule)
    assert not takes_address("64:ff9b::8.8.8.8", 443, rule)


@pytest.mark.parametrize("text", ["http://localhost:9/", "http://db:5432/", "http://a.internal/"])
def test_inner_names_and_ports_wait_for_their_addresses_where_a_network_is_allowed(
    text: str,
) -> None:
    assert not takes_url(text)
    assert takes_url(text, opened("10.0.0.0/8"))


@pytest.mark.parametrize("host", ["metadata.google.internal", "metadata.goog", "a.onion"])
def test_metadata_and_onion_names_stay_shut_where_a_network_is_allowed(host: str) -> None:
    assert not takes_url(f"http://{host}/", opened("0.0.0.0/0", "::/0"))


@pytest.mark.parametrize(
    ("host", "answers", "is_open"),
    [
        ("example.com", ["93.184.216.34"], True),
        ("example.com", ["93.184.216.34", "2606:4700::1"], True),
        ("example.com", ["93.184.216.34", "10.0.0.1"], True),
        ("example.com", ["10.0.0.1"], True),
        ("example.com", ["93.184.216.34", "192.168.0.1"], False),
        ("example.com", ["93.184.216.34", "::1"], False),
        ("example.com", ["fe80::1%eth0"], False),
        ("example.com", [], True),
        ("db", ["10.0.0.1"], True),
        ("db", ["10.0.0.1", "93.184.216.34"], False),
        ("db.internal", ["93.184.216.34"], False),
    ],
)
def test_one_refused_answer_refuses_the_name_and_inner_names_stay_inside(
    host: str, answers: list[str], is_open: bool
) -> None:
    assert takes_answers(host, answers, opened("10.0.0.0/8")) == is_open


def test_localhost_stands_for_the_loopback_addresses_that_are_allowed() -> None:
    assert not is_open(addresses.loopback_answers, STRICT)
    assert not is_open(addresses.loopback_answers, opened("10.0.0.0/8"))
    assert addresses.loopback_answers(opened("127.0.0.0/8")) == ["127.0.0.1"]
    assert addresses.loopback_answers(opened("::1")) == ["::1"]
    assert addresses.is_localhost("a.localhost")
    assert not addresses.is_localhost("localhost.example.com")


@pytest.mark.parametrize(
    ("own", "text", "is_open"),
    [
        (("pictures.example.com", 443), "https://pictures.example.com/a", False),
        (("pictures.example.com", 443), "https://PICTURES.example.com./a", False),
        (("Pictures.example.com.", 443), "https://pictures.example.com/a", False),
        (("pictures.example.com", 443), "http://pictures.example.com/a", True),
        (("pictures.example.com", 443), "https://other.example.com/a", True),
        (("127.0.0.1", 9090), "http://127.0.0.1:9090/a", False),
        (("127.0.0.1", 9090), "http://127.0.0.1:9091/a", True),
        (("[::1]", 9090), "http://[::1]:9090/a", False),
    ],
)
def test_our_own_origin_is_refused_even_inside_an_allowed_network(
    own: tuple[str, int], text: str, is_open: bool
) -> None:
    assert takes_url(text, opened("127.0.0.0/8", "::1", own_origin=own)) == is_open


def test_a_name_that_resolves_to_our_own_origin_is_refused() -> None:
    rule = opened("127.0.0.0/8", own_origin=("127.0.0.1", 9090))
    assert not takes_address("127.0.0.1", 9090, rule)
    assert takes_address("127.0.0.1", 9091, rule)


LISTENER = opened("127.0.0.0/8", "10.0.0.0/8", "::1", own_listener=("127.0.0.1", 9090))


@pytest.mark.parametrize(
    ("address", "port", "is_open"),
    [("127.0.0.1", 9090, False), ("127.0.0.1", 9091, True), ("127.0.0.2", 9090, True)],
)
def test_what_we_listen_on_is_shut_even_inside_an_allowed_network(
    address: str, port: int, is_open: bool
) -> None:
    assert takes_address(address, port, LISTENER) == is_open
    assert takes_url(f"http://{address}:{port}/", LISTENER) == is_open


def test_what_we_listen_on_is_shut_behind_nat64_too() -> None:
    rule = opened("10.0.0.0/8", nat64_prefix=NAT64, own_listener=("10.0.0.7", 9090))
    assert not takes_address("64:ff9b::10.0.0.7", 9090, rule)
    assert takes_address("64:ff9b::10.0.0.8", 9090, rule)


@pytest.mark.parametrize(
    ("listener", "port", "is_own"),
    [
        (("0.0.0.0", 9090), 9090, True),
        (("::", 9090), 9090, True),
        (("0.0.0.0", 9090), 9091, False),
        (("127.0.0.1", 9090), 9090, False),
        (None, 9090, False),
    ],
)
def test_a_listener_on_every_address_asks_for_a_look_at_the_machine(
    listener: tuple[str, int] | None, port: int, is_own: bool
) -> None:
    rule = addresses.Rule(own_listener=listener)
    assert addresses.is_own_on_any_address(port, rule) == is_own


@pytest.mark.parametrize("address", ["169.254.1.1", "169.254.255.255", "169.254.0.0"])
def test_link_local_addresses_stay_shut_whatever_is_allowed(address: str) -> None:
    assert not takes_address(address, 80, opened("0.0.0.0/0", "169.254.0.0/16", address))
