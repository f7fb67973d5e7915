"""Keeps worker processes alive: one that dies is started again, after a breath that grows.

One that stands still, stopped or in a loop without end, is killed: others have its work by then,
and only its end frees what the kernel keeps for it, its connections to origins above all.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from collections.abc import Mapping

import structlog

from wirephoto import settings
from wirephoto.metrics import cells, families

STOP_SECONDS = 22.0  # longer than a worker takes to hand back its work
_SHORTEST_BREATH = 0.5
_LONGEST_BREATH = 10.0
_HEALTHY_SECONDS = 5.0
_LOOK_SECONDS = 1.0
_STILL_LOOKS = 30  # as the rescue; looks and not a clock: we may have stood still ourselves

log = structlog.get_logger(__name__)


def environment(given: settings.Settings, database_url: str) -> dict[str, str]:
    """What a worker process must be told of its parent's options; the rest it reads by itself."""
    return {
        "WIREPHOTO_DATABASE_URL": database_url,
        "WIREPHOTO_DATA_DIR": str(given.data_dir.absolute()),
        "WIREPHOTO_HOST": given.host,
        "WIREPHOTO_PORT": str(given.port),
    }


async def keep_alive(count: int, environment: Mapping[str, str], stop: asyncio.Event) -> None:
    """Run ``count`` workers until ``stop``; then end them all, by force if they do not."""
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(_keep_one(environment, stop))


async def _keep_one(environment: Mapping[str, str], stop: asyncio.Event) -> None:
    breath = _SHORTEST_BREATH
    place = secrets.token_hex(8)  # by which each knows what the one before it held
    counting = cells.CELLS.add_place()  # where each counts on, and shows its pulse
    while not stop.is_set():
        begun = asyncio.get_running_loop().time()
        process = await _start(environment, place, counting)
        await _until_ended(process, counting, stop)
        if stop.is_set():
            return
        lived = asyncio.get_running_loop().time() - begun
        breath = _SHORTEST_BREATH if lived > _HEALTHY_SECONDS else min(breath * 2, _LONGEST_BREATH)
        families.WORKERS_DIED.add()
        log.warning("worker_died", pid=process.pid, code=process.returncode, again_in=breath)
        await _sleep(breath, stop)


async def _start(
    environment: Mapping[str, str], place: str, counting: cells.Place
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # no module of the folder we happen to stand in
        "-m",
        "wirephoto.worker.process",
        str(os.getpid()),
        place,
        str(counting.descriptor),
        pass_fds=(counting.descriptor,),
        env={**os.environ, **environment},
        start_new_session=True,  # Ctrl-C reaches us alone; we tell them in order
    )


async def _until_ended(
    process: asyncio.subprocess.Process, counting: cells.Place, stop: asyncio.Event
) -> None:
    ended = asyncio.create_task(process.wait())
    stopped = asyncio.create_task(stop.wait())
    watch = asyncio.create_task(_kill_if_still(process, counting))
    try:
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        watch.cancel()
        await _end(process, ended)


async def _kill_if_still(process: asyncio.subprocess.Process, counting: cells.Place) -> None:
    """Kill a process whose pulse has stopped; one that has none yet has time to begin."""
    seen, looks, has_pulse = counting.pulse, 0, False
    while looks < _STILL_LOOKS:
        await asyncio.sleep(_LOOK_SECONDS)
        if counting.pulse != seen:
            seen, looks, has_pulse = counting.pulse, 0, True
        elif has_pulse:
            looks += 1
    log.warning("worker_stood_still", pid=process.pid)
    with contextlib.suppress(ProcessLookupError):
        process.kill()


async def _end(process: asyncio.subprocess.Process, ended: asyncio.Task[int]) -> None:
    """SIGTERM, and SIGKILL for one that does not heed it."""
    if not ended.done():
        process.send_signal(signal.SIGTERM)
        await asyncio.wait({ended}, timeout=STOP_SECONDS)
    if not ended.done():
        log.warning("worker_killed", pid=process.pid)
        process.kill()
    await ended


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
