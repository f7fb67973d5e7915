"""The child: reads a job, does it, answers; ends with its input, or with its parent."""

import sys
from typing import BinaryIO

from wirephoto import errors
from wirephoto.pipeline.inspection import cleaning, svg
from wirephoto.pipeline.inspection.apart import confine, message


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer until the input ends."""
    target.write(message.READY)
    target.flush()
    while (job := message.receive(source)) is not None:
        confine.allow_cpu(job[0].cpu_seconds)
        answer, body = _answer(*job)
        del job  # its bytes, while we wait for the next
        target.write(message.packed(answer, body))
        target.write(body)
        target.flush()


def _answer(job: message.Job, data: bytes) -> tuple[message.Answer, bytes]:
    try:
        drawing = svg.read(data, job.limits)
        cleaned = cleaning.clean(drawing)
    except errors.PictureError as failure:
        return message.Refused(failure.code, failure.reason), b""
    except MemoryError:
        return message.Refused(errors.UnsafeSvg.code, "needs more memory than it may have"), b""
    return message.Cleaned(drawing.picture.width, drawing.picture.height), cleaned


def main() -> None:
    parent, memory_bytes = int(sys.argv[1]), int(sys.argv[2])
    alive = confine.die_with_parent(parent)
    if alive and confine.close_doors(parent, memory_bytes):
        serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
