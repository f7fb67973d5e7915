"""The one tree of errors.

WirephotoError
├── OperatorError            one line for who starts a command: what is wrong, how to mend it
│   └── SettingError         a setting; names its variable or file and path
├── RequestError             becomes an HTTP answer in ``api.errors``; carries status and details
│   ├── InvalidRequest 400 · Unauthorized 401 · Forbidden 403 · NotFound 404 · Conflict 409
│   ├── Gone 410 · BodyTooLarge 413 · RangeNotSatisfiable 416 · Unprocessable 422
│   └── OverQuota 429 · Unavailable 503
├── BadUrl                   a text that cannot be the URL of a picture or a webhook
└── PictureError             one picture failed; its leaves are the codes of the contract
    ├── Unreachable · Timeout · HttpStatus · TooManyRedirects · BlockedAddress
    ├── TooLarge · TooManyPixels · UnsupportedType · UnsupportedEncoding · NotAnImage
    ├── Truncated · UnsafeSvg · ChecksumMismatch · InvalidMetadata · UnknownMediaType
    └── UploadGone · StorageFailed · DuplicateId · Cancelled · Internal
"""

from collections.abc import Mapping
from typing import ClassVar


class WirephotoError(Exception):
    """Root of the tree."""


class OperatorError(WirephotoError):
    """A command cannot go on; the text is the one line its user reads."""


class SettingError(OperatorError):
    """A setting or project file is wrong.

    Args:
        name: the variable, or the file and the path in it.
        problem: what is wrong with the value and what it may be.
    """

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name
        self.problem = problem


class BadUrl(WirephotoError):
    """The text cannot be a URL of ours; the message says why.

    It holds no part of the URL, but perhaps its scheme.
    """


class RequestError(WirephotoError):
    """An HTTP answer: ``status``, and ``details`` keyed by the path of the value or by topic."""

    status: ClassVar[int]

    def __init__(
        self, details: Mapping[str, str], *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__("; ".join(f"{key}: {text}" for key, text in details.items()))
        self.details = dict(details)
        self.headers = dict(headers or {})


class InvalidRequest(RequestError):
    status = 400


class Unauthorized(RequestError):
    status = 401


class Forbidden(RequestError):
    status = 403


class NotFound(RequestError):
    status = 404


class Conflict(RequestError):
    status = 409


class Gone(RequestError):
    status = 410


class BodyTooLarge(RequestError):
    status = 413


class RangeNotSatisfiable(RequestError):
    status = 416


class Unprocessable(RequestError):
    status = 422


class OverQuota(RequestError):
    """Its answer is an array of one error, as the public documentation shows it."""

    status = 429


class Unavailable(RequestError):
    status = 503


class PictureError(WirephotoError):
    """One picture failed.

    Args:
        reason: for people; never holds a URL's query or credentials, nor what an inner
            network answered.
        transient: a later try may succeed.
        retry_after: seconds the origin asked to wait (RFC 9110, 10.2.3).
        http_status: of the origin's answer, where there was one.

    ``redirected``: it came from a place that the picture's own origin sent us to.
    """

    code: ClassVar[str]
    redirected = False

    def __init__(
        self,
        reason: str,
        *,
        transient: bool = False,
        retry_after: float | None = None,
        http_status: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.transient = transient
        self.retry_after = retry_after
        self.http_status = http_status


class Unreachable(PictureError):
    """No HTTP answer at all: name, connection or TLS."""

    code = "unreachable"


class Timeout(PictureError):
    code = "timeout"


class HttpStatus(PictureError):
    """The origin answered, but not with the picture."""

    code = "http_status"


class TooManyRedirects(PictureError):
    code = "too_many_redirects"


class BlockedAddress(PictureError):
    """The address guard refused a literal, a name, a DNS answer, a port or a redirect."""

    code = "blocked_address"


class TooLarge(PictureError):
    code = "too_large"


class TooManyPixels(PictureError):
    code = "too_many_pixels"


class UnsupportedType(PictureError):
    """An image, but of a kind this project does not take."""

    code = "unsupported_type"


class UnsupportedEncoding(PictureError):
    code = "unsupported_encoding"


class NotAnImage(PictureError):
    code = "not_an_image"


class Truncated(PictureError):
    code = "truncated"


class UnsafeSvg(PictureError):
    code = "unsafe_svg"


class ChecksumMismatch(PictureError):
    code = "checksum_mismatch"


class InvalidMetadata(PictureError):
    code = "invalid_metadata"


class UnknownMediaType(PictureError):
    code = "unknown_media_type"


class UploadGone(PictureError):
    """The client's own bytes are not here any more."""

    code = "upload_gone"


class StorageFailed(PictureError):
    code = "storage"


class DuplicateId(PictureError):
    code = "duplicate_id"


class Cancelled(PictureError):
    code = "cancelled"


class Internal(PictureError):
    code = "internal"


def failure_codes() -> frozenset[str]:
    """Every code a failed row may carry."""
    return frozenset(leaf.code for leaf in PictureError.__subclasses__())
