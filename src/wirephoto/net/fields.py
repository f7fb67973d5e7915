"""Header fields, those that came and those that are sent, and the bytes of a request. Pure."""

import functools
import re
import typing
from collections.abc import Iterator, Mapping

_T = typing.TypeVar("_T")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_FORBIDDEN = re.compile(r"[\x00\r\n]")


class Headers(Mapping[str, str]):
    """Fields of an answer; names in any case, the first value where a field came several times.

    Values are decoded as UTF-8; bytes that are none come as lone surrogates (PEP 383).
    """

    __slots__ = ("_fields",)

    def __init__(self) -> None:
        self._fields: dict[bytes, list[bytes]] = {}

    def add(self, name: bytes, value: bytes) -> None:
        """One more field, as it came."""
        self._fields.setdefault(name.lower(), []).append(value)

    def __getitem__(self, name: str) -> str:
        return _text(self._fields[_key(name)][0])

    @typing.overload
    def get(self, name: str, /) -> str | None: ...
    @typing.overload
    def get(self, name: str, /, default: str | _T) -> str | _T: ...
    def get(self, name: str, /, default: str | _T | None = None) -> str | _T | None:
        """As every mapping's, without an exception for what is not there."""
        found = self._fields.get(_key(name))
        return _text(found[0]) if found else default

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _key(name) in self._fields

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def get_all(self, name: str) -> list[str]:
        """Every value of a field, in the order they came."""
        return [_text(value) for value in self._fields.get(_key(name), ())]


def request(method: str, target: str, host: str, fields: str, body: bytes | None) -> bytes:
    """The bytes of a request.

    Args:
        method: GET or POST.
        target: path and query; as ``host``, of a ``urls.Url``.
        host: with its port where that is not the scheme's own.
        fields: what ``header_fields`` made.
        body: bytes, or none.
    """
    length = "" if body is None else f"Content-Length: {len(body)}\r\n"
    head = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{fields}{length}\r\n"
    return head.encode("utf-8", "surrogateescape") + (body or b"")


def header_fields(headers: Mapping[str, str]) -> str:
    """Header fields as they are sent.

    Raises:
        ValueError: one that cannot be.
    """
    return "".join(_field(name, value) for name, value in headers.items())


def _field(name: str, value: str) -> str:
    if not _TOKEN.fullmatch(name) or _FORBIDDEN.search(value):
        raise ValueError("a header field that cannot be sent")
    return f"{name}: {value}\r\n"


@functools.lru_cache(maxsize=256)  # we ask for a few, for each answer
def _key(name: str) -> bytes:
    return name.lower().encode("latin-1", "replace")


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
