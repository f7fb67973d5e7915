"""The encoding of a text file of unknown origin."""

import codecs
from typing import BinaryIO

import charset_normalizer

_BLOCK_BYTES = 1 << 20
_AROUND_BYTES = 1 << 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LAST_RESORT = "cp1252"  # what spreadsheets of western Europe write


def encoding(file: BinaryIO) -> str:
    """By its mark, else UTF-8 where all of it is, else the likeliest for its first odd bytes.

    Reads the file to its end and back to its start.
    """
    head = file.read(4)
    file.seek(0)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    odd = _first_not_utf8(file)
    file.seek(max(0, (odd or 0) - _AROUND_BYTES))
    sample = file.read(2 * _AROUND_BYTES)
    file.seek(0)
    return "utf-8" if odd is None else _likeliest(sample)


def _first_not_utf8(file: BinaryIO) -> int | None:
    """Roughly where the text stops to be UTF-8, in bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    position = 0
    try:
        while block := file.read(_BLOCK_BYTES):
            decoder.decode(block)
            position += len(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as fault:
        return position + fault.start
    return None


def _likeliest(sample: bytes) -> str:
    best = charset_normalizer.from_bytes(sample).best()
    if best is None or _reads_alike(sample, best.encoding):
        return _LAST_RESORT
    return best.encoding


def _reads_alike(sample: bytes, encoding: str) -> bool:
    """Whether the commonest says the same: German words in cp1250 and cp1252 are the same bytes."""
    return sample.decode(_LAST_RESORT, "replace") == sample.decode(encoding, "replace")
