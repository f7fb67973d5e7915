"""The processes that clean SVG: what happens in them stays in them, and fails one picture."""

import asyncio
import contextlib
import hashlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.files import builders
from tests.unit.inspection import judged
from wirephoto import errors, model
from wirephoto.pipeline.apart import pool as processes
from wirephoto.pipeline.inspection.apart import pool

SMALL = builders.svg("<script>alert(1)</script><rect/>")
SLOW = builders.svg('<rect style="fill:url(#a);stroke:red"/>' * 100_000)  # most of a second
LIMITS = judged.limits()


@pytest.fixture
async def children() -> AsyncIterator[pool.Pool]:
    made = pool.Pool()
    try:
        yield made
    finally:
        await made.close()
        assert not running()


def running() -> list[psutil.Process]:
    """Our children that clean."""
    found = psutil.Process().children()
    return [one for one in found if "inspection.apart.child" in " ".join(_command(one))]


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


async def busy() -> psutil.Process:
    """A child that is computing."""
    async with asyncio.timeout(60):
        while True:
            for one in running():
                with contextlib.suppress(psutil.NoSuchProcess):
                    if one.status() == psutil.STATUS_RUNNING and one.cpu_times().user > 0.15:
                        return one
            await asyncio.sleep(0.005)


def limits_of(process: psutil.Process) -> str:
    return Path(f"/proc/{process.pid}/limits").read_text()


async def failure(outcome: "asyncio.Task[model.Inspected]") -> errors.PictureError:
    with pytest.raises(errors.PictureError) as caught:
        await outcome
    return caught.value


async def test_a_child_is_started_for_the_first_drawing_and_kept(children: pool.Pool) -> None:
    assert not running()
    found = await children.clean_svg(SMALL, LIMITS)
    (first,) = running()
    assert found.picture == model.Picture(model.Kind.SVG, 10, 20)
    assert found.body.data == judged.cleaned(SMALL)
    assert found.body.sha256 == hashlib.sha256(judged.cleaned(SMALL)).digest()
    await children.clean_svg(SMALL, LIMITS)
    assert running() == [first]


async def test_drawings_wait_for_one_of_few_children(children: pool.Pool) -> None:
    found = await asyncio.gather(*(children.clean_svg(SMALL, LIMITS) for _ in range(50)))
    assert len({one.body.sha256 for one in found}) == 1
    assert len(running()) == pool.BOUNDS.children


@pytest.mark.parametrize(
    ("data", "kind", "word"),
    [
        (builders.svg("<g>" * 300), errors.UnsafeSvg, "deeper"),
        (builders.svg("<g>"), errors.NotAnImage, "well-formed"),
        (builders.svg()[:-3], errors.Truncated, "ends before"),
        (builders.svg() + b" " * 10_000_000, errors.TooLarge, "bytes"),
        (builders.svg(opening=builders.svg_open(width="200000", height="200000")),
         errors.TooManyPixels, "200000 x 200000"),
    ],
)  # fmt: skip
async def test_a_verdict_comes_back_as_it_was_given(
    children: pool.Pool, data: bytes, kind: type[errors.PictureError], word: str
) -> None:
    refused = await failure(asyncio.ensure_future(children.clean_svg(data, LIMITS)))
    assert type(refused) is kind
    assert word in refused.reason
    assert not refused.transient
    assert len(running()) == 1


@pytest.mark.parametrize(
    ("encoding", "taken"),
    [
        *((name, True) for name in ("utf-8", "latin1", "cp1252", "Shift_JIS", "gb18030", "koi8-r")),
        *((name, False) for name in ("UTF-7", "cp037", "x-none", "idna", "rot13", "undefined")),
    ],
)
async def test_a_child_knows_the_encodings_that_are_taken(
    children: pool.Pool, encoding: str, taken: bool
) -> None:
    data = builders.svg(before=f'<?xml version="1.0" encoding="{encoding}"?>')
    outcome = asyncio.ensure_future(children.clean_svg(data, LIMITS))
    if taken:
        assert (await outcome).picture.width == 10
    else:
        assert type(await failure(outcome)) is errors.NotAnImage


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-32-be"])
async def test_a_child_reads_unicode_of_any_width(children: pool.Pool, mark: str) -> None:
    data = builders.svg().decode().encode(mark)
    if mark == "utf-32-be":
        data = b"\0\0\xfe\xff" + data
    assert (await children.clean_svg(data, LIMITS)).body.data == judged.cleaned(builders.svg())


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
async def test_a_drawing_that_crashes_its_child_fails_alone(
    children: pool.Pool, number: signal.Signals
) -> None:
    outcome = asyncio.ensure_future(children.clean_svg(SLOW, LIMITS))
    killed = set()
    while not outcome.done():
        victim = asyncio.ensure_future(busy())
        await asyncio.wait({victim, outcome}, return_when=asyncio.FIRST_COMPLETED)
        if victim.done():
            victim.result().send_signal(number)
            killed.add(victim.result().pid)
            neighbour = await children.clean_svg(SMALL, LIMITS)
            assert neighbour.picture.width == 10
        victim.cancel()
    refused = await failure(outcome)
    assert type(refused) is errors.UnsafeSvg
    assert not refused.transient
    assert len(killed) == 2
    assert (await children.clean_svg(SMALL, LIMITS)).picture.width == 10
    assert not killed & {one.pid for one in running()}


async def test_a_drawing_whose_child_died_once_is_done_by_the_next(children: pool.Pool) -> None:
    outcome = asyncio.ensure_future(children.clean_svg(SLOW, LIMITS))
    (await busy()).kill()
    assert (await outcome).picture == model.Picture(model.Kind.SVG, 10, 20)


