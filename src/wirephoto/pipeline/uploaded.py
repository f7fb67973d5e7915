"""How an import names a picture that its client has sent: by the digest of its bytes. Pure.

Never a URL that something is fetched from: no parser of ours takes its scheme, so that neither a
redirect nor a webhook can name one.
"""

import re

SCHEME = "wirephoto-upload:"
_NAME = re.compile(rf"{SCHEME}([0-9a-f]{{64}})")


def name(sha256: str) -> str:
    """What stands in an image's ``url``; ``sha256`` in lower hexadecimal digits."""
    return SCHEME + sha256


def digest(url: str) -> str | None:
    """The digest that ``url`` names; None where it names no upload."""
    found = _NAME.fullmatch(url)
    return found[1] if found else None
