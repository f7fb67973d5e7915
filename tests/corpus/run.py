"""Pictures of other projects, judged by us and by decoders: ``python -m tests.corpus.run DIR…``.

All files below each DIR count whose first bytes are those of a kind that we take, equal ones once.
Chromium decodes what it has a decoder for; libvips does in a child, as in a service; Pillow too
where it is installed (``pip install pillow``). What they do not agree about is listed, the counts
come last. A fault of ours, that is neither a picture nor a failure, ends the run with 1.
"""

import asyncio
import collections
import hashlib
import importlib
import io
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright import async_api

from tests.browser import conftest as browser
from tests.unit.inspection import judged
from wirephoto import errors, model
from wirephoto.pipeline.decoding import pool as decoding
from wirephoto.pipeline.inspection import kind as kinds
from wirephoto.pipeline.inspection import verdict

_LIMITS = judged.limits(max_pixels=100_000_000)
_MOST_BYTES = 50_000_000
_SITE = "http://pictures.example/"
_SECONDS = 20
_LOOK = """
async url => {
  const picture = new Image();
  picture.src = url;
  try { await picture.decode(); } catch { return null; }
  return [picture.naturalWidth, picture.naturalHeight];
}
"""
Size = tuple[int, int]


def pictures(folders: Sequence[Path]) -> Iterator[tuple[Path, bytes, model.Kind]]:
    """Files of our kinds."""
    seen = set()
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if not path.is_file() or path.is_symlink() or path.stat().st_size > _MOST_BYTES:
            continue
        data = path.read_bytes()
        found = kinds.kind_of(data)
        digest = hashlib.sha256(data).digest()
        if found is not None and digest not in seen:
            seen.add(digest)
            yield path, data, found


def ours(data: bytes) -> Size | str:
    """Its size, or why it is none; any other exception is a fault."""
    try:
        found = verdict.inspect(data, _LIMITS)
    except errors.PictureError as failure:
        return failure.code
    return found.width, found.height


class Chromium:
    """A page that shows what it is given."""

    def __init__(self, page: async_api.Page) -> None:
        self._page = page
        self._data = b""

    async def open(self) -> None:
        await self._page.route(f"{_SITE}**", self._answer)
        await self._page.goto(_SITE)

    async def _answer(self, route: async_api.Route) -> None:
        if route.request.url == _SITE:
            await route.fulfill(body="<!doctype html>", content_type="text/html")
        else:
            await route.fulfill(body=self._data)

    async def size(self, data: bytes) -> Size | None:
        self._data = data
        look = self._page.evaluate(_LOOK, f"{_SITE}{hashlib.sha256(data).hexdigest()}")
        try:
            found = await asyncio.wait_for(look, _SECONDS)
        except TimeoutError:
            await self._page.goto(_SITE)
            return None
        return (found[0], found[1]) if found else None


async def by_libvips(decoders: decoding.Decoders, data: bytes, kind: model.Kind) -> bool:
    """Whether it decodes all of it."""
    picture = model.Picture(kind, 1, 1)
    body = model.Body(hashlib.sha256(data).digest(), len(data), data=data)
    try:
        await decoders.check(model.Inspected(picture, body), _LIMITS.max_pixels)
    except errors.PictureError:
        return False
    return True


def by_pillow(pillow: Any, data: bytes) -> bool:
    try:
        with pillow.open(io.BytesIO(data)) as picture:
            picture.load()
    except Exception:  # noqa: BLE001 - whatever Pillow raises
        return False
    return True


async def run(folders: Sequence[Path]) -> int:
    """Judge all; how many faults of ours there were."""
    counts: collections.Counter[str] = collections.Counter()
    begun = time.monotonic()
    warnings.simplefilter("ignore")  # Pillow has many
    pillow = _pillow()
    decoders = decoding.Decoders(decoding.CHECKING)
    async with async_api.async_playwright() as driver:
        program = await driver.chromium.launch(executable_path=browser.PROGRAM, args=browser.FLAGS)
        chromium = Chromium(await program.new_page())
        await chromium.open()
        for path, data, kind in pictures(folders):
            try:
                found = ours(data)
            except Exception as fault:  # noqa: BLE001 - this is what is looked for
                found = "fault"
                print(f"fault of ours: {path}: {fault!r}")
            counts["faults of ours"] += found == "fault"
            name = "svg" if kind is model.Kind.SVG else "raster"
            counts[f"{name}: files"] += 1
            counts[f"{name}: {'refused as ' + found if isinstance(found, str) else 'taken'}"] += 1
            if kind is model.Kind.SVG:
                continue
            others = {"libvips": await by_libvips(decoders, data, kind)}
            if pillow:
                others["Pillow"] = by_pillow(pillow, data)
            if kind is not model.Kind.TIFF:  # it has no decoder for TIFF
                shown = await chromium.size(data)
                others["Chromium"] = shown is not None
                counts["shown by Chromium"] += shown is not None
                counts["taken, and shown by Chromium"] += shown is not None and not isinstance(
                    found, str
                )
                if shown and not isinstance(found, str) and shown != found:
                    counts["taken with another size than Chromium's"] += 1
                    print(f"size: {path}: {found}, Chromium {shown}")
            _compare(path, found, others, counts)
        await program.close()
    await decoders.close()
    for what in sorted(counts):
        print(f"{counts[what]:7} {what}")
    print(f"Pillow {'is' if pillow else 'is not'} there; {time.monotonic() - begun:.0f} s")
    return counts["faults of ours"]


def _compare(
    path: Path,
    found: Size | str,
    others: dict[str, bool],
    counts: collections.Counter[str],
) -> None:
    if isinstance(found, str) and all(others.values()):
        counts["refused, and decoded by all others"] += 1
        print(f"refused: {path}: {found}")
    elif not isinstance(found, str) and not any(others.values()):
        counts["taken, and decoded by none of the others"] += 1
        print(f"taken: {path}")


def _pillow() -> Any:
    try:
        return importlib.import_module("PIL.Image")
    except ImportError:
        return None


if __name__ == "__main__":
    sys.exit(bool(asyncio.run(run([*map(Path, sys.argv[1:])]))))
