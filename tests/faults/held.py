"""What a worker process held when it was killed, and when somebody took it up again."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from tests.fixtures import ledger
from tests.origins import hostile

_HELD = """
select unnest(c.positions) as position
from workers w
join procrastinate_jobs t on t.worker_id = any (w.queue_ids) and t.status = 'doing'
join chunks c on c.id = (t.args ->> 'chunk')::bigint
where w.pid = %s
except select position from results
"""


@dataclass(frozen=True)
class Loss:
    """``paths`` of pictures that were the victim's; ``in_vain`` are those it had asked for."""

    at: float
    paths: frozenset[str]
    in_vain: frozenset[str]

    @property
    def fetched(self) -> int:
        return len(self.in_vain)

    def taken_up_after(self, origin: hostile.Origin) -> float | None:
        """Seconds until the first of the pictures was asked for again; None: it never was."""
        later = (one.at for one in origin.log if one.at > self.at and one.path in self.paths)
        first = next(later, None)
        return None if first is None else first - self.at


def kill(
    victim: psutil.Process, database_url: str, origin: hostile.Origin, before: Sequence[Loss] = ()
) -> Loss:
    """Kill -9, and what was lost by it; pictures are ``/jpeg/<position>`` of one job.

    What an earlier victim had asked for is this one's loss only where it had asked anew.
    """
    victim.kill()
    victim.wait()
    at = time.monotonic()
    asked = origin.requests.copy()
    found = ledger.rows(database_url, _HELD, victim.pid)
    paths = frozenset(f"/jpeg/{row['position']}" for row in found)
    lost = Counter(path for loss in before for path in loss.in_vain)
    return Loss(at, paths, frozenset(path for path in paths if asked[path] > lost[path]))
