"""What an edit makes of an entry: all of its patches, or none. Knows no database."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from wirephoto import errors
from wirephoto.db import edits
from wirephoto.library import faults, objects, patch
from wirephoto.pipeline import changes, merging
from wirephoto.pipeline.embedded import filling
from wirephoto.project import media_types


@dataclass(frozen=True, slots=True)
class Revocation:
    """``note`` is what its reviser wrote."""

    revoked: bool
    note: str | None = None


@dataclass(slots=True)
class Draft:
    """``entry`` as it would be; ``revocations`` by key, those of the assets it has and had."""

    entry: edits.Entry
    revocations: dict[str, Revocation] = field(default_factory=dict)
    set_by: dict[str, int] = field(default_factory=dict)


def draft(
    entry: edits.Entry,
    patches: Sequence[patch.Operation],
    found: Mapping[int, objects.Object],
    rules: Mapping[str, media_types.MediaType],
) -> Draft:
    """The entry after the patches, in their order; ``found`` are assets by their patch.

    Raises:
        errors.InvalidRequest: every patch that breaks a rule, by its path.
    """
    wrong = faults.Faults()
    made = Draft(copy.deepcopy(entry))
    media_type = _media_type(entry, patches, rules, wrong) or rules.get(entry.media_type)
    for index, one in enumerate(patches):
        match one:
            case patch.SetMetadataProperty() if media_type:
                _set(made, media_type, index, one, wrong)
            case patch.ReplaceAsset(value=asset):
                _replace(made.entry, found[index], asset.filename)
                if media_type:
                    _refill(made, media_type, index, found[index])
            case patch.Archive():
                made.entry.archived = True
            case patch.Unarchive():
                made.entry.archived = False
            case patch.RevokeAsset(note=note):
                made.revocations[made.entry.asset_key] = Revocation(True, note or None)
            case patch.UnrevokeAsset():
                made.revocations[made.entry.asset_key] = Revocation(False)
    if media_type:
        _check_required(made, media_type, wrong)
    wrong.check()
    return made


def differences(before: edits.Entry, after: edits.Entry) -> list[dict[str, Any]]:
    return changes.between(_facts(before), _facts(after))


def _facts(entry: edits.Entry) -> changes.Facts:
    return changes.Facts(
        entry.media_type,
        entry.title,
        entry.metadata,
        entry.asset_key,
        entry.file_name,
        entry.archived,
    )


def _media_type(
    entry: edits.Entry,
    patches: Sequence[patch.Operation],
    rules: Mapping[str, media_types.MediaType],
    wrong: faults.Faults,
) -> media_types.MediaType | None:
    """The rules for properties, where any is set."""
    for index, one in enumerate(patches):
        if isinstance(one, patch.SetMetadataProperty):
            try:
                return media_types.find(rules, entry.media_type)
            except errors.UnknownMediaType as unknown:
                wrong.add(f"patches.{index}.operation", unknown.reason)
                return None
    return None


def _set(
    made: Draft,
    media_type: media_types.MediaType,
    index: int,
    one: patch.SetMetadataProperty,
    wrong: faults.Faults,
) -> None:
    entry, name = made.entry, one.propertyName
    try:
        value = media_type.check_property(name, one.value)
    except errors.InvalidMetadata as refused:
        known = media_type.open or name in media_type.properties
        wrong.add(f"patches.{index}.{'value' if known else 'propertyName'}", refused.reason)
        return
    made.set_by[name] = index
    entry.origins[name] = merging.EDITOR
    entry.metadata.pop(name, None)
    if value is not None:
        entry.metadata[name] = value
    if name == media_types.TITLE:
        entry.title = str(value or entry.file_name)


def _check_required(made: Draft, media_type: media_types.MediaType, wrong: faults.Faults) -> None:
    """Of the properties that were set: what an import has left open is no fault of this edit."""
    for name, index in made.set_by.items():
        known = media_type.properties.get(name)
        if known is None:
            continue
        try:
            replace(media_type, properties={name: known}).check_required(
                made.entry.metadata, title=made.entry.file_name
            )
        except errors.InvalidMetadata as refused:
            wrong.add(f"patches.{index}.value", refused.reason)


def _replace(entry: edits.Entry, found: objects.Object, file_name: str | None) -> None:
    """The title stays. No origin knows this picture: an import asks for its own anew."""
    entry.asset_key, entry.asset_size = found.key, found.size
    entry.mime_type = found.mime_type
    entry.width, entry.height = found.width, found.height
    entry.file_name = file_name or entry.file_name
    entry.source_url = entry.etag = entry.last_modified = None


def _refill(
    made: Draft, media_type: media_types.MediaType, index: int, found: objects.Object
) -> None:
    """What the old picture filled in goes with it; the new one fills in, as at an import.

    What the caller of an import gave and what was edited stay. Where something required went, that
    is a fault of this patch.
    """
    entry = made.entry
    given = {name: one for name, one in entry.metadata.items() if name not in entry.origins}
    filled = filling.fill(media_type, found.fields, given)
    was_embedded = entry.origins.get(media_types.TITLE) == merging.EMBEDDED
    merged = merging.merge(
        given,
        entry.file_name if was_embedded else entry.title,
        filled.values,
        merging.Standing(entry.metadata, entry.origins, entry.title),
    )
    for name, origin in entry.origins.items():
        if origin == merging.EMBEDDED and name not in merged.metadata:
            made.set_by[name] = index
    entry.metadata, entry.origins, entry.title = merged.metadata, merged.origins, merged.title
    entry.left_out = list(filled.left_out) or None
