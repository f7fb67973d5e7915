"""In which characters an IIM block is written: one decision for the block, not one a value.

1:90 announces it, or lies, or is missing. UTF-8 proves itself, announced or not; what is not UTF-8
is Windows-1252, or Mac Roman where there is a sign for it.
"""

import codecs
from collections.abc import Callable, Iterable, Sequence

_LATIN = frozenset({b"\x1b.A", b"\x1b-A", b"\x1b,A", b"\x1b/A"})
_NO_WINDOWS = frozenset(b"\x81\x8d\x8f\x90\x9d")  # not defined in Windows-1252
_LIMITS = frozenset({32, 64, 128, 256, 2000})  # bytes, at which writers cut a value


def decoder(
    values: Sequence[bytes], announced: bytes, *, is_macintosh: bool
) -> Callable[[bytes], str]:
    """How to decode each of the values: never raises."""
    beyond_ascii = [value for value in values if not value.isascii()]
    if _all_utf8(beyond_ascii):
        return _utf8
    is_latin = announced.strip() in _LATIN
    if not is_latin and (is_macintosh or _has_gap(beyond_ascii)):
        return _mac
    return _windows


def _all_utf8(values: Iterable[bytes]) -> bool:
    """Strictly, but for a last character that a limit of bytes has cut in two."""
    for value in values:
        try:
            value.decode()
        except UnicodeDecodeError as error:
            if error.reason != "unexpected end of data" or len(value) not in _LIMITS:
                return False
    return True


def _has_gap(values: Iterable[bytes]) -> bool:
    return any(not _NO_WINDOWS.isdisjoint(value) for value in values)


def _utf8(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:  # its last character is cut
        return codecs.getincrementaldecoder("utf-8")("ignore").decode(value)


def _windows(value: bytes) -> str:
    return value.decode("cp1252", "replace")


def _mac(value: bytes) -> str:
    return value.decode("mac-roman")
