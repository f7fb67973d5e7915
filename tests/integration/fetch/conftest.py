"""A hostile origin, a session that may reach it, and one way to call ``download``."""

import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.origins import hostile
from wirephoto import errors, model
from wirephoto.net import addresses, urls
from wirephoto.net import session as sessions
from wirephoto.pipeline.fetch import download

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


@dataclass
class Fetch:
    """Calls ``download`` against the origin; keyword arguments are its limits."""

    origin: hostile.Origin
    session: sessions.Session
    folder: Path

    async def outcome(
        self, path: str, conditional: model.Validators | None = None, **limits: Any
    ) -> model.Download | model.NotModified:
        defaults = {
            "max_bytes": 1_000_000,
            "timeout": 20.0,
            "min_rate": 0,
            "tmp_dir": self.folder,
        }
        return await download.download(
            self.session,
            urls.parse(path if path.startswith("http") else self.origin.url(path)),
            download.Limits(**{**defaults, **limits}),
            conditional=conditional,
        )

    async def __call__(self, path: str, **limits: Any) -> model.Download:
        outcome = await self.outcome(path, **limits)
        assert isinstance(outcome, model.Download)
        return outcome

    async def failure(self, path: str, **limits: Any) -> errors.PictureError:
        """The error of a try that must fail; whatever it was, no file is left."""
        with pytest.raises(errors.PictureError) as failed:
            await self.outcome(path, **limits)
        assert not self.files()
        return failed.value

    def files(self) -> list[Path]:
        return list(self.folder.iterdir())


@pytest.fixture
async def origin() -> AsyncIterator[hostile.Origin]:
    async with hostile.Origin() as started:
        yield started


@pytest.fixture
async def fetch(origin: hostile.Origin, tmp_path: Path) -> AsyncIterator[Fetch]:
    session = sessions.Session(addresses.Rule(allow_networks=LOOPBACK), user_agent="wirephoto")
    yield Fetch(origin, session, tmp_path)
    await session.close()
