"""URLs of pictures and webhooks: one strict parser, so that all of us see the same host.

Many attacks on address guards live between two parsers that disagree about one text. Here a
text is taken apart once, what is ambiguous is refused, and what goes on the wire is built anew
from the parts. Sources: RFC 3986, the WHATWG URL standard (numeric hosts, percent-encoding),
UTS 46 and RFC 5891 (international names). Pure: knows no network.
"""

import functools
import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes

import idna

from wirephoto import errors
from wirephoto.net import misspelt

MAX_CHARACTERS = 8192
_MAX_PLAIN = MAX_CHARACTERS // 2  # what is written anew may be a little longer
_MAX_HOST = 253  # RFC 1035, 2.3.4, without the root's dot
_MAX_PORT = 65535
_BEGINNING = "must begin with http:// or https://"
_DEFAULT_PORTS = {"http": 80, "https": 443}

_SHAPE = re.compile(r"(https?)://([^/?#]*)([^#]*)(#.*)?", re.IGNORECASE | re.DOTALL)
# Nothing to refuse and nothing to encode but what is in its authority: most URLs are like that.
_PLAIN = re.compile(r"(https?)://([a-zA-Z0-9._:-]+)((?:[/?][a-zA-Z0-9\-._~!$&'()*+,;=:@/?]*)?)")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# C0, DEL, C1, backslash (a slash to browsers, a character to RFC 3986), unpaired surrogates.
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
# The common case: lower-case ASCII name, no A-label, the last label not a number.
_PLAIN_HOST = re.compile(r"(?!(?:.*\.)?xn--)(?:[a-z0-9_-]{1,63}\.)*[a-z][a-z0-9_-]{0,62}")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")  # underscores and odd hyphens occur in real names
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # WHATWG "ends in a number"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_DOTTED_QUAD = re.compile(rf"(?:{_OCTET}\.){{3}}{_OCTET}")
_IPV6 = re.compile(r"\[([0-9a-fA-F:.]{2,45})\]")
_PORT = re.compile(r"[0-9]{1,5}")
# Legal in path and query (RFC 3986, 3.3 and 3.4), and the brackets that browsers send bare.
_TO_ENCODE = re.compile(r"%(?![0-9a-fA-F]{2})|[^a-zA-Z0-9\-._~!$&'()*+,;=:@/?\[\]%]+")
_RAW_BYTES = re.compile(r"[\udc80-\udcff]+")


@dataclass(frozen=True, slots=True)
class Url:
    """A normalised URL.

    Attributes:
        text: what goes on the wire: percent-encoded, host as lower-case A-labels, default port
            left out, no fragment.
        scheme: ``http`` or ``https``.
        host: lower case, without brackets and without trailing dot.
        port: the default one where the text names none.
        origin: ``https://host:port``, what pacing counts by; the port is always there.
    """

    text: str = field(repr=False)
    scheme: str
    host: str
    port: int
    origin: str

    def __str__(self) -> str:
        return self.shown

    @property
    def shown(self) -> str:
        """The only form for logs and reasons: without query (RFC 3986, 7.5)."""
        return self.text.partition("?")[0]


def parse(text: str) -> Url:
    """Take a URL as people give it.

    Spaces around it are dropped, spaces and non-ASCII characters inside path and query encoded;
    what is percent-encoded already stays as it is.

    Raises:
        errors.BadUrl: and never anything else.
    """
    text = text.strip(" ")
    if len(text) <= _MAX_PLAIN and (plain := _PLAIN.fullmatch(text)):
        scheme, authority, rest = plain.groups()
        return _assemble(scheme, *_split_authority(authority, _DEFAULT_PORTS[scheme]), rest)
    shape = _SHAPE.fullmatch(text)
    if shape is None and misspelt.is_path(text):  # one of Windows is full of backslashes
        raise errors.BadUrl(f"{_BEGINNING}{misspelt.hint(text)}")
    _refuse_forbidden(text)
    if shape is None:
        raise errors.BadUrl(f"{_BEGINNING}{misspelt.hint(text)}")
    scheme, authority, rest, fragment = shape.groups()
    scheme = scheme.lower()
    if "@" in authority or (fragment and not rest and "@" in fragment):
        raise errors.BadUrl("must not hold credentials")
    host, port = _split_authority(authority, _DEFAULT_PORTS[scheme])
    return _assemble(scheme, host, port, _TO_ENCODE.sub(_encode, rest))


def check(text: str) -> None:
    """Refuse what ``parse`` refuses, and make nothing of the rest: a batch has 100,000 of them.

    Raises:
        errors.BadUrl: the same.
    """
    plain = _PLAIN.fullmatch(text)
    if plain is None or len(text) > _MAX_PLAIN:
        parse(text)
    else:
        _split_authority(plain[2], _DEFAULT_PORTS[plain[1]])


