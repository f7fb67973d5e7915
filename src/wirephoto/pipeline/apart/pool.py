"""The parent's side: children that are started when needed, asked one thing at a time, replaced.

The first is started for the first picture that needs one, further ones while all are at work. A
child that dies, or does not answer in time, is gone with the picture it had; the next picture finds
a fresh one.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
import structlog

from wirephoto import errors
from wirephoto.pipeline.apart import message

_START_SECONDS = 60.0
_FAREWELL_SECONDS = 0.2  # for one that is idle or dying to end by itself, and so say of what
KEPT = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH")  # of the environment: no secrets
_BROKEN = (asyncio.IncompleteReadError, ConnectionError, msgspec.MsgspecError)

_Answer = TypeVar("_Answer")
log = structlog.get_logger(__name__)


class Died(errors.WirephotoError):
    """The child ended, or said what no child says, instead of answering."""


class Endless(errors.WirephotoError):
    """The child computed for longer than it may, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one pool.

    Args:
        children: at once.
        memory_bytes: of address space, each.
        cpu_seconds: of computing, each job.
        answer_seconds: by the clock, each job: the machine may be busy.
        niceness: 0 to 19; the higher, the more it leaves to others.
    """

    children: int
    memory_bytes: int
    cpu_seconds: int
    answer_seconds: float
    niceness: int = 0


class Pool(Generic[_Answer]):
    """Processes of one module; safe to use from many tasks of one loop.

    Args:
        module: what a child runs; not imported here: its libraries are native.
        answers: what a child may say.
    """

    def __init__(self, module: str, answers: msgspec.json.Decoder[_Answer], bounds: Bounds) -> None:
        self._module = module
        self._answers = answers
        self._bounds = bounds
        self._idle: list[Child[_Answer]] = []
        self._slots = asyncio.Semaphore(bounds.children)

    async def ask(self, job: msgspec.Struct, data: bytes, *, most: int) -> tuple[_Answer, bytes]:
        """The answer and its bytes, ``most`` at most.

        What killed its child is tried once more in a fresh one: the kernel may have taken the first
        for want of memory elsewhere.

        Raises:
            Died: two children died of it.
            Endless: it came to no end.
            errors.Internal: transient; no child starts.
        """
        try:
            return await self._ask(job, data, most)
        except Died:
            return await self._ask(job, data, most)

    async def close(self) -> None:
        """End the children that wait for work; those at work end with their callers."""
        while self._idle:
            await self._idle.pop().end()

    async def _ask(self, job: msgspec.Struct, data: bytes, most: int) -> tuple[_Answer, bytes]:
        async with self._slots, self._child() as child:
            try:
                async with asyncio.timeout(self._bounds.answer_seconds):
                    return await child.ask(job, data, self._bounds.cpu_seconds, most)
            except TimeoutError:
                log.warning("picture_process_stuck", pid=child.pid)
                raise Endless from None

    @contextlib.asynccontextmanager
    async def _child(self) -> AsyncIterator["Child[_Answer]"]:
        """One that is idle, or a new one; kept only if it did what it was asked."""
        child = self._idle.pop() if self._idle else await self._start()
        try:
            yield child
        except BaseException:  # a cancelled one is in the middle of its answer
            await asyncio.shield(child.end())
            raise
        self._idle.append(child)

    async def _start(self) -> "Child[_Answer]":
        """A child that is ready.

        Raises:
            errors.Internal: transient; it does not start.
        """
        bounds = self._bounds
        given = (os.getpid(), bounds.memory_bytes, bounds.niceness)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # no module of the folder we happen to stand in
                "-m",
                self._module,
                *map(str, given),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                cwd="/",
                env={name: os.environ[name] for name in KEPT if name in os.environ},
            )
        except OSError as failure:
            log.warning("picture_process_not_started", problem=os.strerror(failure.errno or 0))
            raise errors.Internal("a process could not be started", transient=True) from None
        child = Child(process, self._answers)
        try:
            await child.wait_until_ready()
        except BaseException:
            await asyncio.shield(child.end())
            raise
        return child


class Child(Generic[_Answer]):
    """One process and the pipes to it."""

    def __init__(
        self, process: asyncio.subprocess.Process, answers: msgspec.json.Decoder[_Answer]
    ) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._to, self._from = process.stdin, process.stdout
        self._answers = answers

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(
        self, job: msgspec.Struct, data: bytes, cpu_seconds: int, most: int
    ) -> tuple[_Answer, bytes]:
        """The answer and its bytes; ``Died`` where there is none."""
        try:
            self._to.write(message.job(job, data, cpu_seconds))
            self._to.write(data)
            await self._to.drain()
            return await self._answer(most)
        except _BROKEN:
            code = await self.end()
            log.warning("picture_process_died", pid=self.pid, code=code)
            if code == -signal.SIGXCPU:
                raise Endless from None
            raise Died from None

    async def _answer(self, most: int) -> tuple[_Answer, bytes]:
        header, body = message.LENGTHS.unpack(await self._from.readexactly(message.LENGTHS.size))
        if header > message.MAX_HEADER_BYTES or body > most:
            raise msgspec.ValidationError("an answer longer than any")
        answer = self._answers.decode(await self._from.readexactly(header))
        return answer, await self._from.readexactly(body)

    async def wait_until_ready(self) -> None:
        """Raises ``errors.Internal``, transient: it does not come up."""
        try:
            async with asyncio.timeout(_START_SECONDS):
                await self._from.readexactly(len(message.READY))
        except (*_BROKEN, TimeoutError):
            log.exception("picture_process_not_started", code=await self.end())
            raise errors.Internal("a fault of ours; the log has it", transient=True) from None

    async def end(self) -> int:
        """Close its input, kill it if that is not enough; its code, negative for a signal."""
        self._to.close()
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(self._process.wait(), _FAREWELL_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        return await self._process.wait()
