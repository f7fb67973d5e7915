"""Manifests, one after the other, into one report: opened, resumed, counted, brought."""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from wirephoto.cli.import_ import counting, display, forecast, report, run, state, tally
from wirephoto.cli.import_.given import Given
from wirephoto.client.manifest import reading


def bring(given: Given, names: Sequence[str]) -> tally.Tally:
    """Import them all; what is remembered of how far they are goes when all are done.

    Raises:
        errors.OperatorError: a manifest, its state or the report cannot be used.
        client.ClientError: the server is away, or refuses.
        reading.Unreadable: a manifest is no manifest.
    """
    _check(given, names)
    states = [_state(given, name) for name in names]
    seen = tally.Tally()
    keep = max(one.report_bytes() for one in states)
    for name, kept in zip(names, states, strict=True):
        with given.reading.opened(name) as manifest:
            written = report.Report(given.report, manifest.names, keep, manifest.dialect)
            asyncio.run(_bring(given, name, manifest, kept, written, seen))
            keep = written.size
    for one in states:
        one.remove()
    return seen


def foresee(given: Given, names: Sequence[str]) -> forecast.Foreseen:
    """What they would become. Raises as ``bring``."""
    _check(given, names)
    found = forecast.Foreseen()
    size = 0
    with given.connection.opened() as server:
        for name in names:
            with given.reading.opened(name) as manifest:
                written = report.Report(given.report, manifest.names, size, manifest.dialect)
                forecast.add(found, given.order, server, manifest.rows, written)
                size = written.size
    return found


def _check(given: Given, names: Sequence[str]) -> None:
    """Before anything is sent: each can be opened, and none is named twice."""
    for name in names:
        if given.report is not None:
            report.fits(given.report, name)
        if name != reading.STANDARD_INPUT:
            with given.reading.opened(name):
                pass


def _state(given: Given, name: str) -> state.State:
    if name == reading.STANDARD_INPUT or not given.keep_state:
        return state.new()
    order = given.order
    identity = state.Identity(
        given.connection.server,
        order.system_name,
        order.update,
        order.batch,
        state.digest(Path(name)),
        dict(given.reading.named),
    )
    return state.opened(Path(name), identity, restart=given.restart)


async def _bring(
    given: Given,
    name: str,
    manifest: reading.Manifest,
    kept: state.State,
    written: report.Report,
    seen: tally.Tally,
) -> None:
    with display.opened(name, quiet=given.quiet) as shown, _counted(given, name, seen):
        async with given.connection.opened_async() as server:
            take = run.by_size(manifest.rows, given.order.batch)
            running = run.Run(given.order, server, kept, written, shown, seen, take)
            await running.bring()
        seen.total = seen.sent
        shown.show(seen)


@contextlib.contextmanager
def _counted(given: Given, name: str, seen: tally.Tally) -> Iterator[None]:
    """While this lasts the rows are counted, for who wants to know how long it takes."""

    def rows() -> Iterator[int]:
        with contextlib.suppress(reading.Unreadable), given.reading.opened(name) as manifest:
            for _ in manifest.rows:
                yield 0

    uncounted = name == reading.STANDARD_INPUT or given.quiet
    with contextlib.nullcontext() if uncounted else counting.counted(rows(), seen):
        yield
