"""The keys of storage. Pure.

A picture's key is made of its content, under a secret of its project: equal bytes meet in one
object, and who has the bytes still cannot guess where they are served.
"""

import hashlib
import hmac
import re
import secrets

from wirephoto import errors, model

RESERVED = ".wirephoto"
"""Folder of our own, beside the projects; no key reaches it."""

RENDITIONS = "renditions.wirephoto"
"""Folder of pictures made smaller. No project's handle holds a dot; nothing else may lie there."""

UPLOADS = "uploads.wirephoto"
"""Folder of pictures that wait to be imported, as their clients sent them; as above."""

MARK = f"{RESERVED}/mark"
"""File that says that this is the folder pictures were put into."""

_PROJECT = re.compile(r"[a-z0-9_-]{1,63}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MAX_KEY_BYTES = 1024  # of S3, the shortest of all
_MAX_NAME_BYTES = 255  # of a file


class Missing(errors.WirephotoError, KeyError):
    """Storage has nothing under this key."""


def asset_key(project: str, secret: bytes, sha256: bytes, kind: model.Kind) -> str:
    """``<project>/<ab>/<HMAC-SHA256 of the digest>.<ext>``, ``ab`` its first two digits.

    Args:
        project: its handle.
        secret: the project's own; whoever has it can tell a picture's key from its bytes.
        sha256: digest (32 bytes) of the picture.
        kind: gives the extension.

    Raises:
        ValueError: no handle, no secret, no SHA-256.
    """
    if not _PROJECT.fullmatch(project):
        raise ValueError("a project's handle is made of a-z, 0-9, - and _")
    if not secret or len(sha256) != hashlib.sha256().digest_size:
        raise ValueError("a key needs a secret and a SHA-256 digest")
    name = hmac.digest(secret, sha256, "sha256").hex()
    return f"{project}/{name[:2]}/{name}.{kind.value}"


def is_key(key: str) -> bool:
    """Whether ``key`` can name an object, ours or one that lay in storage before.

    No part may be empty or begin with a dot: nothing leads out of the storage, nor to ``RESERVED``.
    """
    if _UNPRINTABLE.search(key) or len(key.encode()) > _MAX_KEY_BYTES:
        return False
    return all(_is_name(part) for part in key.split("/"))


def rendition_key(original: str, name: str) -> str:
    """Where a rendition of ``original`` lies, whatever key that has; ``name`` tells which."""
    digest = hashlib.sha256(original.encode()).hexdigest()
    return f"{RENDITIONS}/{digest[:2]}/{digest}-{name}"


def is_rendition(key: str) -> bool:
    return key.startswith(f"{RENDITIONS}/")


def upload_key(name: str) -> str:
    """Where the bytes of an upload lie until they are imported."""
    return f"{UPLOADS}/{name[:2]}/{name}"


def is_upload(key: str) -> bool:
    return key.startswith(f"{UPLOADS}/")


def is_own_matter(key: str) -> bool:
    """Whether a key is of a kind that no caller may name: made by us, for a purpose of ours."""
    return is_rendition(key) or is_upload(key)


def trial_key() -> str:
    """A key under ``RESERVED`` that nobody else uses."""
    return f"{RESERVED}/check-{secrets.token_hex(16)}"


def _is_name(part: str) -> bool:
    return bool(part) and not part.startswith(".") and len(part.encode()) <= _MAX_NAME_BYTES
