"""Media types: the properties an entry may have, and the check of metadata against them."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from wirephoto import errors
from wirephoto.project import plugins, wording

IMAGE_TYPE = "mediaImage"
DEFAULT_HANDLE = "image"  # of images that name no media type
TITLE = "title"  # the one property that an image's fileName can stand for


@dataclass(frozen=True, slots=True)
class Property:
    """One metadata property; ``index`` makes it searchable, ``plugin`` is its type's name."""

    handle: str
    plugin: str
    required: bool = False
    required_message: str | None = None
    index: bool = False
    options: plugins.Options = field(default_factory=plugins.Options)

    def check(self, value: Any) -> Any:
        """The value to store, None where there is nothing to store (null).

        Raises:
            errors.InvalidMetadata: the reason names this property and the rule.
        """
        if value is None:
            return None
        try:
            return plugins.get(self.plugin).check(self.options, value)
        except errors.InvalidMetadata as refused:
            raise errors.InvalidMetadata(f"{self.handle}: {refused.reason}") from None

    def missing(self) -> errors.InvalidMetadata:
        return errors.InvalidMetadata(self.required_message or f"{self.handle}: is required")


@dataclass(frozen=True, slots=True)
class ExifMapping:
    """An embedded field, by its name in the project file, that fills a property."""

    field: str
    property: str


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type. ``open``: takes any further metadata as it is (the built-in one only).

    ``properties`` keep the order of the file, ``exif_mappings`` too: the first with content wins.
    """

    handle: str
    type: str
    properties: Mapping[str, Property]
    exif_mappings: tuple[ExifMapping, ...] = ()
    open: bool = False

    @property
    def searchable(self) -> tuple[str, ...]:
        """Properties that are looked through besides the title, which always is."""
        return tuple(
            one.handle for one in self.properties.values() if one.index and one.handle != TITLE
        )

    def check(
        self, metadata: dict[str, Any], *, required: bool = True, title: str | None = None
    ) -> dict[str, Any]:
        """The metadata to store; what is null is left out.

        Args:
            metadata: JSON values by property.
            required: also check that nothing required is missing; turn it off where embedded
                values may still fill in, and call ``check_required`` after.
            title: see ``check_required``.

        Raises:
            errors.InvalidMetadata: for the first property that breaks its rule.
        """
        if not isinstance(metadata, dict):
            raise errors.InvalidMetadata("metadata: must be an object")
        checked = {name: self.check_property(name, value) for name, value in metadata.items()}
        kept = {name: value for name, value in checked.items() if value is not None}
        if required:
            self.check_required(kept, title=title)
        return kept

    def check_property(self, name: str, value: Any) -> Any:
        """One value to store, None to remove it. Null is absent, whatever the name."""
        known = self.properties.get(name)
        if known is not None:
            return known.check(value)
        if self.open or value is None:
            return value
        raise errors.InvalidMetadata(
            f"{wording.shown(name)}: no such property in media type {self.handle}; "
            f"it has: {wording.listed(self.properties) or 'none'}"
        )

    def check_required(
        self,
        metadata: Mapping[str, Any],
        *,
        title: str | None = None,
        but: Container[str] = (),
    ) -> None:
        """Raise errors.InvalidMetadata for the first required property without content.

        Blank texts and empty lists and objects have no content; false and 0 have. ``title`` is the
        one that the entry gets where metadata holds none (its fileName): it meets a required
        property ``title``. ``but``: properties that have content by other means, or still may.
        """
        for one in self.properties.values():
            value = metadata.get(one.handle)
            if one.handle == TITLE and not _has_content(value):
                value = title
            if one.required and not _has_content(value) and one.handle not in but:
                raise one.missing()

    @property
    def fillable(self) -> frozenset[str]:
        """Properties that embedded values may fill in."""
        return frozenset(one.property for one in self.exif_mappings)

    @property
    def indexed(self) -> tuple[str, ...]:
        """Properties that make an entry searchable (``index: true``), in the order of the file."""
        return tuple(one.handle for one in self.properties.values() if one.index)


def _has_content(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    return value not in (None, [], {})


def find(media_types: Mapping[str, MediaType], handle: str | None) -> MediaType:
    """The media type that an image names; None is ``image``.

    Raises:
        errors.UnknownMediaType: the project has none of that handle, or it is not one of images.
    """
    wanted = DEFAULT_HANDLE if handle is None else handle
    found = media_types.get(wanted)
    if found is None:
        raise errors.UnknownMediaType(
            f"no media type {wording.shown(wanted)} in this project; "
            f"it has: {wording.listed(media_types)}"
        )
    if found.type != IMAGE_TYPE:
        raise errors.UnknownMediaType(
            f"media type {wording.shown(wanted)} is a {found.type} and takes no images"
        )
    return found


def settle(
    media_types: Mapping[str, MediaType],
    handle: str | None,
    metadata: dict[str, Any],
    *,
    file_name: str,
    edited: Iterable[str] = (),
) -> tuple[dict[str, Any], str]:
    """The metadata to store of an image, and the title that its entry gets.

    What is required may be missing where it is in ``edited``, which an edit has set, or where
    embedded values may still fill it in.

    Raises:
        errors.UnknownMediaType, errors.InvalidMetadata: the image fails.
    """
    media_type = find(media_types, handle)
    checked = media_type.check(metadata, required=False)
    media_type.check_required(checked, title=file_name, but={*media_type.fillable, *edited})
    return checked, str(checked.get(TITLE) or file_name)


def indexed(media_types: Mapping[str, MediaType]) -> dict[str, tuple[str, ...]]:
    """Searchable properties by media type, of a project or of a job's snapshot."""
    return {one.handle: one.indexed for one in media_types.values()}


def built_in() -> Mapping[str, MediaType]:
    """What a project has that defines no media types, with Livingdocs' own four texts."""
    texts = ("title", "caption", "source", "description")
    image = MediaType(
        handle=DEFAULT_HANDLE,
        type=IMAGE_TYPE,
        properties=MappingProxyType({one: Property(one, "li-text", index=True) for one in texts}),
        open=True,
    )
    return MappingProxyType({image.handle: image})
