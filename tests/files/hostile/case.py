"""One hostile or awkward file, and the end it owes."""

from typing import NamedTuple


class Case(NamedTuple):
    """``code`` is that of the failed row; None: the picture is taken."""

    data: bytes
    code: str | None = None
