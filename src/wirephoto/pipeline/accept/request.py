"""The shape of ``POST import/images``, and decoding it."""

from typing import Annotated, Any

import msgspec

from wirephoto import model

DEFAULT_MEDIA_TYPE = "image"

Filled = Annotated[str, msgspec.Meta(min_length=1)]


class Image(msgspec.Struct, frozen=True, gc=False):
    """One image of a batch.

    ``mediaType`` is a handle of the project's media types; absent, it is ``image``.

    Without the collector of cycles: JSON has none, and going through 100,000 of them again and
    again took longer than decoding them.
    """

    url: Annotated[Filled, msgspec.Meta(description="Where the picture is, over http or https.")]
    id: Annotated[Filled, msgspec.Meta(description="The caller's id, unique in its system.")]
    fileName: Annotated[Filled, msgspec.Meta(description="The title that the picture gets.")]
    metadata: Annotated[dict[str, Any], msgspec.Meta(description="By the project's configuration.")]
    mediaType: Annotated[str | None, msgspec.Meta(description="Absent: `image`.")] = None
    checksum: Annotated[
        str | None,
        msgspec.Meta(
            description="The caller's version of the picture: the same as at the last import, "
            "nothing is requested. Empty: none."
        ),
    ] = None
    sha256: Annotated[
        str | None,
        msgspec.Meta(
            description="What the picture's bytes must be.",
            extra_json_schema={"pattern": "^[0-9A-Fa-f]{64}$"},
        ),
    ] = None

    @property
    def handle(self) -> str:
        """Of its media type."""
        return self.mediaType if self.mediaType is not None else DEFAULT_MEDIA_TYPE


class Request(msgspec.Struct, frozen=True):
    """A batch of images to import from one system."""

    systemName: Annotated[Filled, msgspec.Meta(description="The system imported from.")]
    images: Annotated[list[Image], msgspec.Meta(min_length=1)]
    webhook: Annotated[
        str | None, msgspec.Meta(description="Gets one POST when the job is done.")
    ] = None
    context: Annotated[
        dict[str, Any] | None, msgspec.Meta(description="Handed back in the webhook's body.")
    ] = None
    update: Annotated[
        model.Update | None,
        msgspec.Meta(description="What happens to pairs that are there. Absent: `changed`."),
    ] = None


_DECODER = msgspec.json.Decoder(Request)


def decode(body: bytes) -> Request:
    """Decode a body that has the right shape.

    Raises:
        msgspec.MsgspecError, UnicodeDecodeError, RecursionError: it has not; ``faults`` says why.
    """
    return _DECODER.decode(body)
