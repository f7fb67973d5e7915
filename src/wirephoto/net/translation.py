"""Failures of connections, of TLS and of HTTP, said in the words of ``errors``: the one table.

Reasons are our own words: those of others hold addresses, or what a server sent.
"""

import ssl

from wirephoto import errors
from wirephoto.net import connection

# Numbers of OpenSSL, x509_vfy.h; ``ssl`` does not name them.
_CERTIFICATE_PROBLEMS = {
    9: "is not valid yet",
    10: "has expired",
    62: "is for another name",
    64: "is for another address",
}

# First match wins: subclasses stand before their bases.
_OPENING: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLError, "TLS: the handshake failed"),
    (TimeoutError, "no connection in time"),
    (OSError, "no connection"),
    (RuntimeError, "no connection"),  # uvloop's word for a transport that is gone already
)
OPENING = (OSError, RuntimeError)


def of_opening(failure: BaseException) -> errors.Unreachable:
    """Why there is no connection; ``failure`` is one of OPENING."""
    if isinstance(failure, ssl.SSLCertVerificationError):
        problem = _CERTIFICATE_PROBLEMS.get(failure.verify_code, "is not trusted")
        return errors.Unreachable(f"TLS: certificate {problem}")
    for foreign, reason in _OPENING:
        if isinstance(failure, foreign):
            return errors.Unreachable(reason, transient=True)
    raise AssertionError(f"{type(failure).__name__} is missing in the table")


def of_asking(failure: connection.Broken) -> errors.Unreachable:
    """What went wrong until the head of an answer was there."""
    if failure.invalid:
        return errors.Unreachable("the answer is not valid HTTP", transient=True)
    if failure.failed:
        return errors.Unreachable("the connection failed", transient=True)
    return errors.Unreachable("the connection ended unanswered", transient=True)


def of_reading(failure: connection.Broken) -> errors.Truncated:
    """What went wrong while a body was read."""
    if failure.invalid:
        return errors.Truncated("the body broke off: what came is not valid HTTP", transient=True)
    return errors.Truncated("the answer ended early", transient=True)


def of_time() -> errors.Timeout:
    return errors.Timeout("no complete answer in time", transient=True)