async def test_a_drawing_that_computes_without_end_is_ended_by_the_kernel() -> None:
    impatient = pool.Pool(replace(pool.BOUNDS, cpu_seconds=0))
    data = builders.svg('<rect style="fill:url(#a);stroke:red"/>' * 190_000)
    refused = await failure(asyncio.ensure_future(impatient.clean_svg(data, LIMITS)))
    assert type(refused) is errors.UnsafeSvg
    assert "too long" in refused.reason
    assert not running()


async def test_a_child_that_hangs_is_killed_after_its_time() -> None:
    impatient = pool.Pool(replace(pool.BOUNDS, answer_seconds=1.0))
    await impatient.clean_svg(SMALL, LIMITS)
    (stuck,) = running()
    stuck.suspend()
    refused = await failure(asyncio.ensure_future(impatient.clean_svg(SMALL, LIMITS)))
    assert type(refused) is errors.UnsafeSvg
    assert "too long" in refused.reason
    assert not running()
    assert (await impatient.clean_svg(SMALL, LIMITS)).picture.width == 10
    await impatient.close()


async def test_a_drawing_that_wants_more_memory_than_it_may_have_is_refused() -> None:
    narrow = pool.Pool(replace(pool.BOUNDS, memory_bytes=50_000_000))
    data = builders.svg(f'<path d="{"M0 0L1 1 " * 1_000_000}"/>')
    refused = await failure(asyncio.ensure_future(narrow.clean_svg(data, LIMITS)))
    assert type(refused) is errors.UnsafeSvg
    assert (await narrow.clean_svg(SMALL, LIMITS)).picture.width == 10
    await narrow.close()


async def test_who_is_cancelled_leaves_no_answer_for_the_next(children: pool.Pool) -> None:
    outcome = asyncio.ensure_future(children.clean_svg(SLOW, LIMITS))
    await busy()
    outcome.cancel()
    with pytest.raises(asyncio.CancelledError):
        await outcome
    assert not running()
    assert (await children.clean_svg(SMALL, LIMITS)).body.data == judged.cleaned(SMALL)


async def test_a_child_leaves_stopping_to_its_worker(children: pool.Pool) -> None:
    outcome = asyncio.ensure_future(children.clean_svg(SLOW, LIMITS))
    child = await busy()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        child.send_signal(number)
    assert (await outcome).picture.width == 10
    assert running() == [child]


async def test_a_child_knows_no_secret_and_holds_no_file(
    children: pool.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIREPHOTO_WEBHOOK_SECRET", "whsec_secret")
    await children.clean_svg(SMALL, LIMITS)
    (child,) = running()
    assert not [name for name in child.environ() if name not in processes.KEPT]
    assert child.num_fds() == 3
    assert not child.open_files()
    assert not child.net_connections()
    assert re.search(r"Max open files +0 +0 ", limits_of(child))
    if os.getuid() == 0:
        assert child.uids().effective == 65_534


def closed_in(code: str, *, threads: bool = False) -> str:
    """What a child gets when it tries that after it has given up its rights."""
    program = (
        "import os, socket, subprocess, sys, threading\n"
        "from wirephoto.pipeline.apart import confine\n"
        f"assert confine.close_doors(os.getppid(), 300_000_000, threads={threads})\n"
        f"try:\n    {code}\nexcept (OSError, RuntimeError, MemoryError) as refused:\n"
        "    print(type(refused).__name__)\nelse:\n    print('allowed')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    "code",
    [
        "open('/etc/passwd')",
        "open('/dev/null', 'w')",
        "socket.socket()",
        "socket.socketpair()",
        "os.pipe()",
        "os.dup(0)",
        "os.listdir('/')",
        "subprocess.run(['true'])",
        "bytes(300_000_000)",
    ],
)
def test_a_child_can_open_nothing_start_nothing_and_grow_only_so_far(code: str) -> None:
    assert closed_in(code) in {"OSError", "BlockingIOError", "MemoryError"}


def test_a_child_can_go_on_computing() -> None:
    assert closed_in("sum(range(1000))") == "allowed"


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("threading.Thread(target=int).start()", "allowed"),
        ("os.fork()", "PermissionError"),
        ("os.posix_spawn('/bin/true', ['true'], {})", "PermissionError"),
        ("os.execv('/bin/true', ['true'])", "PermissionError"),
    ],
)
def test_a_child_whose_library_needs_threads_can_start_those_alone(code: str, end: str) -> None:
    assert closed_in(code, threads=True) == end


def test_a_child_can_start_no_thread_unless_its_library_needs_some() -> None:
    assert closed_in("threading.Thread(target=int).start()") == "RuntimeError"


_PARENT = """
import asyncio
from tests.unit.inspection import judged
from tests.files import builders
from wirephoto.pipeline.inspection.apart import pool
import psutil
async def main():
    await pool.Pool().clean_svg(builders.svg(), judged.limits())
    print(psutil.Process().children()[0].pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


def test_a_child_dies_with_its_worker() -> None:
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        child.suspend()  # not by the end of its input: by the kernel
    finally:
        parent.kill()
        parent.wait()
        if parent.stdout is not None:
            parent.stdout.close()
    gone, alive = psutil.wait_procs([child], timeout=30)
    assert (gone, alive) == ([child], [])


async def test_a_child_that_cannot_be_started_is_no_fault_of_the_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: Callable[[], pool.Pool] = pool.Pool
    for program in ("/nonexistent/python", "/bin/false"):
        monkeypatch.setattr(sys, "executable", program)
        refused = await failure(asyncio.ensure_future(made().clean_svg(SMALL, LIMITS)))
        assert type(refused) is errors.Internal
        assert refused.transient
