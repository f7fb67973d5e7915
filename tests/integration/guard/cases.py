"""What is tried at the doors: addresses and spellings, each with what must become of it.

Section by section these are the rows of the usual tables of such attacks: inner and special
ranges with their edges, IPv4 inside IPv6, odd spellings of hosts, names, ports and schemes.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

PUBLIC = "93.184.216.34"
PUBLIC_6 = "2606:4700::1"

Door = Literal["image", "name", "redirect", "webhook", "webhook by name"]
Fate = Literal["blocked", "malformed", "arrives"]


@dataclass(frozen=True)
class Case:
    """One try at one door.

    ``url`` is what is posted. ``answer`` is the address that its name resolves to. ``fate`` is
    ``malformed`` where the request itself is refused. ``connects``: an unguarded system would
    reach a listener; the kernel opens no connection to multicast and the like.
    """

    tag: str
    door: Door
    shown: str
    url: str
    fate: Fate
    answer: str | None = None
    connects: bool = True

    @property
    def name(self) -> str:
        return f"{self.door}: {self.shown}"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


REFUSED_4 = _words("""
    127.0.0.1 127.0.0.53 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 172.16.0.1
    172.31.255.255 192.168.0.1 192.168.255.255 169.254.0.1 169.254.169.254 169.254.170.2
    169.254.170.23 169.254.42.42 169.254.0.23 100.64.0.0 100.100.100.200 100.127.255.255 192.0.0.0
    192.0.0.8 192.0.0.9 192.0.0.192 192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1 198.19.255.255
    192.88.99.1 192.31.196.1 192.52.193.1 192.175.48.1 224.0.0.1 239.255.255.255 240.0.0.1
    255.255.255.254 255.255.255.255 168.63.129.16
""")
REFUSED_6 = _words("""
    :: ::1 ::2 ::127.0.0.1 ::10.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:7f00:1
    ::ffff:169.254.169.254 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 ::ffff:0:10.0.0.1
    64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::10.0.0.1 64:ff9b:1::1 64:ff9b:1::10.0.0.1
    2002:7f00:1:: 2002:a00:1::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001::1
    2606:4700::5efe:7f00:1 2606:4700::5efe:10.0.0.1 2606:4700::200:5efe:10.0.0.1 fc00::1 fd00::1
    fd00:ec2::254 fd20:ce::254 fdff::1 fe80::1 febf::1 fec0::1 ff02::1 ff0e::1 100::1
    100:0:0:1::1 2001:db8::1 3fff::1 2001:10::1 2001:20::1 2001:2::1 2001:3::1 2001:1::1
    2001:4:112::1 2620:4f:8000::1 5f00::1 4000::1 1fff:ffff::1 8000::1 c000::1
""")
ALLOWED_4 = _words("""
    93.184.216.34 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255
    128.0.0.0 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.1 192.0.1.0 192.167.255.255
    192.169.0.0 198.17.255.255 198.20.0.0 203.0.114.0 223.255.255.255 168.63.129.15 168.63.129.17
""")
ALLOWED_6 = _words("""
    2606:4700::1 2000::1 2001:200::1 2001:4860:4860::8888 2001:db7::1 2001:db9::1 2003::1
    2620:4f:7fff::1 2620:4f:8001::1 2a00:1450::1 3fff:1000::1
""")
# The kernel opens no TCP connection there, whatever the routes.
UNCONNECTABLE = _words("""
    224.0.0.1 239.255.255.255 255.255.255.255 fe80::1 febf::1 ff02::1 ff0e::1
""")

# Hosts that mean an inner address once they are read as what they mean.
DISGUISED = _words("""
    127\u30020\u30020\u30021 \uff11\uff12\uff17.0.0.1 \u2460\u2461\u2466.0.0.1 127.0.0.1.
    1\uff10\uff0e0.0.1 \uff11\uff16\uff19.254.169.254 [::FFFF:127.0.0.1] [0:0:0:0:0:0:0:1]
    [0000:0000:0000:0000:0000:ffff:7f00:0001] [::ffff:a9fe:a9fe] [fd00:0EC2::254] 127.0.0.1\u3002
    127.0.0.1\u200b 127.0.0.1:80 10.0.0.1:8080 [::1]:8080
