"""Signatures of a webhook: Standard Webhooks, and the header that Livingdocs sends.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hashlib
import hmac
from datetime import datetime

import standardwebhooks

_PREFIX = "whsec_"


def headers(secret: str | None, message_id: str, at: datetime, body: str) -> dict[str, str]:
    """Headers of one try; ``at`` is in UTC. Without a secret there is an id and a time alone.

    A secret that begins with ``whsec_`` is base64 for Standard Webhooks; any other text is its key
    as it stands. ``x-livingdocs-signature`` is keyed with the secret's text as configured.
    """
    found = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
    }
    if secret is not None:
        key = secret if secret.startswith(_PREFIX) else secret.encode()
        signer = standardwebhooks.Webhook(key)
        digest = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
        found["webhook-signature"] = signer.sign(message_id, at, body)
        found["x-livingdocs-signature"] = f"sha256={digest}"
    return found
