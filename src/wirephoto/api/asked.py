"""What ``GET mediaLibrary`` may be asked with, and what it means."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

import pydantic

from wirephoto import errors, model
from wirephoto.db import search as rows
from wirephoto.library import search as finding
from wirephoto.project import searching

_MOST_TEXT = 1000
_INT32, _INT64 = 2**31 - 1, 2**63 - 1
_ORIENTATIONS = {"portrait": -1, "square": 0, "landscape": 1}
# Archived, and revoked; None asks nothing.
_STATES: dict[str, tuple[bool | None, bool | None]] = {
    "active": (False, False),
    "archived": (True, None),
    "revoked": (None, True),
    "any": (None, None),
}
_MIME_TYPES = tuple(kind.mime_type for kind in model.Kind)
_DAY = len("2026-11-24")

_Text = Annotated[str | None, pydantic.Field(max_length=_MOST_TEXT)]
_Pixels = Annotated[int | None, pydantic.Field(ge=0, le=_INT32)]
_Bytes = Annotated[int | None, pydantic.Field(ge=0, le=_INT64)]


class Asked(pydantic.BaseModel):
    """Parameters of the query; ``ids``, or the pair, or a search."""

    ids: str | None = pydantic.Field(default=None, description="Comma-separated, 1000 at most.")
    systemName: str | None = pydantic.Field(
        default=None, description="Of this system; with externalId the one entry of the pair."
    )
    externalId: str | None = pydantic.Field(default=None, description="With systemName.")
    search: _Text = pydantic.Field(
        default=None,
        description="Words of the title and of searchable properties, all of them, their "
        "beginnings too.",
    )
    mediaType: str | None = pydantic.Field(default=None, description="Of this media type.")
    mimeType: str | None = pydantic.Field(
        default=None, description="Of this kind.", json_schema_extra={"enum": [*_MIME_TYPES]}
    )
    orientation: Literal["landscape", "portrait", "square"] | None = None
    state: Literal["active", "archived", "revoked", "any"] = pydantic.Field(
        default="active", description="`active` is neither archived nor revoked."
    )
    createdFrom: str | None = pydantic.Field(
        default=None, description="ISO 8601; a date is its beginning, in UTC."
    )
    createdTo: str | None = pydantic.Field(
        default=None, description="Before this; a date is its end."
    )
    updatedFrom: str | None = pydantic.Field(default=None, description="As createdFrom.")
    updatedTo: str | None = pydantic.Field(default=None, description="As createdTo.")
    minWidth: _Pixels = None
    maxWidth: _Pixels = None
    minHeight: _Pixels = None
    maxHeight: _Pixels = None
    minSize: _Bytes = pydantic.Field(default=None, description="In bytes.")
    maxSize: _Bytes = pydantic.Field(default=None, description="In bytes.")
    sort: finding.Sort = pydantic.Field(
        default="newest",
        description=f"`relevance`, of a search: the {finding.RANKED} newest that fit, best first.",
    )
    limit: int = pydantic.Field(default=50, ge=1, le=finding.MOST, description="At most so many.")
    after: str | None = pydantic.Field(
        default=None, description="`next` of the page before this one."
    )

    def query(self, project: int) -> rows.Query:
        """What is asked of the database.

        Raises:
            errors.InvalidRequest: a time that is none, a kind that is none, or no words.
        """
        if self.mimeType is not None and self.mimeType not in _MIME_TYPES:
            raise errors.InvalidRequest({"mimeType": f"must be one of: {', '.join(_MIME_TYPES)}"})
        for name in ("search", "systemName", "mediaType"):
            if "\0" in (getattr(self, name) or ""):
                raise errors.InvalidRequest({name: "must not hold U+0000"})
        archived, revoked = _STATES[self.state]
        return rows.Query(
            project=project,
            limit=self.limit,
            candidates=self.limit,
            words=self._words(),
            media_type=self.mediaType,
            system_name=self.systemName,
            mime_type=self.mimeType,
            orientation=_ORIENTATIONS[self.orientation] if self.orientation else None,
            created_from=_instant("createdFrom", self.createdFrom),
            created_to=_instant("createdTo", self.createdTo, end=True),
            updated_from=_instant("updatedFrom", self.updatedFrom),
            updated_to=_instant("updatedTo", self.updatedTo, end=True),
            min_width=self.minWidth,
            max_width=self.maxWidth,
            min_height=self.minHeight,
            max_height=self.maxHeight,
            min_size=self.minSize,
            max_size=self.maxSize,
            archived=archived,
            revoked=revoked,
        )

    def cursor(self) -> finding.Cursor | None:
        """Where the page begins; raises as ``query``."""
        return finding.read(self.after, self.sort) if self.after is not None else None

    def _words(self) -> list[str] | None:
        words = searching.wanted(self.search or "")
        if self.search is not None and not words:
            raise errors.InvalidRequest({"search": "must hold a letter or a digit"})
        if self.sort == "relevance" and not words:
            raise errors.InvalidRequest({"sort": "by relevance needs a search"})
        return words or None


def _instant(name: str, text: str | None, *, end: bool = False) -> datetime | None:
    if text is None:
        return None
    try:
        if len(text) == _DAY:
            day = date.fromisoformat(text) + timedelta(days=int(end))
            return datetime.combine(day, time(), UTC)
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        problem = "must be a date or a time by ISO 8601, such as 2026-11-24 or 2026-11-24T09:00:00Z"
        raise errors.InvalidRequest({name: problem}) from None
