"""What pages say, in English and German. English is the key; what has no German stays English."""

import json
from collections.abc import Sequence
from importlib import resources

from wirephoto.web import numbers

LANGUAGES = ("en", "de")

GERMAN: dict[str, str] = json.loads(
    resources.files("wirephoto.web").joinpath("german.json").read_text("utf-8")
)


def text(language: str, english: str) -> str:
    """In a language of ``LANGUAGES``."""
    return GERMAN.get(english, english) if language == "de" else english


def say(language: str, english: str, **values: object) -> str:
    """``text`` with values in the places that it names, as ``{name}``; decimals as there."""
    said = {
        name: numbers.decimal(value, language) if isinstance(value, float) else value
        for name, value in values.items()
    }
    return text(language, english).format(**said)


def many(language: str, number: int, one: str, more: str, **values: object) -> str:
    """``one`` for one, else ``more``; both may have the number's place as ``{n}``."""
    return say(language, one if number == 1 else more, n=numbers.count(number), **values)


def language(accepted: str) -> str:
    """The first of ours that a browser asks for (RFC 9110, 12.5.4); English where it names none."""
    weighed = sorted(map(_weighed, accepted.split(",")), key=lambda one: -one[1])
    return next((name for name, weight in weighed if name in LANGUAGES and weight > 0), "en")


def _weighed(part: str) -> tuple[str, float]:
    name, _, parameter = part.strip().partition(";")
    try:
        weight = float(parameter.strip().removeprefix("q=") or 1)
    except ValueError:
        weight = 0.0
    return name.strip().lower().partition("-")[0], weight


# By failure code: what happened, and what to do about it.
ADVICE: dict[str, Sequence[str]] = {
    "unreachable": (
        "The origin could not be reached",
        "It is away, or closed the connection. A retry is worthwhile in some minutes.",
    ),
    "timeout": (
        "The origin took too long",
        "It is slow or overloaded. A retry is worthwhile in some minutes.",
    ),
    "http_status": (
        "The origin answered, but not with the picture",
        "Not found and forbidden stay so until the origin changes. 5xx and 429 pass: retry later.",
    ),
    "too_many_redirects": (
        "The address leads on and on",
        "Give the address where it ends.",
    ),
    "blocked_address": (
        "The address is inside a network that is shut",
        "Only public addresses are fetched. Whoever runs this installation may open a network.",
    ),
    "too_large": (
        "The picture is larger than this project takes",
        "Raise maxBytes in the project file, then retry.",
    ),
    "too_many_pixels": (
        "The picture has more pixels than this project takes",
        "Raise maxPixels in the project file, then retry.",
    ),
    "unsupported_type": (
        "This kind of picture is not taken",
        "Add it to types in the project file, or convert the picture.",
    ),
    "unsupported_encoding": (
        "The origin sent it in an encoding that is not known",
        "Ask the origin to send the picture as it is.",
    ),
    "not_an_image": (
        "The address gave something else than a picture",
        "Often a sign-in page. Check that these addresses work without signing in.",
    ),
    "truncated": (
        "The picture is cut off",
        "The file at the origin is not whole. Put a whole one there, then retry.",
    ),
    "unsafe_svg": (
        "The drawing cannot be made safe",
        "It is too deep or too large for the cleaning. Simplify it.",
    ),
    "checksum_mismatch": (
        "The bytes are not those that were announced",
        "Compare sha256 in your source with the file at the origin.",
    ),
    "invalid_metadata": (
        "The metadata breaks a rule of the project",
        "Mend the column in your source. The pictures themselves are fine.",
    ),
    "unknown_media_type": (
        "The media type is not one of this project",
        "Name one that the project file defines.",
    ),
    "upload_gone": (
        "The picture that was sent is not here any more",
        "It waited too long. Send it again, then retry.",
    ),
    "storage": (
        "The picture could not be stored",
        "Storage was away or full for too long. Retry when it is back.",
    ),
    "duplicate_id": (
        "The id stands twice in the batch",
        "The first one was taken. Give every picture an id of its own.",
    ),
    "cancelled": (
        "The job was cancelled",
        "Retry brings the rest.",
    ),
    "internal": (
        "A fault of wirephoto",
        "The log says more. Retry; if it comes again, report it.",
    ),
}
