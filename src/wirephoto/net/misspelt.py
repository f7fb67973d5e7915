"""What a text most likely means that does not begin like the URL of a picture. Pure.

What is said holds no part of the text but the word before its first colon or slash, and that only
where it is short and of letters: everything else may be secret.
"""

import difflib
import re

_SCHEMES = ("http", "https")
_CLOSE = 0.7  # of difflib's ratio: a letter lost, doubled or slipped
_ON_DISK = re.compile(r"file:|[a-z]:[\\/]|\\\\|/(?!/)|\.{1,2}/|~/", re.IGNORECASE)
_FILE = re.compile(r"(?:[^/:?#.]+/)*[^/:?#]+\.(?:jpe?g|png|gif|webp|avif|svg|tiff?)", re.IGNORECASE)
_WITHOUT_COLON = re.compile(r"(https?)(?: *[:;.,]? *//?|[:;])", re.IGNORECASE)
_WORD = re.compile(r"(data):|([a-z][a-z0-9]{1,9}):(?://?)?", re.IGNORECASE)
_NAME = r"(?:[\w-]+\.)+[^\W\d_]{2,}(?=[:/?])|[\w.-]+:\d{1,5}/|(?:\d{1,3}\.){3}\d{1,3}/"
_HOST = re.compile(rf"//|www\.|{_NAME}", re.IGNORECASE)
_LATER = re.compile(r".{1,20}?(https?://)", re.IGNORECASE | re.DOTALL)


def is_path(text: str) -> bool:
    """Whether it is a file's place on some machine, and no address at all."""
    return bool(_ON_DISK.match(text) or _FILE.fullmatch(text))


def is_address(text: str) -> bool:
    """Whether it was meant as the URL of something."""
    if is_path(text):
        return False
    return bool(_word(text)) or any(one.match(text) for one in (_WITHOUT_COLON, _HOST, _LATER))


def hint(text: str) -> str:
    """What goes behind ``must begin with http:// or https://``; empty where nobody can tell."""
    if is_path(text):
        return "; it looks like a path on a disk"
    if found := _WITHOUT_COLON.match(text):
        return f"; after {found[1].lower()} must come ://"
    if word := _word(text):
        return word
    if _HOST.match(text):
        return "; try it with https:// before its host"
    if found := _LATER.match(text):
        return f"; it has something before {found[1].lower()}"
    return ""


def _word(text: str) -> str:
    """Of another scheme, or of one of ours that was mistyped; what is neither may be a name."""
    found = _WORD.match(text)
    if found is None:
        return ""
    begins = found[0].lower()
    word = begins.rstrip(":/")
    near = next(iter(difflib.get_close_matches(word, _SCHEMES, n=1, cutoff=_CLOSE)), None)
    if near:
        return f"; it begins with {begins}, did you mean {near}://?"
    return f"; it begins with {begins}" if found[1] or begins.endswith("/") else ""
