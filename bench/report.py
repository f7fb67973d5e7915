"""The table for people, and the same as JSON for later."""

import dataclasses
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rich.console
import rich.table

from bench import curl, dated, installation, machine, measure


def show(
    settings: Sequence[measure.Setting], on: machine.Machine, how: installation.Installation
) -> None:
    console = rich.console.Console(highlight=False, soft_wrap=True)
    table = rich.table.Table(
        "setting", "what", "images/s", "MB/s", "median s", "fastest to slowest"
    )
    for setting in settings:
        for name, runs in (("curl -Z", setting.curl), ("wirephoto", setting.wirephoto)):
            table.add_row(setting.place.name, name, *_row(setting, runs))
        ratios = setting.ratios()
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        table.add_row("", "[bold]ratio[/]", f"[bold]{setting.ratio():.2f}[/]", "", "", spread)
        table.add_section()
    console.print(table)
    for line in (*_sizes(settings), _how(how), *_machine(on)):
        console.print(line)


def _row(setting: measure.Setting, runs: Sequence[measure.Run]) -> list[str]:
    seconds = [run.seconds for run in runs]
    return [
        f"{setting.images_a_second(runs):,.0f}",
        f"{setting.megabytes_a_second(runs):,.0f}",
        f"{statistics.median(seconds):.2f}",
        f"{min(seconds):.2f} to {max(seconds):.2f} s",
    ]


def _sizes(settings: Sequence[measure.Setting]) -> list[str]:
    first = settings[0]
    mean = first.size / first.images / 1e3
    return [f"{first.images:,} JPEGs of {mean:.0f} KB on average; {len(first.curl)} rounds"]


def _how(how: installation.Installation) -> str:
    given = f"{how.host_connections}, not as shipped" if how.host_connections else "as shipped"
    return (
        f"wirephoto: {how.workers} workers, connections to the origin {given}; "
        f"curl: {curl.AT_ONCE} at a time"
    )


def _machine(on: machine.Machine) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in on.versions.items())
    hardware = f"{on.cores} cores of {on.processor}, {on.memory_gigabytes:g} GB"
    return [
        f"{hardware}, Linux {on.kernel}, disk: {on.disk}, load at the start: {on.load:g}",
        versions,
    ]


def write(
    settings: Sequence[measure.Setting], on: machine.Machine, how: installation.Installation
) -> Path:
    """A new file of ``bench/results``, by its moment in UTC."""
    document = {
        "machine": dataclasses.asdict(on),
        "wirephoto": dataclasses.asdict(how),
        "settings": [_setting(setting) for setting in settings],
    }
    return dated.keep("line", document)


def _setting(setting: measure.Setting) -> dict[str, Any]:
    return {
        "place": dataclasses.asdict(setting.place),
        "images": setting.images,
        "bytes": setting.size,
        "ratio": round(setting.ratio(), 3),
        "ratios": [round(ratio, 3) for ratio in setting.ratios()],
        **{
            name: {
                "images_a_second": round(setting.images_a_second(runs), 1),
                "megabytes_a_second": round(setting.megabytes_a_second(runs), 1),
                "seconds": [round(run.seconds, 4) for run in runs],
            }
            for name, runs in (("curl", setting.curl), ("wirephoto", setting.wirephoto))
        },
    }
