"""Reads ``sql/*.sql``: named statements, each with a line that says what it is for."""

import re
from importlib import resources

_HEAD = re.compile(rb"^-- ([a-z_]+) --\n((?:-- .*\n)+)", re.MULTILINE)


def load(name: str) -> dict[str, bytes]:
    """Statements of ``sql/<name>.sql`` by their names.

    Bytes, because psycopg takes text only where a type checker can prove it a literal.
    """
    text = resources.files("wirephoto.db").joinpath("sql", f"{name}.sql").read_bytes()
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return {
        head[1].decode(): text[head.end() : end].strip().rstrip(b";")
        for head, end in zip(heads, ends, strict=True)
    }
