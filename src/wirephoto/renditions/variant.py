"""Which renditions there are. Closed sets, so that nobody can ask for a million. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from wirephoto import errors, model

Fit = Literal["contain", "cover"]
WIDTHS = (80, 160, 320, 640, 960, 1280, 1920, 2560)
FITS: tuple[Fit, ...] = get_args(Fit)
FORMATS = {
    "jpeg": model.Kind.JPEG,
    "png": model.Kind.PNG,
    "webp": model.Kind.WEBP,
    "avif": model.Kind.AVIF,
}
QUALITIES = (50, 65, 80, 90)
DEFAULT_QUALITY = 80

_PARAMETERS = ("w", "h", "fit", "fm", "q")
# What a page shows of its kind; a first frame is a still, and TIFF is no browser's.
_SHOWN_AS = {model.Kind.GIF: model.Kind.PNG, model.Kind.TIFF: model.Kind.JPEG}


@dataclass(frozen=True, slots=True)
class Variant:
    """One rendition of a picture; ``width`` or ``height`` may be open, ``quality`` is PNG's not."""

    width: int | None
    height: int | None
    fit: Fit
    format: model.Kind
    quality: int

    @property
    def name(self) -> str:
        """``w640-q80.webp``; variants that are the same picture have the same."""
        box = "".join(
            f"{side}{size}" for side, size in (("w", self.width), ("h", self.height)) if size
        )
        fit = "-cover" if self.fit == "cover" else ""
        quality = "" if self.format is model.Kind.PNG else f"-q{self.quality}"
        return f"{box}{fit}{quality}.{self.format.value}"


def asked(parameters: Mapping[str, str], kind: model.Kind) -> Variant | None:
    """The variant that an address asks for; None: the stored bytes.

    SVG is served as it is stored, however large it is to be shown; what is asked must be right all
    the same.

    Raises:
        errors.InvalidRequest: names each parameter that is wrong, and what it may be.
    """
    given = {name: parameters[name] for name in _PARAMETERS if name in parameters}
    if not given:
        return None
    faults = _faults(given)
    if faults:
        raise errors.InvalidRequest(faults)
    if kind is model.Kind.SVG:
        return None
    return Variant(
        width=int(given["w"]) if "w" in given else None,
        height=int(given["h"]) if "h" in given else None,
        fit="cover" if given.get("fit") == "cover" else "contain",
        format=FORMATS[given["fm"]] if "fm" in given else _SHOWN_AS.get(kind, kind),
        quality=int(given.get("q", DEFAULT_QUALITY)),
    )


def _faults(given: Mapping[str, str]) -> dict[str, str]:
    sets = {"w": WIDTHS, "h": WIDTHS, "fit": FITS, "fm": tuple(FORMATS), "q": QUALITIES}
    faults = {
        name: f"must be one of {', '.join(map(str, sets[name]))} (it is {value[:40]!r})"
        for name, value in given.items()
        if value not in map(str, sets[name])
    }
    if "w" not in given and "h" not in given:
        faults["w"] = "must be given, or h: one of " + ", ".join(map(str, WIDTHS))
    elif given.get("fit") == "cover" and not ("w" in given and "h" in given):
        faults.setdefault("fit", "cover needs both w and h")
    return faults
