"""What a client may meet.

ClientError
├── Refused         the server said no: ``status`` and ``details``, keyed by the path of the value
│   └── OverQuota   429: the project's day is full; ``retry_after`` in seconds
├── ServerAway      no answer within the client's patience
├── NotWirephoto    an answer, but not one of this API: a proxy's page, another program
├── NotSent         a local picture cannot be sent: unreadable, empty, too large, changed meanwhile
├── JobBroken       the job ended as ``failed`` by a fault of the server
└── BadWebhook      a webhook without a valid signature, too old, or no event of ours
"""

from collections.abc import Mapping

_FAULT_OF_THE_SERVER = 500


class ClientError(Exception):
    """Root of the tree."""


class Refused(ClientError):
    """The server said no; sending the same again would be answered the same.

    ``request``: its name, by which the server's log tells more.
    """

    def __init__(self, status: int, details: Mapping[str, str], request: str | None = None) -> None:
        said = "; ".join(f"{path}: {text}" for path, text in details.items())
        named = f" (request {request})" if request and status >= _FAULT_OF_THE_SERVER else ""
        super().__init__(f"the server answers {status}: {said}{named}")
        self.status = status
        self.details = dict(details)
        self.request = request


class OverQuota(Refused):
    """The project's quota has no room; ``retry_after`` is in seconds, 0 when it is not told."""

    def __init__(
        self,
        status: int,
        details: Mapping[str, str],
        retry_after: float,
        request: str | None = None,
    ) -> None:
        super().__init__(status, details, request)
        self.retry_after = retry_after


class ServerAway(ClientError):
    """No answer, or 502 to 504, for as long as the client was told to wait."""


class NotWirephoto(ClientError):
    """What answers there does not speak this API."""


class NotSent(ClientError):
    """A local picture that cannot be sent."""


class JobBroken(ClientError):
    """The job as a whole ended as ``failed``: a fault of the server, not of a picture."""


class BadWebhook(ClientError):
    """The message cannot be trusted, or is none of ours."""
