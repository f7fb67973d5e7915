"""What does fetching alone cost? Processor time of one process, a picture, by aiohttp and by ours.

Both read each body whole and do nothing with it: 16 requests at once, connections kept. The third
is a whole try of ours: with the time limits, the digest, and all that an answer may be.
"""

import argparse
import asyncio
import ipaddress
import resource
import statistics
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import aiohttp
import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import measure, origin, pictures, scratch
from wirephoto.net import addresses, session
from wirephoto.net import urls as parser
from wirephoto.pipeline.fetch import download

_AT_ONCE = 16


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--images", type=int, default=3000, help="pictures (default %(default)s)")
    options.add_argument("--rounds", type=int, default=5, help="of each (default %(default)s)")
    asked = options.parse_args()
    with measure.or_ended(), scratch.folder() as folder:
        album = pictures.write(folder / "pictures", asked.images)
        with origin.serving(origin.require(), album.folder, folder / "nginx") as address:
            _race([f"{address}/{name}" for name in album.names], asked.rounds)


def _race(urls: Sequence[str], rounds: int) -> None:
    ways = {"aiohttp": _by_aiohttp, "wirephoto": _by_ours, "wirephoto, whole try": _by_tries}
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, fetch in ways.items():
            before = _processor_seconds()
            uvloop.run(fetch(urls))
            spent[name].append((_processor_seconds() - before) * 1e6 / len(urls))
    for name, each in spent.items():
        print(f"{name:22} {statistics.median(each):5.0f} µs a picture, at least {min(each):.0f}")


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def _by_aiohttp(urls: Sequence[str]) -> None:
    async with aiohttp.ClientSession(auto_decompress=False) as client:

        async def fetch(url: str) -> None:
            async with client.get(url) as answer:
                await answer.read()

        await _all(iter(urls), fetch)


async def _by_ours(urls: Sequence[str]) -> None:
    rule = addresses.Rule(allow_networks=(ipaddress.ip_network("127.0.0.0/8"),))
    client = session.Session(rule, user_agent="bench")

    async def fetch(url: str) -> None:
        async with client.get(parser.parse(url), {}, timeout=60) as answer:
            await answer.read()

    await _all(iter(urls), fetch)
    await client.close()


async def _by_tries(urls: Sequence[str]) -> None:
    rule = addresses.Rule(allow_networks=(ipaddress.ip_network("127.0.0.0/8"),))
    client = session.Session(rule, user_agent="bench")
    limits = download.Limits(100_000_000, timeout=60, min_rate=1000, tmp_dir=scratch.MEMORY)

    async def fetch(url: str) -> None:
        await download.download(client, parser.parse(url), limits)

    await _all(iter(urls), fetch)
    await client.close()


async def _all(urls: Iterator[str], fetch: Callable[[str], Awaitable[None]]) -> None:
    async def one_after_the_other() -> None:
        for url in urls:
            await fetch(url)

    await asyncio.gather(*(one_after_the_other() for _ in range(_AT_ONCE)))


if __name__ == "__main__":
    main()
