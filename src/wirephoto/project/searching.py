"""The words by which an entry is found, and those that somebody looks for: folded alike.

Lower case, without accents, letters and digits alone. German umlauts are kept in both spellings, so
that ``Müller`` is found as ``müller``, ``muller`` and ``mueller``. What is searchable are the title
and the properties that a media type says ``index`` of.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_WORDS = 20
MOST_CHARACTERS = 100_000
"""Of one entry that are looked at: PostgreSQL keeps no more than a megabyte of lexemes."""

_WORD = re.compile(r"[^\W_]+")
_MARKS = re.compile("[\u0300-\u036f]+")
_LETTERS = {"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
_SHORT = str.maketrans(_LETTERS)
_LONG = str.maketrans(_LETTERS | {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


def folded(text: str) -> str:
    """Words of a text, set apart by spaces; one with an umlaut in both its spellings."""
    if text.isascii():
        return " ".join(_WORD.findall(text.lower()))
    return " ".join(spelling for word in _words(text) for spelling in _spellings(word))


def wanted(text: str) -> list[str]:
    """Each word that somebody looks for, in its spellings; the first ``MOST_WORDS`` of them."""
    words = dict.fromkeys(" ".join(_spellings(word)) for word in _words(text))
    return list(words)[:MOST_WORDS]


def properties(indexed: Sequence[str], metadata: Mapping[str, Any]) -> str:
    """The folded words of those properties that are searchable."""
    texts = (text for name in indexed for text in _texts(metadata.get(name)))
    return folded(" ".join(texts)[:MOST_CHARACTERS])


def _words(text: str) -> Iterator[str]:
    composed = unicodedata.normalize("NFKC", text).casefold()
    return (word[0] for word in _WORD.finditer(unicodedata.normalize("NFC", composed)))


def _spellings(word: str) -> list[str]:
    if word.isascii():
        return [word]
    plain = _MARKS.sub("", unicodedata.normalize("NFD", word.translate(_SHORT)))
    long = _MARKS.sub("", unicodedata.normalize("NFD", word.translate(_LONG)))
    return list(dict.fromkeys((plain, long)))


def _texts(value: Any) -> Iterator[str]:
    """The texts and numbers of a value, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
