"""The child that reads and cleans SVG: ``python -m wirephoto.pipeline.inspection.apart.child``."""

import msgspec

from wirephoto import errors
from wirephoto.pipeline.apart import refusal, serving
from wirephoto.pipeline.inspection import cleaning, svg
from wirephoto.pipeline.inspection.apart import message


def _clean(job: message.Job, data: bytes) -> tuple[message.Answer, bytes]:
    try:
        drawing = svg.read(data, job.limits)
        cleaned = cleaning.clean(drawing)
    except errors.PictureError as failure:
        return refusal.Refused(failure.code, failure.reason), b""
    except MemoryError:
        return refusal.Refused(errors.UnsafeSvg.code, "needs more memory than it may have"), b""
    picture = drawing.picture
    kinds = [(block.kind, len(block.data)) for block in drawing.blocks]
    answer = message.Cleaned(picture.width, picture.height, kinds)
    return answer, cleaned + b"".join(block.data for block in drawing.blocks)


if __name__ == "__main__":
    serving.run(msgspec.json.Decoder(message.Job), _clean)
