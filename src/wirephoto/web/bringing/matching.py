"""Which field each column of a list becomes. Pure.

A choice is the name of a field (``url``, ``id`` …), ``p:`` and the handle of a property, ``own``
for a property that is named as the column, or nothing: left out.
"""

import re
from collections.abc import Mapping, Sequence

from wirephoto.client.manifest import columns
from wirephoto.project import media_types

FIELDS = {
    "url": "Image address",
    "id": "Id of the image",
    "fileName": "Title or file name",
    "mediaType": "Media type",
    "metadata": "Metadata as JSON",
    "checksum": "Version (checksum)",
    "sha256": "SHA-256 of the bytes",
}
OWN, PROPERTY = "own", "p:"
_WORDS = {
    "url": "url link href src image imageurl picture fotourl bildurl bildlink adresse bildadresse"
    " webadresse address",
    "id": "id externalid archivnr archivenumber nr number guid uuid assetid key bildnr bildid"
    " nummer bildnummer archivnummer inventarnummer",
    "fileName": "filename file datei dateiname name",
    "mediaType": "mediatype",
    "metadata": "metadata",
    "checksum": "checksum version",
    "sha256": "sha256",
}
_BY_WORD = {word: field for field, said in _WORDS.items() for word in said.split()}
_LIKE = {
    "caption": "bildtext bildunterschrift legende beschreibung",
    "title": "titel bildtitel überschrift headline",
    "source": "quelle bildquelle herkunft credit",
    "credit": "quelle source",
    "description": "beschreibung",
    "date": "datum aufnahmedatum",
    "creator": "fotograf fotografin urheber photographer author",
}
_KINDS = {
    "li-integer": ":integer",
    "li-boolean": ":boolean",
    "li-string-list": ":list",
    "li-numeric-list": ":json",
    "li-datetime-validity": ":json",
}


def choices(type_: media_types.MediaType) -> list[str]:
    """What a column may become, beside left out."""
    known = [PROPERTY + one for one in type_.properties if columns.known(one) not in FIELDS]
    return [*FIELDS, *known, *([OWN] if type_.open else [])]


def guess(
    names: Sequence[str], first: Mapping[str, str], type_: media_types.MediaType
) -> list[str]:
    """The likeliest choice for each column; ``first`` are the cells of the first row."""
    found: list[str] = []
    for name in names:
        one = _likeliest(name, type_)
        found.append("" if one in found and one != OWN else one)
    if "url" not in found:
        for at, name in enumerate(names):
            if first.get(name, "").strip().startswith(("http://", "https://")):
                found[at] = "url"
                break
    return found


def _likeliest(name: str, type_: media_types.MediaType) -> str:
    folded = _folded(name)
    for handle in type_.properties:
        if folded == _folded(handle) and columns.known(handle) not in FIELDS:
            return PROPERTY + handle
    if folded in _BY_WORD:
        return _BY_WORD[folded]
    for handle in type_.properties:
        if folded in _LIKE.get(handle, "").split():
            return PROPERTY + handle
    return OWN if type_.open and not name.startswith("_") else ""


def _folded(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())


def dates(type_: media_types.MediaType) -> dict[str, bool]:
    """Properties that are dates; true where they have a time."""
    kinds = {"li-date": False, "li-datetime": True}
    found = type_.properties.values()
    return {one.handle: kinds[one.plugin] for one in found if one.plugin in kinds}


def twice(chosen: Sequence[str]) -> set[str]:
    """Choices that more than one column has."""
    given = [one for one in chosen if one and one != OWN]
    return {one for one in given if given.count(one) > 1}


def columns_of(
    names: Sequence[str], chosen: Sequence[str], type_: media_types.MediaType
) -> dict[str, str]:
    """The name that the reader of manifests knows each column by; those left out are not there."""
    found: dict[str, str] = {}
    for name, one in zip(names, chosen, strict=True):
        if one in FIELDS:
            found[name] = one
        elif one == OWN and columns.known(name) not in FIELDS:
            found[name] = name
        elif one.startswith(PROPERTY):
            handle = one.removeprefix(PROPERTY)
            known = type_.properties.get(handle)
            found[name] = handle + (_KINDS.get(known.plugin, "") if known else "")
    return found
