"""Addresses that let their holder send the bytes of one upload, and do nothing else. Pure."""

import hmac

_PURPOSE = b"wirephoto: put an upload\0"  # no digest of a picture, which the same key also signs


def sign(secret: bytes, upload: str, expires: int) -> str:
    """Hex HMAC-SHA256 under the project's secret; ``expires`` in seconds since 1970."""
    return hmac.digest(secret, _PURPOSE + f"{upload}\0{expires}".encode(), "sha256").hex()


def is_signed(secret: bytes, upload: str, expires: int, signature: str) -> bool:
    wanted = sign(secret, upload, expires)
    return hmac.compare_digest(wanted.encode(), signature.encode(errors="replace"))
