"""Header fields, those that came and those that are sent, and the bytes of a request. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_FORBIDDEN = re.compile(r"[\x00\r\n]")


class Headers(Mapping[str, str]):
    """Fields of an answer; names in any case, the first value where a field came several times.

    Values are decoded as UTF-8; bytes that are none come as lone surrogates (PEP 383).
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Iterable[tuple[bytes, bytes]]) -> None:
        self._fields: dict[str, list[bytes]] = {}
        for name, value in fields:
            self._fields.setdefault(name.decode("latin-1").lower(), []).append(value)

    def __getitem__(self, name: str) -> str:
        return _text(self._fields[name.lower()][0])

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def get_all(self, name: str) -> list[str]:
        """Every value of a field, in the order they came."""
        return [_text(value) for value in self._fields.get(name.lower(), ())]


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


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
