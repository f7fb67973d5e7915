"""What is written by COPY is read as it was."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from wirephoto.db import accept, pool

ODD = st.sampled_from(
    ["\\", "\t", "\n", "\r", "\\N", "\\.", "\\t", "é", "\U0001f4f7", "a", ",", '"']
)
TEXTS = st.one_of(
    st.lists(ODD, min_size=1, max_size=6).map("".join),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1),
)
ROWS = st.tuples(TEXTS, TEXTS, TEXTS, st.one_of(st.just(""), TEXTS), TEXTS.map(json.dumps))

DIGESTS = st.none() | st.binary(min_size=32, max_size=32)
VERSIONED = st.tuples(ROWS, st.none() | TEXTS, DIGESTS)


@settings(max_examples=15)
@given(st.lists(VERSIONED, min_size=1, max_size=50))
async def test_any_version_comes_back_from_a_copy(
    database_url: str, rows: list[tuple[tuple[str, ...], str | None, bytes | None]]
) -> None:
    texts = [
        (*row, version or accept.NULL, accept.NULL if digest is None else "\\x" + digest.hex())
        for row, version, digest in rows
    ]
    async with (
        pool.opened(database_url, most=1, application="test") as database,
        database.connection() as connection,
    ):
        await connection.execute("truncate images")
        await accept.copy_images(connection, [accept.copy_block(1, 0, texts)], versioned=True)
        cursor = await connection.execute(
            "select url, checksum, sha256 from images where job_id = 1 order by position"
        )
        found = [tuple(row.values()) for row in await cursor.fetchall()]
    assert found == [(row[0], version, digest) for row, version, digest in rows]


@settings(max_examples=15)
@given(st.lists(ROWS, min_size=1, max_size=200))
async def test_any_text_comes_back_from_a_copy(
    database_url: str, rows: list[tuple[str, ...]]
) -> None:
    split = len(rows) // 2
    blocks = [accept.copy_block(1, 0, rows[:split])] if split else []
    blocks.append(accept.copy_block(1, split, rows[split:]))
    async with (
        pool.opened(database_url, most=1, application="test") as database,
        database.connection() as connection,
    ):
        await connection.execute("truncate images")
        await accept.copy_images(connection, blocks)
        cursor = await connection.execute(
            "select url, external_id, file_name, media_type, metadata::text as metadata, position"
            " from images where job_id = 1 order by position"
        )
        found: list[dict[str, Any]] = await cursor.fetchall()
    positions = [row.pop("position") for row in found]
    assert positions == list(range(len(rows)))
    assert [tuple(row.values()) for row in found] == rows