""")
INNER_NAMES = _words("""
    localhost LOCALHOST localhost. a.localhost \u24dbocalhost local\u00adhost printer.local
    x.internal metadata.google.internal metadata.google.internal. metadata.goog intranet db
    localhost.localdomain router.home.arpa abc.onion
""")
SHUT_PORTS = tuple(
    f"{host}:{port}"
    for host in (PUBLIC, f"[{PUBLIC_6}]", "good.example.com")
    for port in (22, 25, 5432, 6379, 9200, 11211)
)
# Hosts that cannot be, or that two readers could read in two ways.
MALFORMED_HOSTS = _words("""
    2130706433 0x7f000001 0x7f.1 0177.0.0.1 127.1 0 00000127.0.0.1 0x7f.0.0.1 127.0.1 1.2.3.4.5
    1.2.3.256 017700000001 0xA9FEA9FE 2852039166 169.16689662 10.1 \uff10\uff58\uff17f.1
    \u2460\u2461\u2466.1 [127.0.0.1] [example.com] [] [::1 [::1]] ::1 [fe80::1%eth0]
    [fe80::1%25lo] [::1%25lo] [::1:::2] [v1.fe80] xn--a xn--localhost- h..x .example.com
    example.com.. h%2e %31%32%37.0.0.1 127.0.0.1%00.x 127.0.0.1%2f.example.com localhost%00
    user:pw@93.184.216.34 good.example.com:80@127.0.0.1 a@b@127.0.0.1 @127.0.0.1
    good.example.com\\@127.0.0.1 127.0.0.1\\.example.com good.example.com:0 good.example.com:65536
    good.example.com:80a good.example.com:-1 good.example.com:80:80
    exa\uff0fmple.com 127.0.0.1\uff0fexample.com user\uff20127.0.0.1 a\u200d.example
