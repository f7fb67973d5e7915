"""What is known of an image without asking its origin: docs/reference/updates.md has every case.

The catalogue decides once more, with the entry locked: what is found here is as old as the claim.
"""

from wirephoto import model
from wirephoto.db import chunks


def is_left_alone(image: chunks.Image, policy: model.Update) -> bool:
    """Whether the pair's entry stays as it is, whatever the origin has."""
    if image.asset_key is None:
        return False
    return policy == "never" or (policy == "untouched" and image.edited_since)


def is_current(image: chunks.Image, policy: model.Update) -> bool:
    """Whether the entry's picture is the one asked for: by its digest, else by the caller's word.

    A digest that differs refutes an equal checksum.
    """
    if policy == "always" or image.asset_key is None:
        return False
    if image.sha256 is not None:
        return image.sha256 == image.known_sha256
    return image.checksum is not None and image.checksum == image.known_checksum


def validators(image: chunks.Image, policy: model.Update) -> model.Validators:
    """What to ask the origin with: only for an asset that came from this same URL.

    Nothing where 304 would be no answer: under ``always``, and where the bytes we have are not
    known to be those that are asked for.
    """
    if image.asset_key is None or image.source_url != image.url:
        return model.Validators()
    if policy == "always" or image.sha256 is not None:
        return model.Validators()
    return model.Validators(image.etag, image.last_modified)
