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


def trial_key() -> str:
    """A key under ``RESERVED`` that nobody else uses."""
    return f"{RESERVED}/check-{secrets.token_hex(16)}"


def _is_name(part: str) -> bool:
    return bool(part) and not part.startswith(".") and len(part.encode()) <= _MAX_NAME_BYTES
