"""``wirephoto import``: its options, and what it does in what order."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from wirephoto import client, errors
from wirephoto.cli import connection
from wirephoto.cli.import_ import local, manifests, run, summary, watching
from wirephoto.cli.import_.given import Given, Reading
from wirephoto.client import batches
from wirephoto.client.manifest import reading

POLICIES = ("changed", "always", "never", "untouched")
SOME_FAILED = 1
INTERRUPTED = 130


def import_(  # noqa: PLR0913, PLR0917 - a command has its options
    manifest: Annotated[
        list[str],
        typer.Argument(
            help="CSV, JSON Lines, JSON or Parquet that lists pictures, - for standard input; "
            "or folders and pictures of this machine."
        ),
    ],
    system_name: Annotated[
        str, typer.Option("--system", help="systemName: the system the pictures come from.")
    ],
    server: connection.Server = None,
    token: connection.Token = None,
    profile: connection.Profile = "default",
    report_file: Annotated[
        Path | None,
        typer.Option(
            "--report", help="File for the rows that failed: CSV, or JSON Lines by its name."
        ),
    ] = None,
    update: Annotated[
        str | None,
        typer.Option(
            "--update", help=f"What becomes of pictures that are there: {', '.join(POLICIES)}."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, store and fetch nothing.")
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", help="Go on with what comes into a folder or a manifest, until Ctrl-C."
        ),
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget how far an earlier run came.")
    ] = False,
    keep_state: Annotated[
        bool,
        typer.Option("--state/--no-state", help="Keep beside the manifest how far the import is."),
    ] = True,
    batch: Annotated[
        int, typer.Option("--batch", min=1, max=100_000, help="Rows a request.")
    ] = batches.MOST_IMAGES,
    media_type: Annotated[
        str | None, typer.Option("--media-type", help="Of local pictures; absent: image.")
    ] = None,
    links: Annotated[
        bool, typer.Option("--links", help="Follow links in folders; they are left out else.")
    ] = False,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Of the manifest; found out where absent.")
    ] = None,
    separator: Annotated[
        str | None, typer.Option("--separator", help="Of a CSV; found out where absent.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="Of a CSV: what is called otherwise there, as url=Adresse."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say how it ended as one JSON document.")
    ] = False,
) -> None:
    """Import the pictures of manifests or folders; a second run goes on where one stopped.

    Ends with 0 when all are in, 1 when some failed, 2 when it could not run.
    """
    if watch and (dry_run or len(manifest) > 1):
        raise errors.OperatorError("--watch takes one folder or manifest, and no --dry-run")
    given = Given(
        connection.found(server, token, profile),
        run.Order(system_name, _policy(update), batch, media_type),
        report_file,
        Reading(encoding, _one_character(separator), _named(column or [])),
        quiet=as_json,
        restart=restart,
        keep_state=keep_state,
        links=links,
    )
    try:
        if dry_run:
            failed = _look(given, manifest, as_json)
        else:
            failed = _bring(given, manifest, as_json, watch=watch)
    except (client.ClientError, reading.Unreadable) as fault:
        raise errors.OperatorError(str(fault)) from None
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. The server goes on with what was sent; run it again to go on.\n")
        raise typer.Exit(INTERRUPTED) from None
    if failed:
        raise typer.Exit(SOME_FAILED)


def _bring(given: Given, names: Sequence[str], as_json: bool, *, watch: bool) -> int:
    begun = time.monotonic()
    is_local = _are_local(names)
    if watch:
        seen = watching.watch(given, names[0])
    else:
        seen = local.bring(given, names) if is_local else manifests.bring(given, names)
    seconds = time.monotonic() - begun
    if as_json:
        summary.program(seen, seconds)
    else:
        summary.people(seen, seconds, given.report, is_local=is_local)
    return seen.failed


def _look(given: Given, names: Sequence[str], as_json: bool) -> int:
    is_local = _are_local(names)
    found = local.foresee(given, names) if is_local else manifests.foresee(given, names)
    summary.foreseen(found, as_json=as_json)
    return found.failed


def _are_local(names: Sequence[str]) -> bool:
    """Whether all are folders or pictures, rather than manifests.

    Raises:
        errors.OperatorError: some are, or one is named twice.
    """
    found = [local.is_local(name) for name in names]
    if any(found) and not all(found):
        raise errors.OperatorError("name either manifests or folders and pictures, not both")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise errors.OperatorError(f"{twice}: is named twice")
    return any(found)


def _policy(update: str | None) -> str | None:
    if update is not None and update not in POLICIES:
        raise errors.OperatorError(f"--update: {update!r} is none of {', '.join(POLICIES)}")
    return update


def _named(given: Sequence[str]) -> dict[str, str]:
    """From the column of the file to our name of it."""
    found: dict[str, str] = {}
    for one in given:
        ours, equals, theirs = (part.strip() for part in one.partition("="))
        if not (ours and equals and theirs):
            raise errors.OperatorError(f"--column: {one!r} is not of the form url=NAME")
        if theirs in found or ours in found.values():
            raise errors.OperatorError(f"--column: {one!r} names one a second time")
        found[theirs] = ours
    return found


def _one_character(separator: str | None) -> str | None:
    found = {"tab": "\t", "\\t": "\t"}.get(separator or "", separator)
    if found is not None and len(found) != 1:
        raise errors.OperatorError("--separator: must be one character, or tab")
    return found
