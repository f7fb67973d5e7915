"""The command: everything started, two imports, and how to go on by hand."""

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import rich.console
import typer

from wirephoto import errors
from wirephoto.cli.demo import client, display, origin, place, samples, service, stopping, verdict

_WATCH_SECONDS = 0.5
_ROUNDS = (  # name, state of the good ones, how many of those are shown
    ("first import", "success", 10),
    ("second import, the same batch", "skipped", 3),
)


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End after the imports; exit 1 if they differ.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 0,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the demo alone (./wirephoto-demo; with --once a temporary one).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Start everything in a folder of its own and import fifty pictures of its own making."""
    samples.check()
    out = display.console()
    stop = stopping.Stop()
    with stop.listening():
        try:
            with place.opened(data_dir, fresh=once) as found:
                code = _run(out, found, stop, port, once=once)
        except stopping.Stopped:
            code = 128 + (stop.number or signal.SIGINT)
    sys.exit(code)


def _run(
    out: rich.console.Console, found: place.Place, stop: stopping.Stop, port: int, *, once: bool
) -> int:
    if found.note:
        out.print(found.note, markup=False, soft_wrap=True)
    with contextlib.ExitStack() as started:
        wirephoto = service.Service(found.folder, stop)
        started.callback(wirephoto.stop)
        wirephoto.start(port)
        out.print("painting the pictures, starting wirephoto …")
        good = samples.painted()
        address = wirephoto.address()
        out.print(f"wirephoto listens on {address}, its data is in {found.folder}", soft_wrap=True)
        api = client.Client(address, wirephoto.token())
        at = started.enter_context(origin.running(good, samples.BAD_APPLES))
        with _explained(wirephoto):
            rounds = _imports(out, api, client.batch(at, good, samples.BAD_APPLES))
        if once:
            return _judged(out, rounds, good)
        _by_hand(out, api, at, good, rounds)
        return _stay(out, wirephoto)


@contextlib.contextmanager
def _explained(wirephoto: service.Service) -> Iterator[None]:
    """Where the API failed since its process ended, that is the reason to show."""
    try:
        yield
    except errors.OperatorError:
        wirephoto.check()
        raise


def _imports(
    out: rich.console.Console, api: client.Client, batch: dict[str, Any]
) -> list[tuple[client.Row, ...]]:
    """The same batch twice; the second time there is nothing to do."""
    rounds = []
    for name, _, shown in _ROUNDS:
        job = api.post(batch)
        out.print(f"\n{name}: {len(batch['images'])} pictures, job {job}")
        rows = display.follow(out, name.partition(",")[0], api.follow(job, len(batch["images"])))
        display.table(out, rows, shown)
        rounds.append(rows)
    return rounds


def _judged(
    out: rich.console.Console,
    rounds: list[tuple[client.Row, ...]],
    good: list[samples.Sample],
) -> int:
    lines = [
        f"{name}: {line}"
        for (name, state, _), rows in zip(_ROUNDS, rounds, strict=True)
        for line in verdict.differences(rows, state, good, samples.BAD_APPLES)
    ]
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)
    if not lines:
        out.print("as it must be: all in, then skipped; the two bad apples failed, both times")
    return 1 if lines else 0


def _by_hand(
    out: rich.console.Console,
    api: client.Client,
    at: str,
    good: list[samples.Sample],
    rounds: list[tuple[client.Row, ...]],
) -> None:
    picture = next((row.url for row in rounds[-1] if row.url), "")
    display.by_hand(out, api, client.image(at, good[0]), picture)


def _stay(out: rich.console.Console, wirephoto: service.Service) -> int:
    """Until Ctrl-C; 0 then."""
    try:
        out.print("\nCtrl-C ends everything.")
        while True:
            wirephoto.check()
            time.sleep(_WATCH_SECONDS)
    except stopping.Stopped:
        out.print("stopping …")
        return 0
