"""Settings: environment ``WIREPHOTO_…`` over ``wirephoto.toml`` over defaults.

The only reader of the environment. ``wiring`` hands each stage its own small section.
"""

import base64
import binascii
import ipaddress
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

import pydantic
import pydantic_settings

from wirephoto import errors

PREFIX = "WIREPHOTO_"
CLIENT_VARIABLES = frozenset({"WIREPHOTO_SERVER", "WIREPHOTO_TOKEN"})  # of the commands that ask
FILE = Path("wirephoto.toml")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# What libpq takes as a URL and takes apart as its writer meant it: an ``@`` or a ``/`` in a
# password moves a part of it into the host or the database, and so into messages.
_DATABASE_URL = re.compile(
    r"postgres(?:ql)?://(?:[^@/?\s]*@)?(?P<hosts>[^@/?\s]*)(?:/[^@?\s]*)?(?:\?\S*)?"
)
_NOT_ENCODED = re.compile(r"%(?![0-9a-fA-F]{2})")
_HOST = re.compile(r"(?:\[[0-9a-fA-F:.%]+\]|[^\[\]:]*)(?::[0-9]*)?")
_COLLECTOR_SECRETS = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")
_CLOUD_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AZURE_STORAGE_ACCOUNT_KEY")

Positive = Annotated[int, pydantic.Field(ge=1)]
CommaList = pydantic_settings.NoDecode


def _split(value: object) -> object:
    return (
        [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, str)
        else value
    )


