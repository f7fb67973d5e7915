"""Which value of a field counts: XMP, then IIM, then EXIF, then what mirrors or approximates it.

Each field for itself; a list is taken from one source whole. What is blank counts as absent, and a
checksum that says that a program which knows IIM alone wrote last changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wirephoto.pipeline.embedded import exif, fields, typed

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sources:
    """Fields by their ids, of each source; ``own`` is what a drawing says by its own means."""

    own: Values
    xmp: Values
    iim: Values
    exif: Values
    copyright_url: str | None = None


def chosen(sources: Sources) -> dict[str, Any]:
    """The fields of a picture by their ids, in the order of their table."""
    found = dict(sources.exif)
    for one in (sources.iim, sources.xmp, sources.own):
        found.update(one)
    for name, weaker in _WEAKER.items():
        if name not in found and (
            value := next((v for get in weaker if (v := get(sources))), None)
        ):
            found[name] = value
    if clock := _clock(sources.xmp):
        found["timeCreated"] = clock
    if "webstatementRights" not in found and sources.copyright_url:
        found["webstatementRights"] = sources.copyright_url
    return {one.id: found[one.id] for one in fields.ALL if one.id in found}


def _clock(xmp: Values) -> str:
    """The time of photoshop:DateCreated, which has no property of its own in XMP."""
    return str(xmp.get("dateCreated", "")).partition("T")[2]


def _from(source: str, name: str) -> Callable[[Sources], Any]:
    return lambda sources: getattr(sources, source).get(name)


def _names(source: str, name: str) -> Callable[[Sources], Any]:
    """Several in one text, between semicolons."""

    def get(sources: Sources) -> list[str]:
        told = typed.text_of(getattr(sources, source).get(name))
        return exif.artists(told) if told else []

    return get


_WEAKER: Mapping[str, tuple[Callable[[Sources], Any], ...]] = {
    "creatorNames": (_names("xmp", "tiffArtist"), _names("exif", "xPAuthor")),
    "copyrightNotice": (_from("xmp", "tiffCopyright"),),
    "description": (_from("xmp", "tiffImageDescription"), _from("exif", "xPComment")),
    "dateCreated": (_from("xmp", "exifDateTimeOriginal"),),
    "title": (_from("exif", "xPTitle"),),
    "keywords": (_names("exif", "xPKeywords"), _names("exif", "xPSubject")),
}
