"""Nothing of ours blocks the event loop: neither a worker at work nor the API that is asked."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import blockbuster
import httpx
import pytest

from tests.fixtures import service
from tests.integration.path.conftest import Desk
from wirephoto import settings, wiring
from wirephoto.api import app
from wirephoto.db import tokens as rows
from wirephoto.project import tokens
from wirephoto.worker import process

PATIENCE = timedelta(seconds=60)


@pytest.fixture
async def api(desk: Desk, database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The API in this process, asked by one who may read and write."""
    token = tokens.mint()
    async with desk.worker.database.connection() as connection:
        await rows.insert(
            connection,
            project="default",
            name="test",
            digest=tokens.digest(token),
            scopes=["public-api:read", "public-api:write"],
            expires_at=None,
        )
    given = settings.load(data_dir=tmp_path, allow_networks="127.0.0.0/8")
    async with (
        wiring.api(given, database_url) as services,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app.build(services)),
            base_url="http://wirephoto",
            headers={"Authorization": f"Bearer {token}"},
        ) as client,
    ):
        yield client


async def finished(api: httpx.AsyncClient, job: str) -> list[dict[str, Any]]:
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while True:
            answer = (await api.get("/api/v1/import/images/status", params={"id": job})).json()
            if answer["finished"]:
                return list(answer["images"])
            await asyncio.sleep(0.05)


async def test_no_call_of_ours_blocks_the_loop_during_an_import(
    desk: Desk, api: httpx.AsyncClient
) -> None:
    urls = [
        *desk.pictures(20),
        desk.origin.url("/jpeg/77?size=6000000"),  # larger than what is kept in memory
        desk.origin.url("/png/64/48"),
        desk.origin.url("/svg"),
        desk.origin.url("/svg?size=1000000"),  # large enough for a temporary file
        desk.origin.url("/html"),
        desk.origin.url("/status/404"),
    ]
    images = [service.image(url, number) for number, url in enumerate(urls)]
    stop = asyncio.Event()
    with blockbuster.blockbuster_ctx(scanned_modules=["wirephoto"]):
        working = asyncio.create_task(process.run(desk.worker, stop))
        try:
            posted = await api.post(
                "/api/v1/import/images", json={"systemName": "archive", "images": images}
            )
            assert posted.status_code == 200, posted.text
            found = await finished(api, posted.json()["id"])
            assert [row["state"] for row in found] == ["success"] * 24 + ["failed"] * 2
            assert all(row.get("code") != "internal" for row in found)
            served = await api.get(found[20]["image"]["originalUrl"])
            assert len(served.content) >= 6_000_000
            assert not [*desk.worker.temporary.iterdir()]
        finally:
            stop.set()
            await working
