"""One installation over several machines: how fast, within the limit of an origin, and whole?

The machines are network namespaces on a bridge, each with its address, data directory and workers;
the first has the API as well. Beside the bridge are one PostgreSQL, reached over TCP, one ``rclone
serve s3`` as the bucket, and one origin that counts the connections to it. Everything shares this
machine's processor, so each worker gets a fixed share of a core. At last the cable of one machine
is pulled in the middle of an import, and put back once the others are done. Needs root and ``ip``.
"""

import argparse
import contextlib
import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a file, not as a module

from bench import (
    bucket,
    counting_origin,
    cut_off,
    dated,
    installation,
    ledger,
    machine,
    machines,
    measure,
    namespaces,
    scratch,
    share,
    tcp_database,
)

_LIMIT = 16  # WIREPHOTO_HOST_CONNECTIONS as shipped


@dataclass(frozen=True, slots=True)
class Pace:
    """One import by so many machines. ``asked``: requests of each, as the origin saw them.

    ``sessions``: the most connections to PostgreSQL that one worker process had.
    """

    hosts: int
    images_a_second: float
    peak_connections: int
    asked: dict[str, int]
    sessions: int
    held: ledger.Held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, nargs="+", default=[1, 2, 3], help="how many, in turn")
    parser.add_argument("--workers", type=int, default=2, help="of each host (%(default)s)")
    parser.add_argument("--images", type=int, default=3000, help="0: only the cut (%(default)s)")
    parser.add_argument("--latency", type=float, default=10, help="ms (default %(default)s)")
    parser.add_argument(
        "--share", type=float, default=0.1, help="of a core for each worker; 0: all (%(default)s)"
    )
    parser.add_argument("--cut", type=int, default=8000, help="images of the last import; 0: none")
    parser.add_argument("--cut-latency", type=float, default=100, help="ms (default %(default)s)")
    parser.add_argument(
        "--hasten", action="store_true", help="the heartbeat of who is cut off is made old at once"
    )
    parser.add_argument("--print", action="store_true", help="the result as JSON, kept nowhere")
    asked = parser.parse_args()
    with measure.or_ended():
        namespaces.enter()
        hosts = [namespaces.add(number + 1) for number in range(max(asked.hosts))]
        document: dict[str, Any] = {**vars(asked), "limit": _LIMIT, "share_by": share.way()}
        document["machine"] = dataclasses.asdict(machine.look(scratch.MEMORY))
        counts = asked.hosts if asked.images else []
        document["paces"] = [dataclasses.asdict(_pace(asked, hosts[:count])) for count in counts]
        if asked.cut:
            document["cut"] = dataclasses.asdict(_cut(asked, hosts))
    if asked.print:
        print(json.dumps(document))
    else:
        print(f"kept in {dated.keep('hosts', document)}")


def _pace(asked: argparse.Namespace, hosts: list[namespaces.Host]) -> Pace:
    with (
        counting_origin.counting(namespaces.HUB, asked.latency, asked.images) as (address, counts),
        _installed(asked, hosts) as (together, there),
        _shared_out(asked, together),
    ):
        urls = [f"{address}/{number}" for number in range(asked.images)]
        began = time.perf_counter()
        job = together.api.accept(installation.batch(urls))
        sessions = 0
        while not together.api.status(job)["finished"]:
            sessions = max(sessions, ledger.sessions(together))
            time.sleep(installation.POLL_SECONDS)
        seconds = time.perf_counter() - began
        pace = Pace(
            len(hosts),
            asked.images / seconds,
            counts.peak,
            {host.name: counts.asked[host.address] for host in hosts},
            sessions,
            ledger.held(together, there.objects),
        )
    _say(
        asked,
        f"{pace.hosts} hosts: {pace.images_a_second:5.0f} images/s, {pace.peak_connections} of"
        f" {_LIMIT} connections at most, requests {pace.asked}, {sessions} sessions of a worker;"
        f" {pace.held}",
    )
    return pace


def _cut(asked: argparse.Namespace, hosts: list[namespaces.Host]) -> cut_off.Outcome:
    with (
        counting_origin.counting(namespaces.HUB, asked.cut_latency, asked.cut) as (address, counts),
        _installed(asked, hosts) as (together, there),
    ):
        outcome = cut_off.run(
            together,
            [f"{address}/{number}" for number in range(asked.cut)],
            counts,
            there.objects,
            hasten=asked.hasten,
        )
    for name, value in dataclasses.asdict(outcome).items():
        _say(asked, f"  {name.replace('_', ' ')}: {value}")
    return outcome


def _say(asked: argparse.Namespace, text: str) -> None:
    print(text, flush=True, file=sys.stderr if asked.print else sys.stdout)


@contextlib.contextmanager
def _installed(
    asked: argparse.Namespace, hosts: list[namespaces.Host]
) -> Iterator[tuple[machines.Together, bucket.Bucket]]:
    """A new database and bucket, and the machines that share them."""
    with (
        scratch.folder() as folder,
        tcp_database.listening(folder, namespaces.HUB, namespaces.NETWORK) as database,
        bucket.served(folder / "s3", namespaces.HUB) as there,
    ):
        settings = there.settings | {"WIREPHOTO_ALLOW_NETWORKS": namespaces.NETWORK}
        shared = installation.Installation(asked.workers, _LIMIT, settings)
        with machines.running(hosts, shared, database, folder) as together:
            yield together, there


def _shared_out(
    asked: argparse.Namespace, together: machines.Together
) -> contextlib.AbstractContextManager[Any]:
    if not asked.share:
        return contextlib.nullcontext()
    processes = [one for machine in together.machines for one in machine.workers()]
    return share.limited(processes, asked.share)


if __name__ == "__main__":
    main()
