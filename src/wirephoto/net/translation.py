"""Failures of aiohttp and the system, said in the words of ``errors``: the one table for it.

Reasons are our own words. Those of aiohttp hold URLs with their query, and addresses.
"""

import asyncio
import ssl

import aiohttp

from wirephoto import errors

# Numbers of OpenSSL, x509_vfy.h; ``ssl`` does not name them.
_CERTIFICATE_PROBLEMS = {
    9: "is not valid yet",
    10: "has expired",
    62: "is for another name",
    64: "is for another address",
}

# First match wins: subclasses stand before their bases.
_OPENING: tuple[tuple[type[BaseException], type[errors.PictureError], str], ...] = (
    (aiohttp.ClientSSLError, errors.Unreachable, "TLS: the handshake failed"),
    (ssl.SSLError, errors.Unreachable, "TLS: the handshake failed"),
    (aiohttp.ConnectionTimeoutError, errors.Unreachable, "no connection in time"),
    (asyncio.TimeoutError, errors.Timeout, "no complete answer in time"),
    (aiohttp.ClientConnectorError, errors.Unreachable, "no connection"),
    (aiohttp.ServerDisconnectedError, errors.Unreachable, "the connection ended unanswered"),
    (aiohttp.ClientResponseError, errors.Unreachable, "the answer is not valid HTTP"),
    (aiohttp.ClientPayloadError, errors.Unreachable, "the answer is not valid HTTP"),
    (aiohttp.ClientError, errors.Unreachable, "the connection failed"),
    (OSError, errors.Unreachable, "the connection failed"),
)
OPENING = (aiohttp.ClientError, OSError)

_READING: tuple[tuple[type[BaseException], type[errors.PictureError], str], ...] = (
    (asyncio.TimeoutError, errors.Timeout, "no complete answer in time"),
    (aiohttp.ClientError, errors.Truncated, "the answer ended early"),
)
# Not OSError: the caller writes files while it reads, and a full disk is no fault of an origin.
READING = (aiohttp.ClientError, asyncio.TimeoutError)


def of_opening(failure: BaseException) -> errors.WirephotoError:
    """What went wrong until the head of an answer was there; ``failure`` is one of OPENING."""
    ours = _ours_within(failure)
    if ours is not None:
        return ours
    if isinstance(failure, aiohttp.InvalidURL):
        return errors.BadUrl("cannot be used")
    if isinstance(failure, aiohttp.ClientConnectorCertificateError):
        return _certificate_refused(failure)
    return _by_table(failure, _OPENING)


def of_reading(failure: BaseException) -> errors.PictureError:
    """What went wrong while a body was read; ``failure`` is one of READING."""
    return _by_table(failure, _READING)


def _by_table(
    failure: BaseException,
    table: tuple[tuple[type[BaseException], type[errors.PictureError], str], ...],
) -> errors.PictureError:
    for foreign, ours, reason in table:
        if isinstance(failure, foreign):
            return ours(reason, transient=True)
    raise AssertionError(f"{type(failure).__name__} is missing in the table")


def _ours_within(failure: BaseException | None) -> errors.PictureError | None:
    """An error of ours that aiohttp wrapped on its way up."""
    while failure is not None and not isinstance(failure, errors.PictureError):
        failure = failure.__cause__  # not __context__: it may be what the caller just handled
    return failure


def _certificate_refused(failure: aiohttp.ClientConnectorCertificateError) -> errors.Unreachable:
    code = getattr(failure.certificate_error, "verify_code", None)
    problem = _CERTIFICATE_PROBLEMS.get(code or 0, "is not trusted")
    return errors.Unreachable(f"TLS: certificate {problem}")
