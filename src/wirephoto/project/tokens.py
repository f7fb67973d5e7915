"""Access tokens: how they look, and what is kept of them.

``wp_``, 38 random base62 characters (226 bits) and a checksum of 6. The fixed prefix and the
checksum let a secret scanner recognise a leaked token offline, and us refuse a mistyped one without
asking the database (GitHub's token format, 2021).
"""

import hashlib
import re
import secrets
import string
import zlib
from collections.abc import Collection

ADMIN = "ui:admin"
OF_A_PROJECT = frozenset({"public-api:read", "public-api:write", "ui:read", "ui:write", ADMIN})
SCOPES = OF_A_PROJECT | {"metrics:read"}  # this one tells of the whole installation

PREFIX = "wp_"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_CHARACTERS = 38
_CHECKSUM_CHARACTERS = 6  # 62**6 > 2**32
_SHAPE = re.compile(
    f"{PREFIX}[0-9A-Za-z]{{{_RANDOM_CHARACTERS}}}[0-9A-Za-z]{{{_CHECKSUM_CHARACTERS}}}"
)


def grantable(held: Collection[str]) -> frozenset[str]:
    """Scopes that who holds these may give to others of the project, or take from them.

    An admin has the project, whole. What is of the installation gives only who has it.
    """
    return OF_A_PROJECT | (SCOPES & set(held)) if ADMIN in held else frozenset()


def mint() -> str:
    """A new token; shown once, kept only as its ``digest``."""
    body = PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))
    return body + _checksum(body)


def is_well_formed(token: str) -> bool:
    """Whether the text can be a token of ours. Says nothing of whether it is one."""
    if not _SHAPE.fullmatch(token):
        return False
    return _checksum(token[:-_CHECKSUM_CHARACTERS]) == token[-_CHECKSUM_CHARACTERS:]


def digest(token: str) -> bytes:
    """What the database keeps and looks up: SHA-256, 32 bytes.

    A slow or salted hash guards secrets that people choose. These are 226 random bits: nobody
    can try them all, nor prepare a table of them.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _checksum(body: str) -> str:
    """CRC-32 of the prefix and the random part in base62, most significant character first."""
    number = zlib.crc32(body.encode())
    characters = []
    for _ in range(_CHECKSUM_CHARACTERS):
        number, digit = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[digit])
    return "".join(reversed(characters))
