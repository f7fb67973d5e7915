"""The child that decodes: ``python -m wirephoto.pipeline.decoding.child``."""

from functools import singledispatch

import msgspec

from wirephoto import errors
from wirephoto.pipeline.apart import refusal, serving
from wirephoto.pipeline.decoding import checking, describing, message, opening, rendering


@singledispatch
def _do(job: message.Job, data: bytes) -> tuple[msgspec.Struct, bytes]:
    raise NotImplementedError(f"{type(job)} of {len(data)} bytes")


@_do.register
def _(job: message.Render, data: bytes) -> tuple[msgspec.Struct, bytes]:
    return rendering.render(job, data)


@_do.register
def _(job: message.Describe, data: bytes) -> tuple[msgspec.Struct, bytes]:
    return describing.describe(job, data), b""


@_do.register
def _(job: message.Check, data: bytes) -> tuple[msgspec.Struct, bytes]:
    return checking.check(job, data), b""


def _act(job: message.Job, data: bytes) -> tuple[msgspec.Struct, bytes]:
    try:
        return _do(job, data)
    except (opening.Failure, UnicodeDecodeError) as failure:
        refused: errors.PictureError = opening.refused(failure)
    except errors.PictureError as failure:
        refused = failure
    except MemoryError:
        refused = errors.TooLarge("needs more memory than it may have")
    return refusal.Refused(refused.code, refused.reason), b""


if __name__ == "__main__":
    opening.prepare()
    serving.run(msgspec.json.Decoder(message.Job), _act, threads=True)
