"""``verify`` in the test's own process: what it finds."""

from dataclasses import dataclass, field

from tests.integration.path.conftest import Desk
from wirephoto.verify import report, run


@dataclass
class Proof:
    """``wrong`` and ``notes`` as (kind, subject), in order."""

    wrong: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)

    def take(self, found: report.Found) -> None:
        (self.wrong if found.is_wrong else self.notes).append((found.kind, found.subject))


async def prove(desk: Desk, *, deep: bool = True, repair: bool = False) -> Proof:
    proof = Proof()
    await run.verify(
        desk.worker.database,
        desk.services.store,
        desk.worker.temporary,
        report.Report(proof.take),
        deep=deep,
        repair=repair,
    )
    return proof
