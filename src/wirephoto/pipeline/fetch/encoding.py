"""Content codings undone by us, under the caller's size limit (RFC 9110, 8.4.1). Pure.

We ask for ``identity``; this is for origins that code the body all the same. A decoder hands out
pieces of bounded size, so the caller counts what it takes and a bomb never grows beyond the limit.
What follows the end of a coded body is refused, but for further gzip members, which are part of
the format (RFC 1952, 2.2) and limited in number: each costs a new decoder.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import brotli  # type: ignore[import-untyped]  # it has no types

from wirephoto import errors

PIECE_BYTES = 65_536
"""A piece is at most this long (br: at most twice this)."""

_GZIP_MEMBERS = 100
_GZIP_WINDOW_BITS = 31
_ZLIB_WINDOW_BITS = 15
_RAW_WINDOW_BITS = -15
_ZLIB_METHOD_DEFLATE = 8

# Codings that are refused by name; any other word of an origin is not repeated.
_NAMED_WHEN_REFUSED = frozenset({"zstd", "compress", "x-compress", "dcb", "dcz", "aws-chunked"})


class Decoder(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]:
        """The decoded pieces of ``data``; to be drained before the next call.

        Raises:
            errors.UnsupportedEncoding: the body is not what its label says.
        """

    def close(self) -> None:
        """To be called at the end of the body.

        Raises:
            errors.Truncated: the coded body has not come to its end.
        """


def decoder_for(content_encoding: Iterable[str]) -> Decoder | None:
    """The decoder of a body; None where it came as it is.

    Args:
        content_encoding: the values of every ``Content-Encoding`` header of the answer.

    Raises:
        errors.UnsupportedEncoding: several codings, or one that is not ours.
    """
    listed = ",".join(content_encoding).lower().split(",")
    codings = [coding for part in listed if (coding := part.strip()) not in {"", "identity"}]
    if not codings:
        return None
    if len(codings) > 1:
        raise errors.UnsupportedEncoding("the body has more than one content encoding")
    if codings[0] not in _DECODERS:
        shown = f" {codings[0]}" if codings[0] in _NAMED_WHEN_REFUSED else ""
        raise errors.UnsupportedEncoding(f"the body has a content encoding{shown} that is not read")
    return _DECODERS[codings[0]]()


def check_transfer(transfer_encoding: Iterable[str]) -> None:
    """Refuse a body that is coded for its transfer, beyond being cut into chunks.

    Raises:
        errors.UnsupportedEncoding: the bytes are not those of the picture.
    """
    listed = ",".join(transfer_encoding).lower().split(",")
    if {coding.strip() for coding in listed} - {"", "chunked", "identity"}:
        raise errors.UnsupportedEncoding("the body has a transfer encoding that is not read")


class _Inflate:
    """gzip or deflate, on zlib."""

    def __init__(self, name: str, window_bits: Callable[[int], int], members: int) -> None:
        """``window_bits`` answers for the first byte of a member; ``members`` is their limit."""
        self._name = name
        self._window_bits = window_bits
        self._members_left = members
        self._stream: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        more_within = False
        while data or more_within:
            if self._stream is None or self._stream.eof:
                self._stream = self._next_member(data[0])
            piece = self._inflate(self._stream, data)
            # A full piece may leave output inside zlib although all input is taken.
            more_within = len(piece) == PIECE_BYTES and not self._stream.eof
            data = self._stream.unused_data or self._stream.unconsumed_tail
            if piece:
                yield piece

    def _next_member(self, first_byte: int) -> "zlib._Decompress":
        if self._members_left == 0:
            raise errors.UnsupportedEncoding(f"the {self._name} body goes on after its end")
        self._members_left -= 1
        return zlib.decompressobj(wbits=self._window_bits(first_byte))

    def _inflate(self, stream: "zlib._Decompress", data: bytes) -> bytes:
        try:
            return stream.decompress(data, PIECE_BYTES)
        except zlib.error:
            raise _not_valid(self._name) from None

    def close(self) -> None:
        if self._stream is None or not self._stream.eof:
            raise _cut(self._name)


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._stream.is_finished():
            raise errors.UnsupportedEncoding("the br body goes on after its end")
        while piece := self._process(data):
            yield piece
            data = b""

    def _process(self, data: bytes) -> bytes:
        try:
            piece: bytes = self._stream.process(data, output_buffer_limit=PIECE_BYTES)
        except brotli.error:
            raise _not_valid("br") from None
        return piece

    def close(self) -> None:
        if not self._stream.is_finished():
            raise _cut("br")


def _gzip() -> Decoder:
    return _Inflate("gzip", lambda _: _GZIP_WINDOW_BITS, _GZIP_MEMBERS)


def _deflate() -> Decoder:
    """The zlib format, as RFC 9110 has it, or bare deflate, as many servers send it."""

    def window_bits(first_byte: int) -> int:
        is_zlib = first_byte & 0x0F == _ZLIB_METHOD_DEFLATE  # RFC 1950, 2.2
        return _ZLIB_WINDOW_BITS if is_zlib else _RAW_WINDOW_BITS

    return _Inflate("deflate", window_bits, members=1)


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _Brotli,
}


def _not_valid(name: str) -> errors.UnsupportedEncoding:
    return errors.UnsupportedEncoding(f"the body is not valid {name}, as its label says")


def _cut(name: str) -> errors.Truncated:
    return errors.Truncated(f"the {name} body ends before its end", transient=True)
