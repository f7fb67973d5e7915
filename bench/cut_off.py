"""The cable of a machine is pulled in the middle of an import, and put back when it is done."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import counting_origin, installation, ledger, machines, namespaces

_SETTLED = """select md5(string_agg(r::text, '' order by r::text)) from results r
union all select md5(string_agg(e::text, '' order by e::text)) from entries e"""
_HOLDS = (
    "select count(*) from origin_leases l join workers w on w.id = l.worker_id where host = '{}'"
)
_WORKERS = "select id from workers where host = '{}'"
_TURNS = 5
_AGE = """with silent as (
  update workers set heartbeat_at = heartbeat_at - interval '31 seconds' where host = '{}'
  returning queue_ids
)
update procrastinate_workers q set last_heartbeat = last_heartbeat - interval '31 seconds'
from silent where q.id = any (silent.queue_ids) returning 1"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the import, of the origin's connections, and of the machine.

    Attributes:
        asked_before: requests of each machine when the cable was pulled.
        left_open: connections from the machine, whose ends the origin has not seen.
        peak: connections at once at the origin, at most, those among them.
        peak_reachable: at most without those.
        asked_again: pictures asked for more than once, all told.
        done_after_seconds: from the pull to the end of the import.
        refused: writes of the machine that the fence refused.
        ended: workers of it that found themselves taken for dead, or lost the database.
        gone_after_seconds: from its return until none of its old connections was open.
        unchanged: results and entries are the same after it came back.
        turns_after: imports of the same after that, until every machine did some of one.
        asked_after: requests of each in these.
        peak_after: connections at most in these.
    """

    asked_before: dict[str, int]
    left_open: int
    peak: int
    peak_reachable: int
    asked_again: int
    done_after_seconds: float
    refused: int
    ended: int
    held: ledger.Held
    gone_after_seconds: float
    unchanged: bool
    turns_after: int
    asked_after: dict[str, int]
    peak_after: int
    held_after: ledger.Held


def run(
    together: machines.Together,
    urls: Sequence[str],
    counts: counting_origin.Counts,
    objects: Path,
    *,
    hasten: bool,
) -> Outcome:
    """Cut the last machine off once a quarter is asked for and it is at work."""
    hosts = [one.host for one in together.machines]
    victim = together.machines[-1]
    workers = len(victim.workers())
    stale = {row[0] for row in together.rows(_WORKERS.format(victim.host.name))}
    job = together.api.accept(installation.batch(urls))
    machines.until(lambda: _is_amid(together, victim.host, counts, len(urls)), "it is at work")
    asked_before = _asked(counts, hosts)
    _pull(victim.host, counts)
    pulled = time.monotonic()
    if hasten:
        together.rows(_AGE.format(victim.host.name))
    together.api.until_finished(job)
    seconds = time.monotonic() - pulled
    asked_again = counts.asked.total() - len(urls)
    left_open, peaks = counts.open[victim.host.address], (counts.peak, counts.peak_reachable)
    before, held = together.rows(_SETTLED), ledger.held(together, objects)
    _put_back(victim.host, counts)
    put_back = time.monotonic()
    machines.until(lambda: _are_new(together, victim, stale, workers), "new workers", 120)
    # What the kernel closed while nobody heard it is told again in steps of up to a minute.
    machines.until(lambda: not counts.open[victim.host.address], "its connections end", 300)
    gone = time.monotonic() - put_back
    unchanged = together.rows(_SETTLED) == before
    counts.forget_peaks()
    turns = _until_all_work(together, counts, urls)
    return Outcome(
        asked_before,
        left_open,
        *peaks,
        asked_again,
        seconds,
        victim.said("fenced"),
        victim.said("worker_ended"),
        held,
        gone,
        unchanged,
        turns,
        _asked(counts, hosts),
        counts.peak,
        ledger.held(together, objects),
    )


def _pull(host: namespaces.Host, counts: counting_origin.Counts) -> None:
    host.cut()
    counts.cut_off.add(host.address)


def _put_back(host: namespaces.Host, counts: counting_origin.Counts) -> None:
    host.heal()
    counts.cut_off.discard(host.address)


def _until_all_work(
    together: machines.Together, counts: counting_origin.Counts, urls: Sequence[str]
) -> int:
    """Who comes late finds nothing left in a small import: hence another, a few times at most."""
    hosts = [one.host for one in together.machines]
    for turn in range(1, _TURNS + 1):
        together.api.connection.close()  # it may be idle for long, and opens itself anew
        batch = installation.batch(urls, f"after-{turn}")
        together.api.until_finished(together.api.accept(batch))
        if min(_asked(counts, hosts).values()):
            break
    return turn


def _asked(counts: counting_origin.Counts, hosts: Sequence[namespaces.Host]) -> dict[str, int]:
    return {host.name: counts.asked[host.address] for host in hosts}


def _is_amid(
    together: machines.Together, host: namespaces.Host, counts: counting_origin.Counts, total: int
) -> bool:
    return (
        counts.asked.total() >= total / 4
        and counts.open[host.address] > 0
        and bool(together.rows(_HOLDS.format(host.name))[0][0])
    )


def _are_new(
    together: machines.Together, victim: machines.Machine, stale: set[int], workers: int
) -> bool:
    """Whether all workers that were cut off are gone, and others in their place."""
    found = {row[0] for row in together.rows(_WORKERS.format(victim.host.name))}
    return len(found) == workers and not found & stale