class Settings(pydantic_settings.BaseSettings):
    """Every setting with its default. Field names are the variables without the prefix."""

    model_config = pydantic_settings.SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True
    )

    data_dir: Path = pydantic.Field(
        default=Path("wirephoto-data"),
        description="Folder of the embedded database, local storage, temporary files and projects.",
    )
    database_url: pydantic.SecretStr | None = pydantic.Field(
        default=None, description="PostgreSQL to use; absent: the embedded one is started."
    )
    storage_url: str | None = pydantic.Field(
        default=None,
        description="`file://…`, `s3://bucket/prefix`, `gs://…` or `az://…`; "
        "absent: a folder in the data directory.",
    )
    projects: Path | None = pydantic.Field(
        default=None,
        description="Folder of project files; absent: `projects` in the data directory.",
    )
    public_url: str | None = pydantic.Field(
        default=None,
        description="Address that clients reach us at, for the URLs in answers; absent: as "
        "the request came.",
    )
    host: str = pydantic.Field(default="127.0.0.1", description="Address that `serve` listens on.")
    port: Annotated[int, pydantic.Field(ge=0, le=65535)] = pydantic.Field(
        default=9090, description="Port that `serve` listens on; 0 takes a free one."
    )
    workers: Annotated[int, pydantic.Field(ge=0, le=256)] = pydantic.Field(
        default_factory=lambda: min(os.cpu_count() or 1, 8),
        description="Worker processes of `serve` and `worker`; absent: one a core, 8 at most.",
    )
    max_connections: Positive = pydantic.Field(
        default=2000, description="Connections of clients to one `serve` at once."
    )
    client_timeout: Annotated[float, pydantic.Field(gt=0, le=3600)] = pydantic.Field(
        default=30.0,
        description="Seconds that a client may take for the head of a request, pause in its body, "
        "or take next to nothing of an answer.",
    )
    max_batch: Positive = pydantic.Field(default=100_000, description="Images in one request.")
    max_body_bytes: Positive = pydantic.Field(
        default=64_000_000, description="Bytes of one request's body."
    )
    max_context_bytes: Positive = pydantic.Field(
        default=8192, description="Bytes of a request's `context` as UTF-8 JSON."
    )
    max_bytes: Positive = pydantic.Field(default=100_000_000, description="Bytes of one image.")
    max_pixels: Positive = pydantic.Field(
        default=200_000_000, description="Width times height times frames of one image."
    )
    fetch_timeout: Annotated[float, pydantic.Field(gt=0, le=3600)] = pydantic.Field(
        default=60.0, description="Seconds for one try at an image, redirects included."
    )
    fetch_min_rate: Annotated[int, pydantic.Field(ge=0)] = pydantic.Field(
        default=1000,
        description="Bytes a second, over 10 s, below which a try ends as `timeout`; 0 is off.",
    )
    fetch_tries: Annotated[int, pydantic.Field(ge=1, le=20)] = pydantic.Field(
        default=4, description="Tries at an image whose failure may pass."
    )
    host_connections: Annotated[int, pydantic.Field(ge=1, le=1000)] = pydantic.Field(
        default=16, description="Connections to one origin, over all workers of the installation."
    )
    park_minutes: Annotated[float, pydantic.Field(ge=0)] = pydantic.Field(
        default=15.0,
        description="Minutes that pictures of an origin that cannot be reached wait for it; "
        "0 is off.",
    )
    probe_seconds: Annotated[float, pydantic.Field(gt=0, le=600)] = pydantic.Field(
        default=30.0, description="Seconds between two probes of an origin that cannot be reached."
    )
    history_days: Annotated[int, pydantic.Field(ge=0, le=36_500)] = pydantic.Field(
        default=0, description="Days that changes of entries are kept; 0 is for ever."
    )
    job_days: Annotated[int, pydantic.Field(ge=0, le=36_500)] = pydantic.Field(
        default=0,
        description="Days that a job is kept after its end, with its rows and webhooks; "
        "0 is for ever.",
    )
    picture_days: Annotated[int, pydantic.Field(ge=0, le=36_500)] = pydantic.Field(
        default=0,
        description="Days that a picture is kept after the last entry referred to it; 0 is until "
        "it is removed by hand.",
    )
    upload_hours: Annotated[int, pydantic.Field(ge=1, le=24 * 30)] = pydantic.Field(
        default=24, description="Hours that a picture sent to us waits to be imported."
    )
    max_uploads: Positive = pydantic.Field(
        default=20_000, description="Pictures of a project that may wait like that at once."
    )
    allow_networks: Annotated[tuple[Network, ...], CommaList, pydantic.BeforeValidator(_split)] = (
        pydantic.Field(
            default=(),
            description="Networks (CIDR, comma-separated) exempt from the address guard, on "
            "every port.",
        )
    )
    allow_ports: Annotated[
        tuple[Annotated[int, pydantic.Field(ge=1, le=65535)], ...] | None,
        CommaList,
        pydantic.BeforeValidator(_split),
    ] = pydantic.Field(
        default=None,
        description="The only ports (comma-separated) that images and webhooks may be on; "
        "absent: 80, 443 and from 1024 on but those of well-known services.",
    )
    nat64_prefix: ipaddress.IPv6Network | None = pydantic.Field(
        default=None,
        description="NAT64 prefix (a /96) of this network: addresses in it are judged by "
        "the IPv4 address they hold.",
    )
    contact: str | None = pydantic.Field(
        default=None,
        description="How an origin's operator reaches you (URL or mail address), in the "
        "User-Agent.",
    )
    webhook_secret: pydantic.SecretStr | None = pydantic.Field(
        default=None,
        description="Signs webhooks of projects without a secret of their own; `whsec_` and "
        "base64, or any text.",
    )
    asset_max_age: Annotated[int, pydantic.Field(ge=0)] = pydantic.Field(
        default=300, description="Seconds that a delivered picture may be cached."
    )
    renditions: bool = pydantic.Field(
        default=True,
        description="Whether pictures are made smaller for who asks (`?w=640`); `false`: their "
        "stored bytes are served, whatever is asked.",
    )
    metrics_port: Annotated[int, pydantic.Field(ge=1, le=65535)] | None = pydantic.Field(
        default=None,
        description="Port of `/metrics` without a token, for `serve` and `worker`; absent: none.",
    )
    metrics_host: pydantic.IPvAnyAddress = pydantic.Field(
        default=ipaddress.IPv4Address("127.0.0.1"),
        description="Address of that port: never a public one; on `0.0.0.0` or `::` only "
        "connections within a private network are answered.",
    )
    traces: bool = pydantic.Field(
        default=False,
        description="Whether spans are sent by OTLP over HTTP, to where OpenTelemetry's own "
        "variables say; needs the extra `otel`.",
    )
    trace_images: Annotated[float, pydantic.Field(ge=0, le=1)] = pydantic.Field(
        default=0.0, description="Share of the images that get a span of their own, 0 to 1."
    )
    log_format: Literal["auto", "console", "json"] = pydantic.Field(
        default="auto", description="`console` or `json`; `auto`: console on a terminal."
    )

    def secrets(self) -> list[str]:
        """What is to be shown nowhere, as this process knows it."""
        found = [os.environ.get(name, "") for name in _CLOUD_SECRETS]
        for name in _COLLECTOR_SECRETS:
            found += _header_values(os.environ.get(name, ""))
        if self.webhook_secret is not None:
            found.append(self.webhook_secret.get_secret_value())
        if self.database_url is not None:
            found += _passwords(self.database_url.get_secret_value())
        return [secret for secret in found if secret]

    @pydantic.field_validator("database_url")
    @classmethod
    def _database_url_is_one(cls, value: pydantic.SecretStr | None) -> pydantic.SecretStr | None:
        text = value.get_secret_value() if value else "postgresql://"
        shape = _DATABASE_URL.fullmatch(text)
        hosts = shape["hosts"].split(",") if shape else []
        if _NOT_ENCODED.search(text) or not all(map(_HOST.fullmatch, hosts)) or not hosts:
            raise ValueError(
                "must be postgresql://user:password@host:port/database, with what is special in "
                "the password percent-encoded"
            )
        return value

    @pydantic.field_validator("storage_url")
    @classmethod
    def _storage_url_is_known(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in {"file", "s3", "gs", "az"}:
            raise ValueError("must begin with file://, s3://, gs:// or az://")
        return value

    @pydantic.field_validator("metrics_host")
    @classmethod
    def _metrics_host_is_private(cls, value: pydantic.IPvAnyAddress) -> pydantic.IPvAnyAddress:
        if value.is_global:
            raise ValueError("must not be a public address: there, ask /metrics with a token")
        return value

    @pydantic.field_validator("public_url")
    @classmethod
    def _public_url_is_http(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if (
            parts.scheme not in {"http", "https"}
            or not parts.hostname
            or "@" in parts.netloc
            or parts.query
            or parts.fragment
        ):
            raise ValueError("must be an http or https address without credentials and query")
        return value.rstrip("/")

    @pydantic.field_validator("contact")
    @classmethod
    def _contact_fits_a_header(cls, value: str | None) -> str | None:
        if value is not None and not (value.isascii() and value.isprintable()):
            raise ValueError("must be printable ASCII")
        return value

    @pydantic.field_validator("webhook_secret")
    @classmethod
    def _webhook_secret_is_a_key(
        cls, value: pydantic.SecretStr | None
    ) -> pydantic.SecretStr | None:
        text = value.get_secret_value() if value else ""
        if text.startswith("whsec_"):
            try:
                is_key = bool(base64.b64decode(text.removeprefix("whsec_"), validate=True))
            except binascii.Error:
                is_key = False
            if not is_key:
                raise ValueError("must be base64 after whsec_")
        return value

    @pydantic.field_validator("nat64_prefix")
    @classmethod
    def _nat64_prefix_is_96(
        cls, value: ipaddress.IPv6Network | None
    ) -> ipaddress.IPv6Network | None:
        if value is not None and value.prefixlen != 96:  # noqa: PLR2004 - RFC 6052, 2.2
            raise ValueError("must be a /96")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[pydantic_settings.BaseSettings],
        init_settings: pydantic_settings.PydanticBaseSettingsSource,
        env_settings: pydantic_settings.PydanticBaseSettingsSource,
        dotenv_settings: pydantic_settings.PydanticBaseSettingsSource,  # noqa: ARG003 - none of ours
        file_secret_settings: pydantic_settings.PydanticBaseSettingsSource,  # noqa: ARG003 - none of ours
    ) -> tuple[pydantic_settings.PydanticBaseSettingsSource, ...]:
        toml = pydantic_settings.TomlConfigSettingsSource(settings_cls, FILE)
        return init_settings, env_settings, toml


def load(**given: Any) -> Settings:
    """Settings as they are in force; ``given`` are options of the command line, None is absent.

    Raises:
        errors.SettingError: names the first variable (or option) that is wrong, and why.
    """
    options = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**options)
    except pydantic.ValidationError as invalid:
        raise _as_setting_error(invalid) from None
    except (tomllib.TOMLDecodeError, OSError) as unreadable:
        raise errors.SettingError(str(FILE), str(unreadable)) from None


