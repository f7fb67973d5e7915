"""The rule for outgoing connections: which address, name and port may be connected to.

Pure: it knows no network and opens nothing. ``net.session`` applies it to the URL, to every
answer of the name service and, last, to the very address a socket is about to connect to.
The ranges stand in ``net.ranges``, each with its RFC.

Every refusal says the same: who asks must not learn what is behind the guard.
"""

import functools
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from wirephoto import errors
from wirephoto.net import ranges, urls

REASON = "the address is not allowed"

LOOPBACK = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Rule:
    """What an installation changes about the rule.

    Attributes:
        allow_networks: opened on every port; link-local and metadata addresses stay shut.
        allow_ports: the only ports; None is 80, 443 and from 1024 up but ``ranges.SERVICE_PORTS``.
        nat64_prefix: a /96 (RFC 6052); addresses in it are judged by the IPv4 address they hold.
        own_origin: host (as ``urls.parse`` gives it) and port that we are reached at; never
            fetched from, not even inside an allowed network.
        own_listener: numeric address and port that we listen on, shut in the same way. An
            unspecified address stands for all of this machine, which ``net.session`` asks for.
    """

    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    allow_ports: tuple[int, ...] | None = None
    nat64_prefix: IPv6Network | None = None
    own_origin: tuple[str, int] | None = None
    own_listener: tuple[str, int] | None = None


def check_url(url: urls.Url, rule: Rule) -> None:
    """Judge what can be judged before a name is resolved: literal address, name, port.

    Where ``allow_networks`` opens something, port and inner names wait for the address.

    Raises:
        errors.BlockedAddress: for good; its reason never says why.
    """
    if _is_own(url.host, url.port, rule):
        raise _refusal()
    if is_literal(url.host):
        check_address(url.host, url.port, rule)
        return
    if _is_below(url.host, ranges.SHUT_NAMES):
        raise _refusal()
    is_open = not is_inner(url.host) and _is_open_port(url.port, rule)
    if not is_open and not rule.allow_networks:
        raise _refusal()


def check_address(address: str, port: int, rule: Rule) -> None:
    """Judge a numeric address that is about to be connected to.

    Raises:
        errors.BlockedAddress: also for a text that is no address, or has a zone.
    """
    ip = _literal(address)
    if ip is None or _is_own(address, port, rule):
        raise _refusal()
    inner = _unwrapped(ip, rule)
    if _is_always_shut(inner) or _is_own(str(inner), port, rule):
        raise _refusal()
    if _is_allowed(inner, rule):
        return
    if not _is_public(inner) or not _is_open_port(port, rule):
        raise _refusal()


def check_answers(host: str, answers: Iterable[str], port: int, rule: Rule) -> None:
    """Judge all that a name resolves to: one refused address refuses the name.

    A name of an inner network may resolve into allowed networks only.

    Raises:
        errors.BlockedAddress
    """
    inner_name = is_inner(host)
    for answer in answers:
        check_address(answer, port, rule)
        ip = _literal(answer)
        if inner_name and (ip is None or not _is_allowed(_unwrapped(ip, rule), rule)):
            raise _refusal()


def is_own_on_any_address(port: int, rule: Rule) -> bool:
    """Whether we listen on this port of every address that this machine has."""
    if rule.own_listener is None or port != rule.own_listener[1]:
        return False
    return rule.own_listener[0] in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound


def loopback_answers(rule: Rule) -> list[str]:
    """What ``localhost`` stands for here: the loopback addresses that are allowed (RFC 6761).

    Raises:
        errors.BlockedAddress: none is.
    """
    answers = [text for text in LOOPBACK if _is_allowed(ipaddress.ip_address(text), rule)]
    if not answers:
        raise _refusal()
    return answers


def is_localhost(host: str) -> bool:
    return _is_below(host, ("localhost",))


def is_inner(host: str) -> bool:
    """Whether a name, by itself, means something inside a network."""
    return "." not in host or _is_below(host, ranges.INNER_NAMES)


def is_literal(host: str) -> bool:
    return _literal(host) is not None


@functools.lru_cache(maxsize=4096)  # asked for each picture, of few hosts
def _literal(host: str) -> IPv4Address | IPv6Address | None:
    if not re.search(r"[:0-9]\Z|:", host):  # spares names the cost of an exception
        return None
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return None
    return None if isinstance(ip, IPv6Address) and ip.scope_id is not None else ip


def _unwrapped(ip: IPv4Address | IPv6Address, rule: Rule) -> IPv4Address | IPv6Address:
    if rule.nat64_prefix is None or ip not in rule.nat64_prefix:
        return ip
    return IPv4Address(int(ip) & 0xFFFF_FFFF)  # a /96 holds it in its last 32 bits


def _is_always_shut(ip: IPv4Address | IPv6Address) -> bool:
    if ip in ranges.METADATA or any(ip in network for network in ranges.LINK_LOCAL):
        return True
    if isinstance(ip, IPv4Address) or ip in ranges.PLAIN_IN_COMPATIBLE:
        return False
    return int(ip) >> 32 & 0xFFFF_FFFF in ranges.ISATAP or any(
        ip in net for net in ranges.EMBEDDING
    )


def _is_allowed(ip: IPv4Address | IPv6Address, rule: Rule) -> bool:
    return any(ip in network for network in rule.allow_networks)


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in ranges.REFUSED_IPV4)
    return ip in ranges.GLOBAL_UNICAST and not any(ip in network for network in ranges.REFUSED_IPV6)


def _is_open_port(port: int, rule: Rule) -> bool:
    if rule.allow_ports is not None:
        return port in rule.allow_ports
    return port in ranges.WEB_PORTS or (
        port >= ranges.FIRST_OPEN_PORT and port not in ranges.SERVICE_PORTS
    )


def _is_own(host: str, port: int, rule: Rule) -> bool:
    return any(
        own is not None and port == own[1] and host == own[0].lower().strip("[]").removesuffix(".")
        for own in (rule.own_origin, rule.own_listener)
    )


def _is_below(host: str, names: tuple[str, ...]) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in names)


def _refusal() -> errors.BlockedAddress:
    return errors.BlockedAddress(REASON)
