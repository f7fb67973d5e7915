"""``wirephoto prune``: remove what is over."""

import asyncio
import json
import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from wirephoto import errors, settings, wiring
from wirephoto.cli import database, options
from wirephoto.db import embedded, pool
from wirephoto.pipeline.storage import marking
from wirephoto.retention import removal


def prune(
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=36_500,
            show_default=False,
            help="Days since a job ended (WIREPHOTO_JOB_DAYS); absent in both: all jobs stay.",
        ),
    ] = None,
    pictures: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=36_500,
            show_default=False,
            help="Days since an entry last referred to a picture (WIREPHOTO_PICTURE_DAYS, 1).",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    data_dir: options.DataDir = None,
) -> None:
    """Remove old jobs, pictures that nothing refers to, sessions and uploads that are over."""
    given = settings.load(data_dir=data_dir)
    periods = removal.Periods(
        jobs or given.job_days, pictures or given.picture_days or removal.LEAST_DAYS
    )
    with database.opened(given, embedded.Holder.COMMAND) as url:
        removed = asyncio.run(_prune(given, url, periods, dry=dry_run))
    _say(removed | {"dryRun": dry_run}, periods, as_json=as_json)


async def _prune(
    given: settings.Settings, url: str, periods: removal.Periods, *, dry: bool
) -> dict[str, Any]:
    storage = wiring.open_store(given)
    try:
        async with pool.opened(url, most=10, application="wirephoto prune") as opened:
            await marking.settle(opened, storage)
            removing = removal.Removal(opened, storage, dry)
            jobs = asdict(await removing.jobs(periods.job_days)) if periods.job_days else {}
            sessions = await removing.sessions()
            sent = await removing.uploads()
            pictures = asdict(await removing.pictures(periods.picture_days))
            return (
                {"jobs": 0, "images": 0} | jobs | {"sessions": sessions, "uploads": sent} | pictures
            )
    except errors.StorageFailed as failed:
        raise errors.OperatorError(f"{storage.location}: {failed}") from None
    except pool.DATABASE_AWAY as away:
        raise errors.OperatorError(f"the database went away: {database.first_line(away)}") from None
    finally:
        await storage.close()


def _say(removed: dict[str, Any], periods: removal.Periods, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(removed) + "\n")
        return
    verb = "would remove" if removed["dryRun"] else "removed"
    kept = "" if periods.job_days else " (no period is set for jobs: all stay)"
    sys.stdout.write(
        f"{verb} {removed['jobs']} jobs with {removed['images']} images{kept},"
        f" {removed['sessions']} sessions, {removed['uploads']} uploads,"
        f" {removed['pictures']} pictures\n"
    )