def _as_setting_error(invalid: pydantic.ValidationError) -> errors.SettingError:
    fault = invalid.errors(include_url=False, include_context=False)[0]
    field = str(fault["loc"][0]) if fault["loc"] else "settings"
    name = PREFIX + field.upper()
    if fault["type"] == "extra_forbidden":
        return errors.SettingError(f"{FILE}: {field}", "there is no such setting")
    given = str(fault["input"])
    may_be_secret = field.endswith(("_url", "_secret")) or "whsec_" in given
    is_plain = not may_be_secret and not set("@?") & set(given)
    shown = f" (it is {fault['input']!r})" if is_plain else ""
    return errors.SettingError(name, fault["msg"].removeprefix("Value error, ") + shown)


def _passwords(url: str) -> list[str]:
    """The password of a database's URL, as it is written and as it is meant."""
    authority = url.partition("://")[2].partition("/")[0]
    written = authority.rpartition("@")[0].partition(":")[2]
    named = parse_qs(urlsplit(url).query).get("password", [])
    return [written, unquote(written), *named]


def _header_values(written: str) -> list[str]:
    """Of headers as OpenTelemetry has them: ``name=value,…``, as written and as meant."""
    values = [pair.partition("=")[2].strip() for pair in written.split(",")]
    return [*values, *map(unquote, values)]


def unknown_variables() -> list[str]:
    """Variables with our prefix that are no setting: most often a slip of the keyboard."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | CLIENT_VARIABLES
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
