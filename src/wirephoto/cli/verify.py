"""``wirephoto verify``: prove that nothing is lost, doubled or left over."""

import asyncio
import json
import sys
from dataclasses import asdict
from typing import Annotated, Any

import rich.console
import rich.progress
import typer

from wirephoto import errors, settings, wiring
from wirephoto.cli import database, options
from wirephoto.db import embedded, pool
from wirephoto.db import verify as rows
from wirephoto.pipeline.storage import marking
from wirephoto.verify import report, run


def verify(
    deep: Annotated[
        bool, typer.Option("--deep", help="Read all pictures again and compare their SHA-256.")
    ] = False,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="Remove what nothing refers to and is older than a day; mend what is searched.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="A JSON object a line, the summary last.")
    ] = False,
    data_dir: options.DataDir = None,
) -> None:
    """Prove that database and storage agree: exit code 0; 1 says that something is wrong."""
    given = settings.load(data_dir=data_dir)
    with database.opened(given, embedded.Holder.COMMAND) as url:
        wrong = asyncio.run(_verify(given, url, deep=deep, repair=repair, as_json=as_json))
    if wrong:
        sys.exit(1)


async def _verify(
    given: settings.Settings, url: str, *, deep: bool, repair: bool, as_json: bool
) -> int:
    """How much is wrong."""
    storage = wiring.open_store(given)
    problem = None
    found = report.Report(_json_line if as_json else _line)
    try:
        async with pool.opened(url, most=10, application="wirephoto verify") as opened:
            await marking.settle(opened, storage)
            before = await run.extent(opened)
            with _progress(before.blobs) as progress:
                task = progress.add_task("", total=before.blobs)
                found.show = lambda now: progress.update(
                    task, description=now.stage, completed=now.objects
                )
                temporary = wiring.temporary_folder(given)
                await run.verify(opened, storage, temporary, found, deep=deep, repair=repair)
        _summary(before, found, deep=deep, as_json=as_json)
    except* errors.StorageFailed as failed:
        problem = f"{storage.location}: {_first(failed)}"
    except* pool.DATABASE_AWAY as away:
        problem = f"the database went away: {database.first_line(_first(away))}"
    finally:
        await storage.close()
    if problem is not None:  # not above: what is raised in there comes out as a group
        raise errors.OperatorError(problem)
    return found.findings


def _first(group: BaseException) -> Exception:
    while isinstance(group, BaseExceptionGroup):
        group = group.exceptions[0]
    assert isinstance(group, Exception)
    return group


def _progress(total: int) -> rich.progress.Progress:
    """On the terminal alone; what is found stays above it."""
    return rich.progress.Progress(
        rich.progress.TextColumn(
            "{task.description}: {task.completed} of about {task.total} pictures"
        ),
        rich.progress.BarColumn(),
        rich.progress.TimeRemainingColumn(),
        console=rich.console.Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty() or not total,
    )


def _line(found: report.Found) -> None:
    mark = "wrong" if found.is_wrong else "note "
    sys.stdout.write(f"{mark} {found.kind:20} {_printable(found.subject)}: {found.problem}\n")


def _json_line(found: report.Found) -> None:
    subject = _printable(found.subject)
    _dump(
        {"kind": found.kind, "wrong": found.is_wrong, "subject": subject, "problem": found.problem}
    )


def _dump(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")


def _printable(text: str) -> str:
    """File names may hold bytes that are no text."""
    return text.encode(errors="backslashreplace").decode()


def _summary(before: rows.Extent, found: report.Report, *, deep: bool, as_json: bool) -> None:
    if as_json:
        _dump(
            {
                "findings": found.findings,
                "counts": dict(found.counts),
                "looked_at": asdict(before) | {"objects": found.objects},
                "bytes_read": found.bytes_read,
            }
        )
        return
    write = sys.stdout.write
    write(
        f"looked at {before.jobs} jobs, {before.entries} entries, {before.blobs} pictures and"
        f" {found.objects} objects"
        + (f", and read {found.bytes_read} bytes" if deep else "")
        + f"; in flight: {before.jobs_in_flight} jobs, {before.chunks_in_flight} chunks,"
        f" {before.puts_in_flight} pictures\n"
    )
    for kind, count in sorted(found.counts.items()):
        write(f"{count:8} {report.FINDINGS.get(kind) or report.NOTES[kind]}\n")
    write("nothing is wrong\n" if not found.findings else f"{found.findings} findings\n")
