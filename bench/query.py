"""How long does the first page of a search take, in a library of a million entries?

Entries are written by COPY, with words, kinds, sizes and times as in an archive; the same for the
same number. Then each question is asked some times over, and the slowest and the median are shown.
"""

import argparse
import asyncio
import contextlib
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from wirephoto.db import embedded, pool, projects, schema, search
from wirephoto.library import search as finding
from wirephoto.project import searching

_FIRST = datetime(2015, 1, 1, tzinfo=UTC)
_SYLLABLES = (
    *("ber", "lin", "zü", "rich", "mar", "ten", "wald", "see", "hal"),
    *("le", "kir", "chen", "platz", "stra", "ßen", "bahn", "hof", "eis"),
)
_COMMON = ("Archiv", "Foto", "Bild")
_KINDS = ("image/jpeg",) * 900 + ("image/png",) * 80 + ("image/gif",) * 19 + ("image/svg+xml",)
_ENTRIES = """id, project_id, system_name, external_id, media_type, title, metadata, asset_key,
  asset_size, width, height, mime_type, file_name, created_at, updated_at, archived_at"""
_SEARCH = """entry_id, version, project_id, words, system_name, media_type, mime_type, asset_key,
  width, height, size, created_at, updated_at, archived"""
_COPIED = """id, 1, project_id, search_vector(title_words, words), system_name, media_type,
  mime_type, asset_key, width, height, asset_size, created_at, updated_at,
  archived_at is not null"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="default %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="default %(default)s")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-query-"))
    folder.chmod(0o711)
    try:
        with embedded.running(folder / "data", embedded.Holder.COMMAND) as database:
            schema.migrate(database.url)
            asyncio.run(_measure(database.url, asked))
    finally:
        shutil.rmtree(folder)


async def _measure(url: str, asked: argparse.Namespace) -> None:
    async with pool.opened(url, most=2, application="bench") as database:
        async with database.connection() as connection:
            project = (await projects.register(connection, "default", b"{}")).project
        began = time.perf_counter()
        await asyncio.to_thread(fill, url, project, asked.entries)
        print(f"{asked.entries} entries written in {time.perf_counter() - began:.0f} s")
        for name, query, sort in questions(project):
            print(await _ask(database, name, query, sort, asked))


async def _ask(
    database: pool.Pool,
    name: str,
    query: search.Query,
    sort: finding.Sort,
    asked: argparse.Namespace,
) -> str:
    took = []
    found: list[search.Found] = []
    for _ in range(asked.rounds):
        began = time.perf_counter()
        found, _ = await finding.page(database, query, sort, None)
        took.append((time.perf_counter() - began) * 1000)
    median, slowest = statistics.median(took), max(took)
    return f"{name:44} {len(found):4} found {median:8.1f} ms median {slowest:8.1f} ms slowest"


def questions(project: int) -> Iterator[tuple[str, search.Query, finding.Sort]]:
    """Each filter alone, and what people ask together."""
    active: dict[str, Any] = {"archived": False, "revoked": False}
    year = datetime(2020, 1, 1, tzinfo=UTC)
    alone: dict[str, dict[str, Any]] = {
        "nothing": {},
        "state any": {"archived": None, "revoked": None},
        "archived": {"archived": True, "revoked": None},
        "revoked": {"archived": None, "revoked": True},
        "media type, common": {"media_type": "image"},
        "media type, rare": {"media_type": "graphic"},
        "media type, none": {"media_type": "nothing"},
        "system, common": {"system_name": "archive"},
        "system, rare": {"system_name": "rare"},
        "kind, common": {"mime_type": "image/jpeg"},
        "kind, rare": {"mime_type": "image/svg+xml"},
        "kind, none": {"mime_type": "image/avif"},
        "landscape": {"orientation": 1},
        "square, rare": {"orientation": 0},
        "created in a year": {"created_from": year, "created_to": year + timedelta(days=366)},
        "created on a day": {"created_from": year, "created_to": year + timedelta(days=1)},
        "updated on a day": {"updated_from": year, "updated_to": year + timedelta(days=1)},
        "updated since long ago": {"updated_from": _FIRST},
        "width from 1000": {"min_width": 1000},
        "width from 7990": {"min_width": 7990},
        "height to 210": {"max_height": 210},
        "size from 20 MB": {"min_size": 20_000_000},
        "size to 1 MB": {"max_size": 1_000_000},
    }
    words = {
        "word in all": "archiv",
        "word in one of 20": "see",
        "beginning of many": "ber",
        "word in one entry": "einzigartig",
        "word in none": "nirgends",
        "two words": "berlin archiv",
    }
    for name, more in alone.items():
        yield name, search.Query(project, 50, 50, **active | more), "newest"
    for name, text in words.items():
        given = active | {"words": searching.wanted(text)}
        yield f"{name}", search.Query(project, 50, 50, **given), "newest"
        yield f"{name}, by relevance", search.Query(project, 50, 50, **given), "relevance"
    together: dict[str, Any] = {"words": searching.wanted("see"), "orientation": -1}
    together |= {"mime_type": "image/jpeg", "created_from": year, "min_width": 2000}
    yield (
        "word, portrait, jpeg, since 2020, wide",
        search.Query(project, 50, 50, **active | together),
        "newest",
    )
    rare = active | {"system_name": "archive", "mime_type": "image/svg+xml", "orientation": 0}
    yield "system, rare kind, square", search.Query(project, 50, 50, **rare), "newest"


def fill(url: str, project: int, count: int) -> None:
    """Entries by COPY, and what autovacuum would do in time."""
    chance = random.Random(1)
    names = ["".join(chance.sample(_SYLLABLES, 2)).capitalize() for _ in range(400)]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "create temporary table written as select * from"
            f" (select {_ENTRIES} from entries limit 0) e"
        )
        connection.execute("alter table written add title_words text, add words text")
        statement = f"copy written ({_ENTRIES}, title_words, words) from stdin"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for number in range(count):
                copy.write_row(_row(number, count, project, chance, names))
        for table, columns, copied in (
            ("entries", _ENTRIES, _ENTRIES),
            ("entry_search", _SEARCH, _COPIED),
        ):
            with without_indexes(connection, table):
                connection.execute(f"insert into {table} ({columns}) select {copied} from written")
            connection.execute(f"vacuum analyze {table}")


@contextlib.contextmanager
def without_indexes(connection: psycopg.Connection[Any], table: str) -> Iterator[None]:
    """Indexes that no constraint needs are made when the block has filled the table."""
    rows = connection.execute(
        "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index i"
        " where indrelid = %s::regclass"
        " and not exists (select from pg_constraint c where c.conindid = i.indexrelid)",
        [table],
    ).fetchall()
    for name, _ in rows:
        connection.execute(f"drop index {name}".encode())
    yield
    connection.execute("set maintenance_work_mem = '512MB'")
    for _, definition in rows:
        connection.execute(definition.encode())


def _row(
    number: int, count: int, project: int, chance: random.Random, names: list[str]
) -> tuple[Any, ...]:
    at = _FIRST + timedelta(days=4000) * (number / count)
    title = f"{chance.choice(names)} {chance.choice(names)} {number}"
    if number == count // 3:
        title += " Einzigartig"
    words = " ".join([*_COMMON, *chance.choices(names, k=8), *chance.choices(_SYLLABLES, k=1)])
    width, height = chance.randint(200, 8000), chance.randint(200, 6000)
    if chance.random() < 0.005:
        height = width
    kind = chance.choice(_KINDS)
    return (
        *(f"{number:014}", project, "rare" if number % 50_000 == 7 else "archive", str(number)),
        *("graphic" if number % 20_000 == 3 else "image", title, '{"source": "Archiv"}'),
        *(f"default/{number}", int(chance.lognormvariate(14, 1)), width, height, kind, title),
        *(at, at, at if number % 100 == 1 else None),
        *(searching.folded(title), searching.folded(words)),
    )


if __name__ == "__main__":
    main()
