"""Places of worker processes: who is dead is known at once, and who stands still is not dead."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures import ledger
from tests.integration.path.conftest import Desk
from wirephoto import errors
from wirephoto.db import places, workers
from wirephoto.worker import rescue

HOLDER = """
import asyncio, pathlib, sys
from wirephoto.db import places
async def hold():
    async with places.held(pathlib.Path(sys.argv[1]), sys.argv[2]) as held:
        print(held, flush=True)
        await asyncio.Event().wait()
asyncio.run(hold())
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, at the place ``a``."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path / "places", "a"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        yield process
        process.kill()


async def is_vacant(folder: Path, name: str = "a") -> bool:
    async with places.vacant(folder / "places", name) as vacant:
        return vacant


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_place_is_vacant_when_its_process_is_dead_and_not_before(
    tmp_path: Path, holder: subprocess.Popen[str], number: signal.Signals
) -> None:
    assert places.known(tmp_path / "places") == ["a"]
    assert not await is_vacant(tmp_path)
    holder.send_signal(signal.SIGSTOP)
    assert not await is_vacant(tmp_path)
    holder.send_signal(signal.SIGCONT)
    holder.send_signal(number)
    dead = os.WEXITED | os.WNOWAIT  # and nobody has waited for it
    await asyncio.to_thread(os.waitid, os.P_PID, holder.pid, dead)
    assert await is_vacant(tmp_path)


async def test_a_place_that_nobody_took_is_nobodys(tmp_path: Path) -> None:
    assert places.known(tmp_path / "places") == []
    assert not await is_vacant(tmp_path)


async def test_who_comes_while_a_place_is_taken_over_waits_and_has_a_place_of_its_own(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "places"
    async with places.held(folder, "a"):
        pass
    async with places.vacant(folder, "a") as vacant:
        assert vacant
        here, done = asyncio.Event(), asyncio.Event()
        coming = asyncio.create_task(_stay(folder, here, done))
        await asyncio.sleep(0.2)
        assert not here.is_set()
        places.give_up(folder, "a")
    await here.wait()
    assert places.known(folder) == ["a"]
    assert not await is_vacant(tmp_path)
    done.set()
    await coming


async def _stay(folder: Path, here: asyncio.Event, done: asyncio.Event) -> None:
    async with places.held(folder, "a") as held:
        assert held
        here.set()
        await done.wait()


async def test_a_place_that_another_process_keeps_is_refused(
    tmp_path: Path, holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_WAIT_SECONDS", 0.2)
    with pytest.raises(errors.OperatorError, match="another process has the place a"):
        async with places.held(tmp_path / "places", "a"):
            pass
    assert holder.poll() is None


async def test_where_no_place_can_be_locked_nobody_is_taken_for_dead(tmp_path: Path) -> None:
    (tmp_path / "places").write_text("not a folder")
    async with places.held(tmp_path / "places", "a") as held:
        assert not held
        assert not await is_vacant(tmp_path)


async def test_what_a_dead_process_held_goes_back_at_once_and_what_a_stopped_one_holds_does_not(
    desk: Desk, tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    async with desk.worker.database.connection() as connection:
        one = await workers.register(
            connection, host="here", pid=holder.pid, release="1", place="a"
        )
        ledger.rows(desk.url, "insert into origin_leases values ('http://a:80', %s, 16)", one)
    holder.send_signal(signal.SIGSTOP)
    await rescue.take_over(desk.worker.database, tmp_path / "places")
    assert ledger.value(desk.url, "select count(*) from origin_leases") == 1
    holder.kill()
    holder.wait()
    await rescue.take_over(desk.worker.database, tmp_path / "places")
    assert ledger.value(desk.url, "select count(*) from origin_leases") == 0
    assert ledger.value(desk.url, "select count(*) from workers where place = 'a'") == 0
    assert places.known(tmp_path / "places") == []
