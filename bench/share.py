"""A fixed share of the processor for a process: a control group of its own (Linux, root).

The first version of control groups where its ``cpu`` is mounted, else the second.
"""

import contextlib
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from bench import measure

_ROOT = Path("/sys/fs/cgroup")
_PERIOD = 20_000  # microseconds: short, so that nobody stands still for long


def way() -> str:
    """What is used here, for the reader of a result."""
    return "cgroup v1, cpu.cfs_quota_us" if _is_first() else "cgroup v2, cpu.max"


def _is_first() -> bool:
    return (_ROOT / "cpu/cpu.cfs_quota_us").exists() or (_ROOT / "cpu/tasks").exists()


@contextlib.contextmanager
def limited(processes: Sequence[psutil.Process], share: float) -> Iterator[None]:
    """Each of them may use ``share`` of one core, while the block runs.

    Raises:
        measure.CannotRun: control groups are not ours to make here.
    """
    above = _ROOT / "cpu" if _is_first() else _ROOT
    with contextlib.ExitStack() as stack:
        try:
            for process in processes:
                group = above / f"bench-{secrets.token_hex(4)}"
                group.mkdir()
                stack.callback(_dissolve, group, above)
                _limit(group, share)
                (group / "cgroup.procs").write_text(str(process.pid))
        except OSError as refused:
            raise measure.CannotRun(
                f"a share of the processor needs control groups and root: {refused}"
            ) from None
        yield


def _limit(group: Path, share: float) -> None:
    quota = max(1000, round(share * _PERIOD))
    if _is_first():
        (group / "cpu.cfs_period_us").write_text(str(_PERIOD))
        (group / "cpu.cfs_quota_us").write_text(str(quota))
    else:
        (group / "cpu.max").write_text(f"{quota} {_PERIOD}")


def _dissolve(group: Path, above: Path) -> None:
    for pid in (group / "cgroup.procs").read_text().split():
        with contextlib.suppress(OSError):  # it has ended meanwhile
            (above / "cgroup.procs").write_text(pid)
    with contextlib.suppress(OSError):
        group.rmdir()
