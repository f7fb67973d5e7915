"""Processor time of one import by kind of process: workers, API, PostgreSQL and nginx.

It is steadier than the clock on a machine that does other things besides, if not steady: two
threads of one core take longer each.
"""

import shutil
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from bench import installation, pictures, wirephoto_run


def of_import(
    how: installation.Installation, album: pictures.Album, address: str, folder: Path
) -> dict[str, float]:
    """Microseconds a picture: by kind, ``all`` of them, and by the ``clock``.

    ``folder`` is made, and removed at the end.
    """
    spent: dict[str, float] = {}
    before: dict[int, float] = {}
    run = wirephoto_run.run(
        how,
        [f"{address}/{name}" for name in album.names],
        album.size,
        folder,
        begins=lambda: before.update(_by_process()),
        ends=lambda: spent.update(_since(before)),
    )
    shutil.rmtree(folder)
    count = len(album.names)
    microseconds = {kind: seconds * 1e6 / count for kind, seconds in sorted(spent.items())}
    return microseconds | {
        "all": sum(microseconds.values()),
        "clock": run.seconds * 1e6 / count,
    }


def medians(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {kind: round(statistics.median(one[kind] for one in rounds), 1) for kind in rounds[0]}


def _by_process() -> dict[int, float]:
    return {process.pid: sum(process.cpu_times()[:2]) for process in _ours()}


def _since(before: Mapping[int, float]) -> dict[str, float]:
    spent: dict[str, float] = defaultdict(float)
    for process in _ours():
        spent[installation.kind(process)] += sum(process.cpu_times()[:2]) - before.get(
            process.pid, 0.0
        )
    return spent


def _ours() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)
