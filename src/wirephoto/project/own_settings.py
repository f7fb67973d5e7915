"""Our own settings of a project: what stands under ``"wirephoto"`` in its file.

Unlike the Livingdocs parts, an unknown key here stops the start: it is a slip of the keyboard.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

from wirephoto import errors, model
from wirephoto.net import urls
from wirephoto.project import node, wording

Verify = Literal["structure", "decode"]
_VERIFY: tuple[Verify, ...] = get_args(Verify)
DEFAULT_KINDS = frozenset({model.Kind.PNG, model.Kind.JPEG, model.Kind.GIF, model.Kind.SVG})

_LIMITS = ("imagesPerDay", "types", "maxBytes", "maxPixels", "verify")
_SECRETS = ("webhookSecret", "webhookHeaders", "webhookOrigins")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token: RFC 9110, 5.6.2
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?")
_OUR_HEADERS = frozenset(
    {
        *("host", "connection", "content-length", "content-type", "content-encoding"),
        *("transfer-encoding", "te", "trailer", "upgrade", "expect", "x-livingdocs-signature"),
    }
)
_SIGNED_SECRET = "whsec_"  # noqa: S105 - the prefix that Standard Webhooks gives a secret


@dataclass(frozen=True, slots=True)
class ProjectLimits:
    """``images_per_day`` 0 is no limit; None of bytes and pixels leaves the installation's."""

    images_per_day: int = 0
    kinds: frozenset[model.Kind] = DEFAULT_KINDS
    max_bytes: int | None = None
    max_pixels: int | None = None
    verify: Verify = "structure"


def _no_headers() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Secrets:
    """Never in a job, a log or a repr.

    ``webhook_origins``: the only ones that get the headers; None is any.
    """

    webhook_secret: str | None = field(default=None, repr=False)
    webhook_headers: Mapping[str, str] = field(default_factory=_no_headers, repr=False)
    webhook_origins: tuple[str, ...] | None = None

    def __bool__(self) -> bool:
        return bool(self.webhook_secret or self.webhook_headers)


def parse(own: node.Node | None) -> tuple[ProjectLimits, Secrets]:
    """Raises errors.SettingError with file, path and reason; never echoes a secret."""
    if own is None:
        return ProjectLimits(), Secrets()
    for name, where in own.nodes().items():
        if name not in (*_LIMITS, *_SECRETS):
            known = wording.did_you_mean(name, (*_LIMITS, *_SECRETS))
            raise where.fault(f"there is no such setting{known}")
    return parse_limits(own), _parse_secrets(own)


def parse_limits(own: node.Node) -> ProjectLimits:
    per_day, kinds, max_bytes, max_pixels, verify = (own.get(name) for name in _LIMITS)
    return ProjectLimits(
        images_per_day=per_day.integer(least=0) if per_day else 0,
        kinds=_kinds(kinds) if kinds else DEFAULT_KINDS,
        max_bytes=max_bytes.integer(least=1) if max_bytes else None,
        max_pixels=max_pixels.integer(least=1) if max_pixels else None,
        verify=_verify(verify) if verify else "structure",
    )


def dump_limits(limits: ProjectLimits) -> dict[str, Any]:
    """JSON that ``parse_limits`` reads back to equal limits."""
    return {
        "imagesPerDay": limits.images_per_day,
        "types": sorted(limits.kinds),
        "maxBytes": limits.max_bytes,
        "maxPixels": limits.max_pixels,
        "verify": limits.verify,
    }


def _kinds(listed: node.Node) -> frozenset[model.Kind]:
    kinds = frozenset(_kind(one) for one in listed.items())
    if not kinds:
        raise listed.fault("must not be empty")
    return kinds


def _kind(one: node.Node) -> model.Kind:
    known = [kind.value for kind in model.Kind]
    if one.text() not in known:
        suggestion = wording.did_you_mean(one.value, known)
        raise one.fault(f"{wording.shown(one.value)} is no type of image{suggestion}")
    return model.Kind(one.value)


def _verify(one: node.Node) -> Verify:
    for choice in _VERIFY:
        if one.value == choice:
            return choice
    raise one.wrong(f"must be one of: {wording.listed(_VERIFY)}")


def _parse_secrets(own: node.Node) -> Secrets:
    secret, headers, origins = (own.get(name) for name in _SECRETS)
    return Secrets(
        webhook_secret=_secret(secret) if secret else None,
        webhook_headers=_headers(headers) if headers else _no_headers(),
        webhook_origins=tuple(_origin(one) for one in origins.items()) if origins else None,
    )


def _origin(one: node.Node) -> str:
    """An origin as a URL of ours tells it: its port is always there."""
    try:
        url = urls.parse(one.text())
    except errors.BadUrl as bad:
        raise one.wrong(f"is no origin: it {bad}") from None
    if url.text.count("/") != 3 or not url.text.endswith("/"):  # noqa: PLR2004 - https://host/
        raise one.wrong("must be an origin alone, as https://cms.example.com")
    return url.origin


def _secret(one: node.Node) -> str:
    if not isinstance(one.value, str) or not one.value:
        raise one.fault("must be a text that is not empty")
    text = one.text()
    if text.startswith(_SIGNED_SECRET) and not _is_base64(text.removeprefix(_SIGNED_SECRET)):
        raise one.fault(f"must be base64 after {_SIGNED_SECRET}")
    return text


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False


def _headers(given: node.Node) -> Mapping[str, str]:
    if not isinstance(given.value, dict):
        raise given.fault("must be an object")  # it may hold a secret: never shown
    return MappingProxyType({name: _header(name, one) for name, one in given.nodes().items()})


def _header(name: str, one: node.Node) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise one.fault("is not the name of a header")
    if name.lower() in _OUR_HEADERS or name.lower().startswith("webhook-"):
        raise one.fault("this header is set by wirephoto itself")
    if not isinstance(one.value, str) or not _HEADER_VALUE.fullmatch(one.value):
        raise one.fault("must be a text of printable ASCII without spaces around it")
    return one.value