def join(base: Url, location: str) -> Url:
    """Where a redirect from ``base`` leads; ``location`` as the header field came.

    Raises:
        errors.BadUrl: the target cannot be a URL of ours.
    """
    # Bytes of a header that are not UTF-8 come as lone surrogates (PEP 383).
    location = _RAW_BYTES.sub(_encode_raw_bytes, location.strip(" "))
    _refuse_forbidden(location)
    if _SCHEME.match(location):
        return parse(location)
    if location.startswith("//"):
        return parse(f"{base.scheme}:{location}")
    return parse(_resolve(base, location.partition("#")[0]))


def _resolve(base: Url, reference: str) -> str:
    """RFC 3986, 5.2.2; ``urljoin`` swallows empty segments, which mean something in S3 keys."""
    site, slash, rest = base.text.removeprefix(f"{base.scheme}://").partition("/")
    base_path, mark, query = (slash + rest).partition("?")
    path = base_path
    if reference:
        path, mark, query = reference.partition("?")
        if not path:
            path = base_path
        elif not path.startswith("/"):
            path = f"{base_path.rpartition('/')[0]}/{path}"
        path = _without_dots(path)
    return f"{base.scheme}://{site}{path}{mark}{query}"


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _refuse_forbidden(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise errors.BadUrl(f"is longer than {MAX_CHARACTERS} characters")
    if _FORBIDDEN.search(text):
        raise errors.BadUrl("holds a control character, a backslash or an unpaired surrogate")


@functools.lru_cache(maxsize=1024)  # a batch has few hosts
def _split_authority(authority: str, default_port: int) -> tuple[str, int]:
    if authority.startswith("["):
        head, bracket, tail = authority.partition("]")
        host = _ipv6(head + bracket)
        if tail and not tail.startswith(":"):
            raise errors.BadUrl("has a wrong host")
        return host, _port(tail[1:], default_port)
    name, _, port = authority.partition(":")
    return _name(name), _port(port, default_port)


def _ipv6(bracketed: str) -> str:
    match = _IPV6.fullmatch(bracketed)
    try:
        return ipaddress.IPv6Address(match[1] if match else "").compressed
    except ValueError:
        raise errors.BadUrl("has a wrong IPv6 address as host") from None


def _port(text: str, default: int) -> int:
    if not text:
        return default
    if not _PORT.fullmatch(text) or not 0 < int(text) <= _MAX_PORT:
        raise errors.BadUrl("has a wrong port")
    return int(text)


def _name(text: str) -> str:
    if _PLAIN_HOST.fullmatch(text) and len(text) <= _MAX_HOST:
        return text
    if "%" in text:
        raise errors.BadUrl("has a percent sign in its host")
    if len(text) > _MAX_HOST + 1:  # before the work of IDNA; no longer text maps to a legal name
        raise errors.BadUrl("has a host of more than 253 characters")
    host = _mapped(text).removesuffix(".")
    if not host:
        raise errors.BadUrl("has no host")
    host = ".".join(_label(label) for label in host.split("."))
    if len(host) > _MAX_HOST:
        raise errors.BadUrl("has a host of more than 253 characters")
    if _NUMBER.fullmatch(host.rpartition(".")[2]) and not _DOTTED_QUAD.fullmatch(host):
        raise errors.BadUrl("has a host that ends in a number and is no IPv4 address")
    return host


def _mapped(text: str) -> str:
    """UTS 46 mapping first, so that full-width digits and dots are judged as what they mean."""
    if text.isascii():
        return text.lower()
    try:
        return idna.uts46_remap(text, std3_rules=False, transitional=False)
    except ValueError:
        raise errors.BadUrl("has a host that is no international name") from None


def _label(label: str) -> str:
    try:
        if not label.isascii():
            label = idna.alabel(label).decode("ascii")
        elif label.startswith("xn--"):
            idna.ulabel(label)
    except ValueError:  # IDNAError is one, by way of UnicodeError
        raise errors.BadUrl("has a host that is no international name") from None
    if not _LABEL.fullmatch(label):
        raise errors.BadUrl("has an empty, too long or wrong label in its host")
    return label


def _assemble(scheme: str, host: str, port: int, rest: str) -> Url:
    """``rest``: path and query as they go on the wire; the slash of an empty path is put there."""
    if not rest.startswith("/"):
        rest = "/" + rest
    shown_port = "" if port == _DEFAULT_PORTS[scheme] else f":{port}"
    wire = f"{scheme}://{_bracketed(host)}{shown_port}{rest}"
    if len(wire) > MAX_CHARACTERS:
        raise errors.BadUrl(f"is longer than {MAX_CHARACTERS} characters when encoded")
    return Url(wire, scheme, host, port, _origin(scheme, host, port))


@functools.lru_cache(maxsize=1024)
def _origin(scheme: str, host: str, port: int) -> str:
    return f"{scheme}://{_bracketed(host)}:{port}"


def _encode(match: re.Match[str]) -> str:
    return quote_from_bytes(match[0].encode(), safe="")


def _encode_raw_bytes(match: re.Match[str]) -> str:
    return quote_from_bytes(match[0].encode("utf-8", "surrogateescape"), safe="")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