""")
MALFORMED_TEXTS = (
    "http://127.0.0.1#@good.example.com/d/{tag}.jpg",
    "http://127.0.0.1\t/d/{tag}.jpg",
    "http://h\n127.0.0.1/d/{tag}.jpg",
    "http://127.0.0.1\x00.example.com/d/{tag}.jpg",
    "http://exa mple.com/d/{tag}.jpg",
    "http://good.example.com/\\127.0.0.1/d/{tag}.jpg",
    "http:127.0.0.1/d/{tag}.jpg",
    "http:/127.0.0.1/d/{tag}.jpg",
    "http:\\\\127.0.0.1/d/{tag}.jpg",
    "http:///127.0.0.1/d/{tag}.jpg",
    "file:///etc/passwd",
    "ftp://127.0.0.1/d/{tag}.jpg",
    "gopher://127.0.0.1:6379/_x",
    "data:image/png;base64,AA==",
    "blob:http://127.0.0.1/1",
    "ws://127.0.0.1/d/{tag}.jpg",
    "wss://127.0.0.1/d/{tag}.jpg",
    "jar:http://127.0.0.1!/d/{tag}.jpg",
    "dict://127.0.0.1:11211/stat",
    "ldap://127.0.0.1/d/{tag}",
    "tftp://127.0.0.1/d/{tag}",
    "http+unix://%2Ftmp%2Fs.PGSQL.5432/d/{tag}.jpg",
    "unix:/tmp/s.PGSQL.5432",
    "javascript:fetch('http://127.0.0.1')",
)
# A redirect without scheme or host is one within its own origin; these lead out of it.
ONLY_REDIRECTS = (
    "//127.0.0.1/d/{tag}.jpg",
    "//10.0.0.1:8080/d/{tag}.jpg",
    "//[::1]/d/{tag}.jpg",
    "https://127.0.0.1/d/{tag}.jpg",
    "https://[fd00::1]/d/{tag}.jpg",
    "HTTP://10.0.0.1/d/{tag}.jpg",
    "//metadata.google.internal/d/{tag}.jpg",
    "///127.0.0.1/d/{tag}.jpg",
    "\\\\127.0.0.1/d/{tag}.jpg",
    "/\\127.0.0.1/d/{tag}.jpg",
    f"http://{PUBLIC}:6379/d/{{tag}}.jpg",
    f"//{PUBLIC}:22/d/{{tag}}.jpg",
)
STATUSES = (301, 302, 303, 307, 308)


def redirecting(target: str, status: int = 302) -> str:
    """A URL at the public origin that leads to ``target``, as it stands, control characters too."""
    return f"http://{PUBLIC}/to/{status}/{target.encode('utf-8', 'surrogatepass').hex()}"


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


@functools.cache
def all_cases() -> tuple[Case, ...]:
    return tuple(
        Case(f"c{number}", door, shown, _finished(url, door, f"c{number}"), fate, answer, connects)
        for number, (door, shown, url, fate, answer, connects) in enumerate(_raw())
    )


def _finished(url: str, door: Door, tag: str) -> str:
    text = url.replace("{tag}", tag)
    if door != "redirect":
        return text
    status, _, target = text.partition(" ")
    return redirecting(target, int(status))


_Raw = tuple[Door, str, str, Fate, str | None, bool]


def _raw() -> Iterator[_Raw]:
    for address in (*REFUSED_4, *REFUSED_6):
        yield from _of_address(address, "blocked")
    for address in (*ALLOWED_4, *ALLOWED_6):
        yield from _of_address(address, "arrives")
    for host in (*DISGUISED, *INNER_NAMES, *SHUT_PORTS):
        yield from _of_text(f"http://{host}/d/{{tag}}.jpg", "blocked", host)
    for host in MALFORMED_HOSTS:
        yield from _of_text(f"http://{host}/d/{{tag}}.jpg", "malformed", f"http://{host}/")
    for text in MALFORMED_TEXTS:
        yield from _of_text(text, "malformed", text)
    for text in ONLY_REDIRECTS:
        yield "redirect", text, f"302 {text}", "blocked", None, False
    for status in STATUSES:
        for host in ("127.0.0.1", "[::1]", "n10-0-0-1.case.example.com"):
            target = f"http://{host}/d/{{tag}}.jpg"
            yield "redirect", f"{status} {host}", f"{status} {target}", "blocked", None, True


def _of_address(address: str, fate: Fate) -> Iterator[_Raw]:
    literal = f"http://{_bracketed(address)}/d/{{tag}}.jpg"
    named = f"http://{name_of(address)}/d/{{tag}}.jpg"
    connects = address not in UNCONNECTABLE
    yield "image", address, literal, fate, None, connects
    yield "name", address, named, fate, address, connects
    yield "redirect", address, f"302 {literal}", fate, None, connects
    yield "webhook", address, literal, fate, None, connects
    yield "webhook by name", address, named, fate, address, connects


def _of_text(url: str, fate: Fate, shown: str) -> Iterator[_Raw]:
    yield "image", shown, url, fate, None, False
    in_redirect: Fate = "blocked" if fate == "malformed" else fate
    if not {"\n", "\0"} & set(url):  # no header can bring these
        yield "redirect", shown, f"302 {url}", in_redirect, None, False
    yield "webhook", shown, url, fate, None, False


def name_of(address: str) -> str:
    """The name in our zone that has this one address."""
    return f"n{address.replace('.', '-').replace(':', 'x')}.case.example.com"


def zone() -> dict[str, str]:
    return {name_of(case.answer): case.answer for case in all_cases() if case.answer}
