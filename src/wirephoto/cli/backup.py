"""``wirephoto backup``: an installation into a folder, also in the middle of imports."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from wirephoto import errors, settings, wiring
from wirephoto.backup import manifest, progress, taking
from wirephoto.cli import backup_display, database, options
from wirephoto.db import dump, embedded, pool
from wirephoto.pipeline.storage import marking


def backup(
    folder: Annotated[
        Path, typer.Argument(help="A new folder, or that of an earlier backup, which is replaced.")
    ],
    previous: Annotated[
        Path | None,
        typer.Option(
            help="An earlier backup on the same disk: pictures that it has are linked.",
            show_default=False,
        ),
    ] = None,
    without_storage: Annotated[
        bool, typer.Option("--without-storage", help="Leave the pictures to you.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    data_dir: options.DataDir = None,
) -> None:
    """Copy database, pictures and project files; imports may run meanwhile."""
    given = settings.load(data_dir=data_dir)
    if previous is not None and not previous.is_dir():
        sys.stderr.write(f"wirephoto: {previous} is not there: all pictures are copied\n")
        previous = None
    os.umask(0o077)  # all of it is ours alone: there are secrets in it
    storage = None if without_storage else wiring.folders(given).get("storage")
    with database.reached(given, embedded.Holder.COMMAND) as url, translated(folder):
        taking.refuse_nothing(url)
        taking.make_folder(folder, storage, dump.installation(url))
        if storage is not None:
            asyncio.run(_see_storage(given, url))
        with backup_display.opened(quiet=as_json) as show:
            seen = progress.Progress(show)
            taken = taking.take(
                url,
                folder.absolute(),
                release=wiring.RELEASE,
                storage=storage,
                projects=wiring.projects_folder(given),
                previous=previous,
                seen=seen,
            )
    _say(folder, taken, seen, as_json=as_json)


def _say(folder: Path, taken: manifest.Manifest, seen: progress.Progress, *, as_json: bool) -> None:
    if as_json:
        told = {**asdict(taken), "copied": seen.copied, "copied_bytes": seen.copied_bytes}
        sys.stdout.write(json.dumps(told) + "\n")
        return
    pictures = (
        "; the pictures are not in it"
        if taken.storage is None
        else f", and {taken.pictures} pictures of {taken.picture_bytes} bytes from {taken.storage}"
        f" ({seen.copied} copied)"
    )
    sys.stdout.write(f"{folder}: the database at {taken.schema}{pictures}\n")


async def _see_storage(given: settings.Settings, url: str) -> None:
    """An empty mount point is no storage."""
    storage = wiring.open_store(given)
    try:
        async with pool.opened(url, most=1, application="wirephoto backup") as opened:
            if await marking.settle(opened, storage) is not None:
                raise errors.OperatorError(
                    f"{storage.location} is not the folder that pictures were put into: "
                    "is it mounted?"
                )
    finally:
        await storage.close()


@contextlib.contextmanager
def translated(folder: Path) -> Iterator[None]:
    """What database and disk say, as the one line that a command ends with."""
    try:
        with database.translated():
            yield
    except OSError as fault:
        where = fault.filename or folder
        raise errors.OperatorError(f"{where}: {fault.strerror or fault}") from None
