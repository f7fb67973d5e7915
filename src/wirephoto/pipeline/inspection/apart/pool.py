"""The worker's side: children that are started when needed, asked one thing at a time, replaced.

The first is started for the first picture that needs one, further ones while all are at work. A
child that dies, or does not answer in time, is gone with the picture it had; the next picture finds
a fresh one.
"""

import asyncio
import contextlib
import hashlib
import os
import signal
import sys
from collections.abc import AsyncIterator

import msgspec
import structlog

from wirephoto import errors, model
from wirephoto.pipeline.inspection import limits as bounds
from wirephoto.pipeline.inspection.apart import message

CHILDREN = 2  # of one worker process
CPU_SECONDS = 10  # a drawing at every limit takes up to nine
ANSWER_SECONDS = 60.0  # by the clock: the machine may be busy
MEMORY_BYTES = 512 * 1024 * 1024  # of address space; a drawing at every limit takes about 200
_START_SECONDS = 60.0
_FAREWELL_SECONDS = 0.2  # for one that is idle or dying to end by itself, and so say of what
_GROWTH = 8  # the most that cleaning may make of an SVG: indentation, escapes
_CHILD = "wirephoto.pipeline.inspection.apart.child"  # not imported here: its library is native
_KEPT = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH")  # of the environment: no secrets
_TOO_LONG = "an SVG that takes too long to be made safe"
_BROKEN = (asyncio.IncompleteReadError, ConnectionError, msgspec.MsgspecError)

log = structlog.get_logger(__name__)


class Died(errors.WirephotoError):
    """The child ended, or said what no child says, instead of answering."""


class Pool:
    """At most ``CHILDREN`` processes; safe to use from many tasks of one loop."""

    def __init__(
        self,
        *,
        cpu_seconds: int = CPU_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._cpu_seconds = cpu_seconds
        self._memory_bytes = memory_bytes
        self._answer_seconds = answer_seconds
        self._idle: list[Child] = []
        self._slots = asyncio.Semaphore(CHILDREN)

    async def clean_svg(self, data: bytes, limits: bounds.Limits) -> model.Inspected:
        """The SVG read under limits and made safe.

        One whose child died is tried once more in a fresh one: the kernel may have taken the first
        for want of memory elsewhere.

        Raises:
            errors.PictureError: as ``cleaning`` and ``svg``; ``errors.UnsafeSvg`` where two
                children died of it or one came to no end; ``errors.Internal``, transient, where
                none starts.
        """
        job = message.Job("clean_svg", limits, self._cpu_seconds)
        try:
            try:
                answer, cleaned = await self._ask(job, data)
            except Died:
                answer, cleaned = await self._ask(job, data)
        except Died:
            raise errors.UnsafeSvg("an SVG that stops whoever makes it safe") from None
        if isinstance(answer, message.Refused):
            raise answer.error()
        digest = await asyncio.to_thread(lambda: hashlib.sha256(cleaned).digest())
        body = model.Body(digest, len(cleaned), data=cleaned)
        return model.Inspected(model.Picture(model.Kind.SVG, answer.width, answer.height), body)

    async def close(self) -> None:
        """End the children that wait for work; those at work end with their callers."""
        while self._idle:
            await self._idle.pop().end()

    async def _ask(self, job: message.Job, data: bytes) -> tuple[message.Answer, bytes]:
        async with self._slots, self._child() as child:
            try:
                async with asyncio.timeout(self._answer_seconds):
                    return await child.ask(job, data)
            except TimeoutError:
                log.warning("picture_process_stuck", pid=child.pid)
                raise errors.UnsafeSvg(_TOO_LONG) from None

    @contextlib.asynccontextmanager
    async def _child(self) -> AsyncIterator["Child"]:
        """One that is idle, or a new one; kept only if it did what it was asked."""
        child = self._idle.pop() if self._idle else await start(self._memory_bytes)
        try:
            yield child
        except BaseException:  # a cancelled one is in the middle of its answer
            await asyncio.shield(child.end())
            raise
        self._idle.append(child)


class Child:
    """One process and the pipes to it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._to, self._from = process.stdin, process.stdout

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, job: message.Job, data: bytes) -> tuple[message.Answer, bytes]:
        """The answer and its bytes; ``Died`` where there is none."""
        try:
            self._to.write(message.packed(job, data))
            self._to.write(data)
            await self._to.drain()
            return await self._answer(_GROWTH * job.limits.max_svg_bytes)
        except _BROKEN:
            code = await self.end()
            log.warning("picture_process_died", pid=self.pid, code=code)
            if code == -signal.SIGXCPU:
                raise errors.UnsafeSvg(_TOO_LONG) from None
            raise Died from None

    async def _answer(self, most: int) -> tuple[message.Answer, bytes]:
        header, body = message.LENGTHS.unpack(await self._from.readexactly(message.LENGTHS.size))
        if header > message.MAX_HEADER_BYTES or body > most:
            raise msgspec.ValidationError("an answer longer than any")
        answer = msgspec.json.decode(await self._from.readexactly(header), type=message.Answer)
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


async def start(memory_bytes: int) -> Child:
    """A child that is ready, and may have so much address space.

    Raises:
        errors.Internal: transient; it does not start.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # no module of the folder we happen to stand in
            "-m",
            _CHILD,
            str(os.getpid()),
            str(memory_bytes),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd="/",
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
        )
    except OSError as failure:
        log.warning("picture_process_not_started", problem=os.strerror(failure.errno or 0))
        raise errors.Internal("a process could not be started", transient=True) from None
    child = Child(process)
    try:
        await child.wait_until_ready()
    except BaseException:
        await asyncio.shield(child.end())
        raise
    return child
