"""One POST at a receiver, and what it met."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from wirephoto import errors
from wirephoto.db import deliveries
from wirephoto.net import retry_after, urls
from wirephoto.net import session as sessions
from wirephoto.pipeline.webhook import signing

ANSWER_SECONDS = 15.0
SLOW_SECONDS = 5.0
_GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, or a problem: its code, and words that may be shown; ``retry_after`` in seconds."""

    seconds: float
    status: int | None = None
    problem: str | None = None
    code: str | None = None
    retry_after: float | None = None

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - any 2xx

    @property
    def is_final(self) -> bool:
        """The receiver wants no more of it."""
        return self.status == _GONE

    @property
    def is_slow(self) -> bool:
        return self.seconds >= SLOW_SECONDS

    @property
    def is_hung(self) -> bool:
        return self.is_slow and self.status is None


async def post(
    session: sessions.Session,
    delivery: deliveries.Delivery,
    secret: str | None,
    *,
    timeout: float,  # noqa: ASYNC109 - the session keeps it
) -> Answer:
    """Send a delivery once; the head of the answer is waited for, its body never read.

    Args:
        session: connections of webhooks alone.
        delivery: a claimed one.
        secret: the installation's, for a project without one of its own.
        timeout: seconds until the head of the answer.
    """
    begun = time.monotonic()
    try:
        url = urls.parse(delivery.url)
        headers = _headers(delivery, url, secret)
        async with session.post(url, headers, delivery.body.encode(), timeout=timeout) as response:
            return _read(response, time.monotonic() - begun)
    except errors.BlockedAddress as refused:
        # How long a name took is nobody's to know.
        return Answer(0.0, problem=refused.reason, code=refused.code)
    except errors.PictureError as failure:
        return Answer(time.monotonic() - begun, problem=failure.reason, code=failure.code)
    except errors.BadUrl as bad:
        return Answer(0.0, problem=str(bad), code="bad_url")


def _headers(delivery: deliveries.Delivery, url: urls.Url, secret: str | None) -> dict[str, str]:
    """The project's own go to the origins it named, where it named any."""
    origins = delivery.webhook_origins
    own = delivery.webhook_headers if origins is None or url.origin in origins else {}
    signed = signing.headers(
        delivery.webhook_secret or secret, delivery.public_id, datetime.now(UTC), delivery.body
    )
    return {**own, "Content-Type": "application/json", **signed}


def _read(response: sessions.Answer, seconds: float) -> Answer:
    asked = retry_after.parse(response.headers.get("Retry-After"), datetime.now(UTC))
    return Answer(seconds, status=response.status, retry_after=asked)
