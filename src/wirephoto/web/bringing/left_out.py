"""The rows of a list that are left out, as a CSV that can be mended and given again. Blocking.

The list's own columns, guarded against formulas (``formulas``), and ours: the line it stood in and
what is wrong with it. Columns of ours begin with ``_``: they are ignored when it comes back.
"""

import codecs
import csv
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, cast

from wirephoto.client.manifest import formulas
from wirephoto.web import reasons
from wirephoto.web.bringing import checking, table

_OURS = (formulas.GUARDED, "_line", "_problem")
_IN_MEMORY = 1_048_576
_BLOCK = 65_536


def write(
    content: BinaryIO,
    asked: checking.Asked,
    columns: Sequence[str],
    names: Mapping[str, str],
    language: str = "en",
) -> BinaryIO:
    """UTF-8 with its mark, for spreadsheets; at its beginning. What is wrong is said in a language.

    Raises:
        table.Unreadable: the list cannot be read like this.
    """
    made = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - who reads closes
    made.write(codecs.BOM_UTF8)
    lines = io.TextIOWrapper(made, "utf-8", newline="")
    separator = asked.separator or ","
    writer = csv.writer(lines, delimiter=separator, quoting=csv.QUOTE_ALL)
    own = [name for name in columns if name not in _OURS]
    writer.writerow([*own, *_OURS])
    for record in table.rows(content, asked.shape):
        image, problems = checking.judge(record, names, asked)
        if image is None:
            said = "; ".join(_said(language, *problem) for problem in problems)
            safe, guarded = _safe({name: record.cells.get(name, "") for name in own}, record.cells)
            line = [str(record.number), formulas.guard(said)]
            writer.writerow([*safe.values(), guarded, *line])
    lines.flush()
    lines.detach()
    made.seek(0)
    return made


def _said(language: str, name: str, words: str) -> str:
    told = reasons.said(language, words)
    return f"{name}: {told}" if name else told


def _safe(cells: dict[str, str], given: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Guarded once: what came guarded is first as it was."""
    bare = formulas.unguard_row(cells | {formulas.GUARDED: given.get(formulas.GUARDED, "")})
    return formulas.guard_row({name: bare[name] for name in cells})


def blocks(made: BinaryIO) -> Iterator[bytes]:
    with made:
        while block := made.read(_BLOCK):
            yield block
