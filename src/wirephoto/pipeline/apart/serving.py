"""The child's side: reads a job, does it, answers; ends with its input, or with its parent."""

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from wirephoto.pipeline.apart import confine, message

_Job = TypeVar("_Job")
Act = Callable[[_Job, bytes], tuple[msgspec.Struct, bytes]]
"""What a child can do: a job and its bytes in, an answer and its bytes out. Raises nothing."""


def run(decoder: msgspec.json.Decoder[_Job], act: Act[_Job], *, threads: bool = False) -> None:
    """The whole life of a child; ``threads``: what it calls starts some."""
    parent, memory_bytes, niceness = (int(given) for given in sys.argv[1:4])
    _leave_to_others(niceness)
    alive = confine.die_with_parent(parent)
    if alive and confine.close_doors(parent, memory_bytes, threads=threads):
        _serve(sys.stdin.buffer, sys.stdout.buffer, decoder, act)


def _leave_to_others(niceness: int) -> None:
    """Let others have the processor first, those of other sessions too.

    Linux may share it between sessions before it looks at who is nice inside of one (sched(7), "The
    autogroup feature"): so a child that is to be nice has a session of its own, which is nice.
    """
    os.nice(niceness)
    if niceness:
        with contextlib.suppress(OSError):  # not everywhere
            os.setsid()
            Path("/proc/self/autogroup").write_text(str(niceness), "ascii")


def _serve(
    source: BinaryIO, target: BinaryIO, decoder: msgspec.json.Decoder[_Job], act: Act[_Job]
) -> None:
    target.write(message.READY)
    target.flush()
    while (received := message.receive(source, decoder)) is not None:
        confine.allow_cpu(received[0])
        answer, body = act(*received[1:])
        del received  # its bytes, while we wait for the next
        target.write(message.packed(answer, body))
        target.write(body)
        target.flush()
