"""Texts of any origin, put into one form."""

import re
import unicodedata

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def tidy(text: str) -> str:
    """Line ends as LF, no control characters, no white space around it, NFC."""
    if not text.isprintable():
        text = _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.strip()
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def decoded(data: bytes) -> str:
    """Strict UTF-8, else Windows-1252, whose gaps become U+FFFD."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
