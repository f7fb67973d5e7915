"""What a project takes, and how much of it."""

import mmap
from dataclasses import dataclass

from wirephoto import errors, model

Data = bytes | mmap.mmap


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one inspection.

    ``max_pixels`` counts width times height times frames. The limits of SVG hold before svg-hush
    runs: its output grows with the square of nesting. Up to these limits most drawings take a
    second or less.
    """

    kinds: frozenset[model.Kind]
    max_pixels: int
    max_frames: int = 10_000
    max_svg_bytes: int = 10_000_000
    max_svg_depth: int = 256
    max_svg_elements: int = 200_000

    def check(self, width: int, height: int, frames: int = 1) -> None:
        """Refuse what is too large to be decoded by anyone behind us.

        Raises:
            errors.TooManyPixels: over the limit of frames or of pixels.
        """
        self.check_frames(frames)
        if width * height * frames > self.max_pixels:
            times = f" in {frames} frames" if frames > 1 else ""
            raise errors.TooManyPixels(
                f"{width} x {height} pixels{times}, at most {self.max_pixels} are allowed"
            )

    def check_frames(self, frames: int) -> None:
        """Refuse more frames or pages than are allowed, by ``errors.TooManyPixels``."""
        if frames > self.max_frames:
            raise errors.TooManyPixels(
                f"more than {self.max_frames} frames or pages, which is the limit"
            )
