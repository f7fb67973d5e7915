"""What is shown of a backup: bars on a terminal, lines elsewhere, nothing for who wants JSON."""

import os
import sys

import pytest

from wirephoto.backup import progress
from wirephoto.cli import backup_display


def run_through(*, quiet: bool = False) -> None:
    """A backup as it tells of itself."""
    with backup_display.opened(quiet=quiet) as show:
        seen = progress.Progress(show, dump_bytes=49_000_000)
        seen.enter("database")
        seen.total, seen.total_bytes = 2000, 4_000_000
        seen.enter("pictures")
        for number in range(2000):
            seen.add(2000, copied=number % 2 == 0)
        seen.enter("disk")


def test_without_a_terminal_each_stage_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    run_through()
    database, pictures, disk = capsys.readouterr().err.splitlines()
    assert database == "database: 49.0 MB"
    assert pictures.startswith("pictures: 0 of 2,000, 0 bytes of 4.0 MB, 0 copied")
    assert disk == "all of it onto the disk"


def test_on_a_terminal_there_are_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        run_through()
        terminal.flush()
        shown = os.read(ours, 1_000_000).decode()
    os.close(ours)
    assert "database" in shown
    assert "of 2,000" in shown
    assert "━" in shown


def test_who_wants_json_gets_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    run_through(quiet=True)
    assert capsys.readouterr() == ("", "")
