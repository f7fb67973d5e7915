"""Cells that a spreadsheet would run as formulas. Pure.

Such a cell gets a ``'`` in front, and the column ``_guarded`` names its column: who reads the file
takes it off there and nowhere else, so nothing is changed on the way. See
https://owasp.org/www-community/attacks/CSV_Injection.
"""

import re
from collections.abc import Mapping
from typing import Any

GUARDED = "_guarded"
_MARK = "'"
_SPACES = re.compile(r"\s+")
_FORMULA = re.compile(
    r"\s*[=+\-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}"
    r"\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}]|[\t\r\n]"
)


def guard(text: str) -> str:
    return _MARK + text if _FORMULA.match(text) else text


def guard_row(cells: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """The cells, safe to open; and what the column ``_guarded`` says of them."""
    safe = {name: guard(text) for name, text in cells.items()}
    return safe, " ".join(_word(name) for name, text in safe.items() if text != cells[name])


def unguard_row(cells: Mapping[str, Any]) -> dict[str, Any]:
    """As they were before ``guard_row``; cells of a row that was never guarded stay."""
    guarded = set(str(cells.get(GUARDED, "")).split())
    return {
        name: value[1:] if _word(name) in guarded and value.startswith(_MARK) else value
        for name, value in cells.items()
    }


def _word(name: str) -> str:
    """A column's name without the spaces that part the names in ``_guarded``."""
    return _SPACES.sub("_", name)
