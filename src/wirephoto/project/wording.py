"""How a refused value is described: short, printable, never a long echo."""

import difflib
import json
from collections.abc import Iterable
from typing import Any

_SHOWN_CHARACTERS = 60
_LISTED_WORDS = 10
_INT64_LIMIT = 2**63
_CLOSE = 0.8  # of difflib's ratio: one or two slipped keys in a word


def shown(value: Any) -> str:
    """The value in a few words, at most some 60 of its characters; safe in a log and in UTF-8."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return f'"{cut(value)}"'
    if isinstance(value, int) and abs(value) >= _INT64_LIMIT:  # str() of a huge one is an error
        return "a number beyond 64 bits"
    if isinstance(value, (int, float)):
        return str(value)
    return "a list" if isinstance(value, list) else "an object"


def cut(text: str) -> str:
    """The text's first 60 characters, on one line."""
    head = text[:_SHOWN_CHARACTERS]
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in head)
    return plain + ("…" if len(text) > _SHOWN_CHARACTERS else "")


def listed(words: Iterable[Any]) -> str:
    """Words separated by commas; the first ten where there are more."""
    every = [cut(str(word)) for word in words]
    return ", ".join(every[:_LISTED_WORDS]) + (", …" if len(every) > _LISTED_WORDS else "")


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that this one is most likely a slip of, if any."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=_CLOSE)), None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean x?`` where something is close, else ``; there are: a, b, c``."""
    choices = list(known)
    close = closest(word, choices)
    return f"; did you mean {close}?" if close else f"; there are: {listed(choices)}"
