"""The body on its way, where a task and its thread get out of step."""

import asyncio
import hashlib
import os
from pathlib import Path

from wirephoto.pipeline import leftover
from wirephoto.pipeline.fetch import spool


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def test_a_write_that_comes_after_the_removal_opens_no_file(tmp_path: Path) -> None:
    file = spool._TemporaryFile(tmp_path)
    file.remove()
    file.write([b"late"])

    assert not files(tmp_path)


def test_a_write_after_the_removal_of_an_open_file_does_nothing(tmp_path: Path) -> None:
    file = spool._TemporaryFile(tmp_path)
    file.write([b"first"])
    file.remove()
    file.write([b"late"])

    assert not files(tmp_path)


async def test_a_flush_cancelled_at_any_moment_leaves_no_file(tmp_path: Path) -> None:
    for steps in range(6):
        body = spool.Spool(tmp_path, 10)
        body.add(b"a" * 3_000_000)
        task = asyncio.create_task(body.flush())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await body.discard()
        assert not files(tmp_path)


async def test_a_body_that_was_finished_and_then_discarded_is_gone(tmp_path: Path) -> None:
    body = spool.Spool(tmp_path, 10)
    body.add(b"a" * 11)
    await body.flush()
    assert (await body.finish()).path is not None
    await body.discard()

    assert not files(tmp_path)


async def test_blocks_in_memory_and_in_the_file_make_one_body(tmp_path: Path) -> None:
    blocks = [bytes([number]) * 400_000 for number in range(9)]
    body = spool.Spool(tmp_path, 1_000_000)
    for block in blocks:
        if body.add(block):
            await body.flush()
    done = await body.finish()

    assert done.path is not None
    assert done.path.read_bytes() == b"".join(blocks)
    assert done.sha256 == hashlib.sha256(b"".join(blocks)).digest()
    assert done.size == 3_600_000
    assert done.path.name.startswith(spool.FILE_PREFIX)


async def test_the_sweep_takes_old_files_of_ours_alone(tmp_path: Path) -> None:
    old, young, foreign = (
        tmp_path / name for name in ("fetch-old", "fetch-young", "somebody-elses")
    )
    for path in (old, young, foreign):
        path.write_bytes(b"x")
    for path in (old, foreign):
        os.utime(path, (0, 0))

    assert await spool.sweep(tmp_path, leftover.Aged(3600)) == 1
    assert set(files(tmp_path)) == {young, foreign}
