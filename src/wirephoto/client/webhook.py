"""Webhooks as their receiver reads them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import standardwebhooks

from wirephoto.client import errors, jobs

SOURCE = "livingdocs-image-import"
_PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Event:
    """A job is done. ``id`` is the message's, the same in each try: keep it to know doubles."""

    id: str
    job: str
    state: str
    counters: jobs.Counters
    context: Mapping[str, Any] | None


def verify_webhook(body: bytes, headers: Mapping[str, str], secret: str) -> Event:
    """The event of a webhook, if it is from who knows the secret and not older than five minutes.

    Args:
        body: exactly as it came.
        headers: of the request, in any case.
        secret: as the server has it, ``whsec_…`` or any text.

    Raises:
        BadWebhook: neither the signature of Standard Webhooks nor the body is what it should be.
    """
    given = {name.lower(): value for name, value in headers.items()}
    key = secret if secret.startswith(_PREFIX) else secret.encode()
    try:
        standardwebhooks.Webhook(key).verify(body, given)
    except standardwebhooks.WebhookVerificationError as fault:
        raise errors.BadWebhook(str(fault)) from None
    return _event(given.get("webhook-id", ""), body)


def _event(message: str, body: bytes) -> Event:
    try:
        document = json.loads(body)
        source = document["source"]
        told = document["overview"]
        details = told["details"]
    except (ValueError, LookupError, TypeError):
        raise errors.BadWebhook("the body is no event of an import") from None
    if source != SOURCE:
        raise errors.BadWebhook(f"the source is {source!r}")
    names = ("success", "skipped", "failed", "cancelled")
    counters = jobs.Counters(told["total"], **{name: details.get(name, 0) for name in names})
    return Event(message, document["id"], document["state"], counters, document.get("context"))
