"""What the demo shows: how an import goes on, what became of each image, how to go on by hand."""

import json
import shlex
from collections.abc import Iterable, Sequence
from typing import Any

import rich.console
import rich.markup
import rich.progress
import rich.table
import rich.text

from wirephoto.cli.demo import client

_STYLES = {"success": "green", "skipped": "cyan", "failed": "red"}
_WIDTH = 140  # columns where there is no terminal to ask

_COLUMNS = (
    rich.progress.TextColumn("{task.description}"),
    rich.progress.BarColumn(bar_width=32),
    rich.progress.MofNCompleteColumn(),
    rich.progress.TextColumn(
        "[green]{task.fields[success]} success[/] [cyan]{task.fields[skipped]} skipped[/] "
        "[red]{task.fields[failed]} failed[/]"
    ),
    rich.progress.TextColumn("{task.fields[rate]}"),
    rich.progress.TimeElapsedColumn(),
)


def console() -> rich.console.Console:
    """The terminal; where there is none, wide enough that nothing is folded."""
    found = rich.console.Console(highlight=False)
    return found if found.is_terminal else rich.console.Console(highlight=False, width=_WIDTH)


def follow(
    out: rich.console.Console, name: str, looks: Iterable[client.Progress]
) -> tuple[client.Row, ...]:
    """Show the job until it is finished; its rows."""
    return _live(out, name, looks) if out.is_terminal else _plain(out, name, looks)


def _live(
    out: rich.console.Console, name: str, looks: Iterable[client.Progress]
) -> tuple[client.Row, ...]:
    rows: tuple[client.Row, ...] = ()
    with rich.progress.Progress(*_COLUMNS, console=out) as bar:
        task = bar.add_task(name, total=None, success=0, skipped=0, failed=0, rate="")
        for look in looks:
            now = look.counters
            elapsed = bar.tasks[task].elapsed or 0
            bar.update(
                task,
                total=now.total,
                completed=now.done,
                success=now.success,
                skipped=now.skipped,
                failed=now.failed,
                rate=f"{now.done / elapsed:.0f}/s" if elapsed and now.done else "",
            )
            rows = look.rows or rows
    return rows


def _plain(
    out: rich.console.Console, name: str, looks: Iterable[client.Progress]
) -> tuple[client.Row, ...]:
    rows: tuple[client.Row, ...] = ()
    shown: client.Counters | None = None
    for look in looks:
        now = look.counters
        if now != shown:
            counted = f"{now.success} success, {now.skipped} skipped, {now.failed} failed"
            out.print(f"{name}: {now.done} of {now.total} ({counted})")
            shown = now
        rows = look.rows or rows
    return rows


def table(out: rich.console.Console, rows: Sequence[client.Row], most: int) -> None:
    """Every failure with its reason, ``most`` of the others from all over, and how many more."""
    shown = rich.table.Table("id", "title", "size", "kind", "state", box=None, pad_edge=False)
    well = [row for row in rows if row.state != "failed"]
    few = well[:: max(1, -(-len(well) // most))]
    for row in few:
        shown.add_row(
            rich.text.Text(row.id),
            rich.text.Text(row.title),
            f"{row.width} x {row.height}",
            row.mime_type.removeprefix("image/").removesuffix("+xml"),
            rich.text.Text(row.state, _STYLES.get(row.state, "")),
        )
    if len(well) > len(few):
        shown.add_row(f"… and {len(well) - len(few)} more")
    for row in rows:
        if row.state == "failed":
            why = f"failed: {row.code}, {row.reason}"
            shown.add_row(
                rich.text.Text(row.id),
                rich.text.Text(row.title),
                "",
                "",
                rich.text.Text(why, "red"),
            )
    out.print(shown)


def by_hand(
    out: rich.console.Console, api: client.Client, image: dict[str, Any], picture: str
) -> None:
    """How to call the API: real address, real token, a batch of one image."""
    body = json.dumps({"systemName": "by-hand", "images": [image]}, indent=1, ensure_ascii=False)
    imports = f"{api.address}/api/v1/import/images"
    library = f"{api.address}/api/v1/mediaLibrary?systemName=by-hand&externalId={image['id']}"
    header = '-H "Authorization: Bearer $TOKEN"'
    out.print("\n[bold]Now by hand[/], in another terminal: post a picture, ask for it, find it\n")
    _raw(out, f"TOKEN={shlex.quote(api.token)}")
    _raw(out, f'curl {header} -H "Content-Type: application/json" {imports} -d {shlex.quote(body)}')
    _raw(out, f'curl {header} "{imports}/status?id=…"')
    _raw(out, f'curl {header} "{library}"')
    out.print("\n[bold]A picture as it is stored[/]")
    _raw(out, picture)
    out.print("\n[bold]What the API takes and answers[/]")
    _raw(out, f"{api.address}/openapi.json")


def _raw(out: rich.console.Console, text: str) -> None:
    """A line to copy: no markup, never folded."""
    out.print(rich.text.Text(text), soft_wrap=True)
