"""All of a picture decoded, every frame, to see whether that goes well."""

from collections.abc import Iterator

from wirephoto import errors, model
from wirephoto.pipeline.decoding import message, opening

_ROLL = 5_000_000  # lines that libvips takes at once, below its limit
_PAGED = {model.Kind.GIF, model.Kind.WEBP, model.Kind.AVIF, model.Kind.TIFF}
_ALIKE = {model.Kind.GIF, model.Kind.WEBP}  # whose frames have one size, and build on each other
_HARMLESS = "extraneous bytes before marker"  # libjpeg's first complaint, after the last line


def check(job: message.Check, data: bytes) -> message.Whole:
    """Decoded line by line where the format allows it; nothing is kept.

    Raises:
        errors.TooManyPixels: by its headers.
        opening.Failure: a part of it is damaged or missing.
    """
    left = job.max_pixels
    for pages in _pages(job, data):
        image = opening.opened(
            data, job.kind, left, access="sequential", fail_on="warning", **pages
        )
        left -= image.width * image.height
        try:
            image.avg()
        except opening.Failure as failure:
            if job.kind is not model.Kind.JPEG or _HARMLESS not in str(failure):
                raise
    return message.Whole()


def _pages(job: message.Check, data: bytes) -> Iterator[dict[str, int]]:
    """What to open, one after the other: a still, pages, or as many frames as one roll takes."""
    if job.kind not in _PAGED:
        yield {}
        return
    first = opening.opened(data, job.kind, job.max_pixels)
    count = int(first.get("n-pages")) if first.get_typeof("n-pages") else 1
    if first.width * first.height * count > job.max_pixels and job.kind in _ALIKE:
        raise errors.TooManyPixels(f"more than {job.max_pixels} pixels in all of its frames")
    step = max(1, _ROLL // first.height) if job.kind in _ALIKE else 1
    for page in range(0, count, step):
        yield {"page": page, "n": min(step, count - page)}
