"""``wirephoto jobs``, ``job``, ``retry`` and ``cancel``: imports as a person steers them."""

import itertools
import json
import sys
from collections import Counter
from dataclasses import asdict
from typing import Annotated, Any

import rich.box
import rich.console
import rich.markup
import rich.table
import typer

from wirephoto import client
from wirephoto.cli import connection

_SHOWN = 20
SOME_FAILED = 1
_Id = Annotated[str, typer.Argument(help="Id of the job.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


def jobs(
    server: connection.Server = None,
    token: connection.Token = None,
    profile: connection.Profile = "default",
    system_name: Annotated[
        str | None, typer.Option("--system", help="Only of this system.")
    ] = None,
    state: Annotated[str | None, typer.Option("--state", help="Only in this state.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most this many.")] = _SHOWN,
    as_json: _Json = False,
) -> None:
    """List imports, the newest first."""
    with connection.asked(server, token, profile) as opened:
        found = list(itertools.islice(opened.jobs(system_name=system_name, state=state), limit))
    if as_json:
        for one in found:
            _print(asdict(one.seen) if one.seen else {})
    else:
        rich.console.Console(width=None if sys.stdout.isatty() else 200).print(_table(found))


def _table(found: list[client.Job]) -> rich.table.Table:
    table = rich.table.Table(box=rich.box.SIMPLE)
    for name in ("id", "accepted", "system", "state"):
        table.add_column(name, no_wrap=True)
    for name in ("done", "total", "failed"):
        table.add_column(name, justify="right")
    for seen in (one.seen for one in found if one.seen):
        counters = seen.counters
        table.add_row(
            *(seen.id, seen.accepted_at[:19], rich.markup.escape(seen.system_name), seen.state),
            *(f"{count:,}" for count in (counters.done, counters.total, counters.failed)),
        )
    return table


def job(
    id: _Id,  # noqa: A002 - its name on the wire
    server: connection.Server = None,
    token: connection.Token = None,
    profile: connection.Profile = "default",
    follow: Annotated[bool, typer.Option("--follow", help="Until it is done.")] = False,
    as_json: _Json = False,
) -> None:
    """Show an import: where it is, and why pictures failed. Ends with 1 when some did."""
    with connection.asked(server, token, profile) as opened:
        asked = opened.job(id)
        seen = asked.wait(_line if not as_json else None) if follow else asked.progress()
        rows = list(asked.rows("failed")) if seen.finished else []
    if as_json:
        _print(asdict(seen) | {"rows": [asdict(row) for row in rows]})
    else:
        _line(seen)
        _causes(rows)
    if seen.failed:
        raise typer.Exit(SOME_FAILED)


def _line(seen: client.Progress) -> None:
    counters = seen.counters
    sys.stdout.write(
        f"{seen.id} {seen.state}: {counters.done:,} of {counters.total:,} done, "
        f"{counters.success:,} imported, {counters.skipped:,} unchanged, "
        f"{counters.failed:,} failed\n"
    )


def _causes(rows: list[client.Row]) -> None:
    for code, count in Counter(row.code for row in rows).most_common():
        sys.stdout.write(f"  {count:>8,}  {code}\n")
        for row in [row for row in rows if row.code == code][:3]:
            sys.stdout.write(f"            {row.id}: {row.reason}\n")


def retry(
    id: _Id,  # noqa: A002 - its name on the wire
    server: connection.Server = None,
    token: connection.Token = None,
    profile: connection.Profile = "default",
    code: Annotated[
        list[str] | None, typer.Option("--code", help="Only what failed with it; repeatable.")
    ] = None,
) -> None:
    """Try again what failed in an import; prints the id of the new one."""
    with connection.asked(server, token, profile) as opened:
        made = opened.job(id).retry(code or ())
    sys.stdout.write(f"{made.id}\n")


def cancel(
    id: _Id,  # noqa: A002 - its name on the wire
    server: connection.Server = None,
    token: connection.Token = None,
    profile: connection.Profile = "default",
) -> None:
    """End an import; what is done stays."""
    with connection.asked(server, token, profile) as opened:
        _line(opened.job(id).cancel())


def _print(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
