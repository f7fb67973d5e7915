"""A search goes by an index, whatever it asks: the plans of its statement."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from wirephoto.db import search
from wirephoto.library import search as finding

_ENTRIES = 20_000
_FILL = """
with project as (insert into projects (handle) values ('default') returning id)
insert into entry_search (entry_id, version, project_id, words, system_name, media_type, mime_type,
  asset_key, width, height, size, created_at, updated_at, archived)
select to_char(n, 'FM00000000'), 1, project.id,
  search_vector('title ' || n, case when n %% 5000 = 3 then 'rareword' else 'word' end),
  case when n %% 5000 = 1 then 'rare' else 'archive' end,
  case when n %% 5000 = 2 then 'graphic' else 'image' end,
  case when n %% 5000 = 4 then 'image/gif' else 'image/jpeg' end,
  'default/' || n, 200 + n %% 4000, 200 + n %% 3001, 1000 + n * 100,
  now() - make_interval(hours => n), now() - make_interval(hours => n), n %% 5000 = 5
from project, generate_series(1, %(count)s) n
"""
_NOW = datetime.now(UTC)
ASKED: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "entry_search_newest"),
    "media type": ({"media_type": "graphic"}, "entry_search_media_type"),
    "system": ({"system_name": "rare"}, "entry_search_system"),
    "kind": ({"mime_type": "image/gif"}, "entry_search_kind"),
    "orientation": ({"orientation": 0}, "entry_search_orientation"),
    "created": ({"created_to": _NOW - timedelta(hours=10_000)}, "entry_search_newest"),
    "updated": ({"updated_to": _NOW - timedelta(hours=_ENTRIES - 20)}, "entry_search_updated"),
    "wide": ({"min_width": 4199}, "entry_search_width"),
    "low": ({"max_height": 200}, "entry_search_height"),
    "large": ({"min_size": 2_000_900}, "entry_search_size"),
    "archived": ({"archived": True}, "entry_search_archived"),
    "revoked": ({"revoked": True, "archived": None}, "entry_search_asset"),
    "word": ({"words": ["rareword"]}, "entry_search_words"),
    "number": ({"words": ["1234", "title"]}, "entry_search_words"),
    "next page": ({"before_at": _NOW, "before_id": "x"}, "entry_search_newest"),
}


@pytest.fixture(scope="module")
def connection(module_database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(
        module_database_url, autocommit=True, cursor_factory=psycopg.ClientCursor
    ) as connection:
        connection.execute(_FILL, {"count": _ENTRIES})
        connection.execute("vacuum analyze entry_search")
        yield connection


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


@pytest.mark.parametrize("name", ASKED)
def test_a_search_goes_by_the_index_of_what_it_asks(
    connection: psycopg.Connection[Any], name: str
) -> None:
    more, index = ASKED[name]
    ((project,),) = connection.execute("select id from projects").fetchall()
    candidates = finding.RANKED if "words" in more else 51
    query = search.Query(project, 51, candidates, **({"archived": False, "revoked": False} | more))
    explained = b"explain (format json) " + search._SQL["page"]
    ((plan,),) = connection.execute(explained, asdict(query)).fetchall()
    found = list(nodes((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]))
    assert index in {node.get("Index Name") for node in found}
    scanned = {node["Relation Name"] for node in found if node["Node Type"] == "Seq Scan"}
    assert "entry_search" not in scanned
