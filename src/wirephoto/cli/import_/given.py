"""What the command was told."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from wirephoto.cli import connection
from wirephoto.cli.import_ import run
from wirephoto.client.manifest import reading


@dataclass(frozen=True, slots=True)
class Reading:
    """How manifests are read; None: found out."""

    encoding: str | None
    separator: str | None
    named: Mapping[str, str]

    @contextlib.contextmanager
    def opened(self, name: str) -> Iterator[reading.Manifest]:
        with reading.opened(
            name, encoding=self.encoding, separator=self.separator, named=self.named
        ) as found:
            yield found


@dataclass(frozen=True, slots=True)
class Given:
    """``links``: those in folders are followed."""

    connection: connection.Connection
    order: run.Order
    report: Path | None
    reading: Reading
    quiet: bool
    restart: bool
    keep_state: bool
    links: bool = False
