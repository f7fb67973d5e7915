"""The end of an import, for people and for programs."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from rich import filesize

from wirephoto.cli.import_ import forecast, tally

_SHOWN_CAUSES = 20
_A_PATH = "it looks like a path on a disk"  # in the server's words


def foreseen(found: forecast.Foreseen, *, as_json: bool) -> None:
    """What a dry run found, on standard output."""
    names = ("create", "update", "exists")
    if as_json:
        document = {"dryRun": True, "total": found.sent, "invalid": found.failed}
        document |= {name: getattr(found, name) for name in names} | {"causes": _causes(found)}
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
        return
    sys.stdout.write(
        f"{found.sent:,} rows: {found.create:,} would be created, {found.update:,} updated, "
        f"{found.exists:,} are there as they are, {found.failed:,} are invalid\n"
    )
    _show_causes(found)
    _show_left_out(found)


def people(seen: tally.Tally, seconds: float, report: Path | None, *, is_local: bool) -> None:
    """A line of counts, a line a cause, and what to do about it; on standard output."""
    out = sys.stdout.write
    rate = seen.done_now / seconds if seconds else 0.0
    out(
        f"{seen.done:,} of {seen.sent:,} done in {_shown(seconds)} ({rate:,.0f}/s): "
        f"{seen.success:,} imported, {seen.skipped:,} unchanged, {seen.failed:,} failed\n"
    )
    if seen.read_bytes:
        known = seen.read_bytes - seen.sent_bytes
        out(f"{_size(seen.sent_bytes)} sent, {_size(known)} were there\n")
    _show_causes(seen)
    _show_left_out(seen)
    if any(_A_PATH in reason for _, reason in seen.causes.values()):
        out("Pictures of this machine are imported by their folder: wirephoto import FOLDER\n")
    if seen.failed and is_local:
        out("Mend the files and import them again: what is in already is skipped.\n")
    elif seen.failed and report is not None:
        out(f"Mend {report} and import it again.\n")
    elif seen.failed:
        out("--report FILE keeps the rows that failed.\n")


def program(seen: tally.Tally, seconds: float) -> None:
    """One JSON document on standard output."""
    document = {
        "total": seen.sent,
        "success": seen.success,
        "skipped": seen.skipped,
        "failed": seen.failed,
        "seconds": round(seconds, 3),
        "sentBytes": seen.sent_bytes,
        "leftOut": dict(seen.left_out),
        "causes": _causes(seen),
        "jobs": seen.jobs,
    }
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")


def _show_causes(seen: tally.Tally) -> None:
    for code, (count, reason) in _sorted(seen.causes)[:_SHOWN_CAUSES]:
        sys.stdout.write(f"  {count:>8,}  {code}: {reason}\n")


def _show_left_out(seen: tally.Tally) -> None:
    if seen.left_out:
        listed = ", ".join(f"{count:,} {kind}" for kind, count in seen.left_out.most_common())
        sys.stdout.write(f"Left out as no pictures: {listed}\n")


def _size(number: int) -> str:
    return filesize.decimal(number)


def _causes(seen: tally.Tally) -> list[dict[str, object]]:
    return [
        {"code": code, "count": count, "reason": reason}
        for code, (count, reason) in _sorted(seen.causes)
    ]


def _sorted(causes: Mapping[str, tuple[int, str]]) -> list[tuple[str, tuple[int, str]]]:
    return sorted(causes.items(), key=lambda one: (-one[1][0], one[0]))


def _shown(seconds: float) -> str:
    whole = int(seconds)
    if whole < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f} s"
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
