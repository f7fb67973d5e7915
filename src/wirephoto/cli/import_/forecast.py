"""``wirephoto import --dry-run``: what each row would become, with nothing stored or fetched."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wirephoto import client
from wirephoto.cli.import_ import report, run, tally
from wirephoto.client.manifest import columns


@dataclass(slots=True)
class Foreseen(tally.Tally):
    """As a tally, with what would be created, updated and left alone."""

    create: int = 0
    update: int = 0
    exists: int = 0


def add(
    found: Foreseen,
    order: run.Order,
    server: client.Client,
    entries: Iterator[columns.Entry],
    written: report.Report,
) -> None:
    """Ask for each batch, in order, and count it in ``found``.

    Raises:
        client.ClientError: the server is away, or refuses more than single images.
    """
    while batch := list(itertools.islice(entries, order.batch)):
        failures = _batch(order, server, batch, found)
        found.sent += len(batch)
        found.failed += len(failures)
        found.causes = tally.merged(found.causes, tally.causes(failures))
        written.add(failures)


def _batch(
    order: run.Order, server: client.Client, batch: Sequence[columns.Entry], found: Foreseen
) -> list[report.Failure]:
    failures = [report.Failure(one, one.code, one.problem) for one in batch if not one.image]
    good = [one for one in batch if one.image is not None]
    images = [one.image for one in good if one.image is not None]
    if not images:
        return failures
    foreseen, refused = server.forecast_what_fits(
        images, system_name=order.system_name, update=order.update
    )
    failures += [report.Failure(good[at], run.REFUSED, why) for at, why in refused.items()]
    if foreseen is not None:
        taken = [one for at, one in enumerate(good) if at not in refused]
        found.create += foreseen.create
        found.update += foreseen.update
        found.exists += foreseen.exists
        failures += [
            report.Failure(entry, row.code, row.reason)
            for entry, row in zip(taken, foreseen.rows, strict=True)
            if row.state == "invalid"
        ]
    return failures
