"""Logs: JSON or console, stable keys, and no secrets in them.

The first line is what log calls are given: an id, a route, a host; never a URL's text. The second
is here: whatever is said, by us, by libraries or by an exception, loses what looks like a secret,
the queries of URLs among it (they carry signatures), and each value that was concealed.
"""

import contextlib
import logging
import re
import sys
import traceback
from collections.abc import Iterable
from types import TracebackType
from typing import Any, TextIO, cast

import structlog

_LEAST_CHARACTERS = 6  # of a value to conceal: a shorter one is no secret, and part of many words
_NO_SECRETS = {"wirephoto", "postgres", "postgresql", "password"}  # whoever has set them
_LOOK_LIKE_SECRETS = (
    (re.compile(r"wp_[0-9A-Za-z]{8,}"), "wp_…"),
    (re.compile(r"whsec_[0-9A-Za-z+/=_-]+"), "whsec_…"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE), r"\1 …"),
    (re.compile(r"(postgres(?:ql)?://)[^\s\"]*@"), r"\1…@"),  # a password may hold a slash
    (re.compile(r"(?<=://)[^/\s\"\\?#@]*@"), "…@"),
    (re.compile(r"(://[^\s\"\\?#]*)[?#][^\s\"\\]*"), r"\1?…"),
    (re.compile(r"\?[^\s\"=?]*=[^\s\"]*"), "?…"),  # of a path without its host
)
_concealed: set[str] = set()


def conceal(values: Iterable[str]) -> None:
    """From now on these are shown nowhere."""
    long = {value for value in values if len(value) >= _LEAST_CHARACTERS}
    _concealed.update(long - _NO_SECRETS)


def without_secrets(text: str) -> str:
    """The text as it may be shown."""
    for value in sorted(_concealed, key=len, reverse=True):
        text = text.replace(value, "…")
    for pattern, shown in _LOOK_LIKE_SECRETS:
        text = pattern.sub(shown, text)
    return text


class _Log:
    """Standard error, where a line that cannot be written is lost and nothing else is.

    It may be a file on the very disk whose being full is what the line is about.
    """

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.flush()


def configure(log_format: str) -> None:
    """Set up logging for a process; ``log_format`` is ``auto``, ``console`` or ``json``."""
    console = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # The usual traceback of the console shows the variables of each frame, tokens among them.
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        if console
        else structlog.processors.JSONRenderer()
    )
    last: list[structlog.typing.Processor] = [
        structlog.processors.format_exc_info,
        _clean,
        renderer,
    ]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Log())),
        cache_logger_on_first_use=True,
    )
    _configure_libraries(shared, last)


def _configure_libraries(
    shared: list[structlog.typing.Processor], last: list[structlog.typing.Processor]
) -> None:
    """Libraries speak from warnings up, in the same form; the queue tells each task otherwise.

    So does the server of each request that is no HTTP, which anyone may send.
    """
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder(allow=set())],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    handler = logging.StreamHandler(_Log())
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)
    for name in ("opentelemetry", "procrastinate", "uvicorn"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _clean(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: _cleaned(value) for key, value in event.items()}


def _cleaned(value: Any) -> Any:
    """Numbers and the like stay; whatever would be shown by its ``repr`` is that, cleaned."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {str(key): _cleaned(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleaned(one) for one in value]
    return without_secrets(value if isinstance(value, str) else repr(value))


def clean_traces() -> None:
    """What nobody caught ends on standard error, cleaned like all else."""
    sys.excepthook = _report


def _report(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    text = "".join(traceback.format_exception(kind, fault, trace))
    sys.stderr.write(without_secrets(text))
