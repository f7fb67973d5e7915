"""``wirephoto search``: entries of the library, as a table, as JSON Lines or as CSV."""

import csv
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from itertools import islice
from typing import Annotated

import rich.box
import rich.console
import rich.table
import rich.text
import typer

from wirephoto import client, errors
from wirephoto.cli import connection
from wirephoto.client import library
from wirephoto.client.manifest import formulas

_SHOWN = 50
_COLUMNS = (
    *("id", "systemName", "externalId", "title", "mediaType", "mimeType", "width", "height"),
    *("size", "url", "createdAt", "updatedAt", "metadata", formulas.GUARDED),
)
_Pixels = Annotated[int | None, typer.Option(min=0, help="In pixels.")]
_Bytes = Annotated[int | None, typer.Option(min=0, help="In bytes.")]
_When = Annotated[str | None, typer.Option(help="A date or a time by ISO 8601.")]


def search(  # noqa: PLR0913, PLR0917 - a command has its options
    words: Annotated[
        list[str] | None, typer.Argument(help="Words of titles and searchable properties.")
    ] = None,
    server: connection.Server = None,
    token: connection.Token = None,
    profile: connection.Profile = "default",
    system_name: Annotated[
        str | None, typer.Option("--system", help="Only of this system.")
    ] = None,
    media_type: Annotated[str | None, typer.Option(help="Only of this media type.")] = None,
    mime_type: Annotated[str | None, typer.Option(help="The kind, as image/jpeg.")] = None,
    orientation: Annotated[str | None, typer.Option(help="landscape, portrait or square.")] = None,
    state: Annotated[str | None, typer.Option(help="active, archived, revoked or any.")] = None,
    created_from: _When = None,
    created_to: _When = None,
    updated_from: _When = None,
    updated_to: _When = None,
    min_width: _Pixels = None,
    max_width: _Pixels = None,
    min_height: _Pixels = None,
    max_height: _Pixels = None,
    min_size: _Bytes = None,
    max_size: _Bytes = None,
    sort: Annotated[str | None, typer.Option(help="newest or relevance.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = _SHOWN,
    everything: Annotated[bool, typer.Option("--all", help="All that fit.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a line.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV.")] = False,
) -> None:
    """Search the library: entries that fit all that is asked, the newest first."""
    if as_json and as_csv:
        raise errors.OperatorError("--json and --csv: one of them")
    query = client.Query(
        search=" ".join(words) if words else None,
        system_name=system_name,
        media_type=media_type,
        mime_type=mime_type,
        orientation=orientation,
        state=state,
        created_from=created_from,
        created_to=created_to,
        updated_from=updated_from,
        updated_to=updated_to,
        min_width=min_width,
        max_width=max_width,
        min_height=min_height,
        max_height=max_height,
        min_size=min_size,
        max_size=max_size,
        sort=sort,
    )
    show = _lines if as_json else _csv if as_csv else _table
    page = library.MOST_ENTRIES if everything else min(limit, library.MOST_ENTRIES)
    with connection.asked(server, token, profile) as opened:
        found = opened.search(query, page_size=page)
        show(found if everything else islice(found, limit))


def _lines(found: Iterable[client.Entry]) -> None:
    for entry in found:
        sys.stdout.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")


def _csv(found: Iterable[client.Entry]) -> None:
    out = csv.writer(sys.stdout, quoting=csv.QUOTE_ALL, lineterminator="\n")
    out.writerow(_COLUMNS)
    out.writerows(_cells(entry) for entry in found)


def _cells(entry: client.Entry) -> list[str]:
    """One row; what a spreadsheet would run gets a ``'`` in front, and its column is named."""
    asset, texts = entry.asset, (entry.id, entry.system_name, entry.external_id, entry.title)
    cells = (
        *(*texts, entry.media_type, asset.mime_type, str(asset.width), str(asset.height)),
        *(str(asset.size), asset.url, entry.created_at, entry.updated_at),
        json.dumps(dict(entry.metadata), ensure_ascii=False),
    )
    safe, guarded = formulas.guard_row(dict(zip(_COLUMNS, cells, strict=False)))
    return [*safe.values(), guarded]


def _table(found: Iterable[client.Entry]) -> None:
    table = rich.table.Table(box=rich.box.SIMPLE)
    for name in ("id", "title", "system", "external id", "kind"):
        table.add_column(name, overflow="fold")
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("created", no_wrap=True)
    for entry in found:
        asset = entry.asset
        shown = (entry.id, entry.title, entry.system_name, entry.external_id, asset.mime_type)
        size = f"{asset.width} × {asset.height}"  # noqa: RUF001 - that sign is meant
        table.add_row(*map(_shown, shown), size, entry.created_at[:19])
    rich.console.Console(width=None if sys.stdout.isatty() else 200).print(table)


def _shown(text: str) -> rich.text.Text:
    """A text of somebody else's on a terminal: no control sequences, no markup."""
    return rich.text.Text("".join(one if one.isprintable() else "�" for one in text))
