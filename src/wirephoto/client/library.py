"""Entries of the media library as the server tells of them, and the flows that ask."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from wirephoto.client import wire

LIBRARY = "/mediaLibrary"
MOST_ENTRIES = 200  # a page, by the server's rule
_MOST_IDS = 200  # a request: its address stays short enough for any proxy


@dataclass(frozen=True, slots=True)
class Asset:
    """The picture of an entry: sizes in pixels, ``size`` in bytes."""

    key: str
    url: str
    size: int
    width: int
    height: int
    file_name: str
    mime_type: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture in the library; times as the server says them, ISO 8601 in UTC.

    ``external_id`` and ``system_name`` are empty for an entry that no import brought.
    """

    id: str
    version: int
    title: str
    system_name: str
    external_id: str
    media_type: str
    asset: Asset
    metadata: Mapping[str, Any]
    created_at: str
    updated_at: str
    archived_at: str = ""
    revoked_at: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """What entries must be, all of it; what is None asks nothing.

    ``search`` are words of titles and searchable properties. Times are ISO 8601, or dates. Sizes
    are in pixels, ``min_size`` and ``max_size`` in bytes. ``state`` is ``active``, ``archived``,
    ``revoked`` or ``any``; ``sort`` is ``newest`` or ``relevance``.
    """

    search: str | None = None
    system_name: str | None = None
    media_type: str | None = None
    mime_type: str | None = None
    orientation: str | None = None
    state: str | None = None
    created_from: str | None = None
    created_to: str | None = None
    updated_from: str | None = None
    updated_to: str | None = None
    min_width: int | None = None
    max_width: int | None = None
    min_height: int | None = None
    max_height: int | None = None
    min_size: int | None = None
    max_size: int | None = None
    sort: str | None = None

    def parameters(self) -> dict[str, str]:
        """As they go over the wire."""
        given = {name: getattr(self, name) for name in self.__slots__}
        return {_on_wire(name): str(value) for name, value in given.items() if value is not None}


def _on_wire(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def page(asked: Mapping[str, str], patience: float) -> wire.Flow[tuple[list[Entry], str]]:
    """A page of entries, and the ``after`` of the next; empty at the end.

    Raises:
        errors.Refused: with ``details`` by parameter.
    """
    came = yield from wire.answered(wire.Ask("GET", LIBRARY, asked), patience)
    return [read(one) for one in wire.document(came)], _following(came.headers.get("link", ""))


def entry(id: str, patience: float) -> wire.Flow[Entry]:  # noqa: A002 - its name on the wire
    """One entry by its id."""
    return read((yield from wire.call(wire.Ask("GET", f"{LIBRARY}/{id}"), patience)))


def by_ids(ids: Iterable[str]) -> Iterator[dict[str, str]]:
    """What to ask for these entries with, a request each."""
    rest = iter(ids)
    while some := list(itertools.islice(rest, _MOST_IDS)):
        yield {"ids": ",".join(some)}


def of_pair(system_name: str, external_id: str) -> dict[str, str]:
    """What to ask for the entry of a picture by the caller's own id with."""
    return {"systemName": system_name, "externalId": external_id}


def _following(link: str) -> str:
    """``after`` of the address in a ``Link`` header (RFC 8288) that leads to the next page."""
    address, _, relation = link.partition(">")
    if 'rel="next"' not in relation:
        return ""
    return parse_qs(urlsplit(address.lstrip(" <")).query).get("after", [""])[0]


def read(document: Mapping[str, Any]) -> Entry:
    metadata = dict(document["metadata"])
    return Entry(
        id=str(document["id"]),
        version=int(document["version"]),
        title=str(metadata.get("title", "")),
        system_name=str(document.get("systemName") or ""),
        external_id=str(document.get("externalId") or ""),
        media_type=str(document["mediaType"]),
        asset=_asset(document["asset"]),
        metadata=metadata,
        created_at=str(document["createdAt"]),
        updated_at=str(document["updatedAt"]),
        archived_at=str(document.get("archivedAt") or ""),
        revoked_at=str(document.get("revokedAt") or ""),
    )


def _asset(document: Mapping[str, Any]) -> Asset:
    return Asset(
        key=str(document["key"]),
        url=str(document["url"]),
        size=int(document["size"]),
        width=int(document["width"]),
        height=int(document["height"]),
        file_name=str(document["filename"]),
        mime_type=str(document["mimeType"]),
    )
