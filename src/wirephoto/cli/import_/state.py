"""How far the import of a manifest has come: a small file beside it, so that a second run goes on.

One JSON document a line, only ever appended: first which import it is, then each batch when it was
sent and when it was done. A last line that was cut off by a crash is as if it had not been.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from wirephoto import client, errors

SUFFIX = ".wirephoto-state"


@dataclass(frozen=True, slots=True)
class Identity:
    """What must be the same for a run to go on with another's work."""

    server: str
    system_name: str
    update: str | None
    batch: int
    sha256: str  # of the manifest
    columns: Mapping[str, str]  # our name of each that has another


@dataclass(slots=True)
class Sent:
    """A batch that a server has: its job, if it took any of it, and what it refused by place."""

    job: str | None
    refused: Mapping[int, str]


@dataclass(slots=True)
class Done:
    counters: client.Counters
    causes: Mapping[str, tuple[int, str]]  # code: how many, and the reason of the first
    report_bytes: int


@dataclass(slots=True)
class State:
    """Open state; ``path`` is None where there is nothing to keep it in (standard input)."""

    run: str
    path: Path | None = None
    sent: dict[int, Sent] = field(default_factory=dict)
    done: dict[int, Done] = field(default_factory=dict)

    def add_sent(self, batch: int, sent: Sent) -> None:
        self.sent[batch] = sent
        self._append({"sent": batch, "job": sent.job, "refused": dict(sent.refused)})

    def add_done(self, batch: int, done: Done) -> None:
        self.done[batch] = done
        self._append(
            {
                "done": batch,
                "counters": asdict(done.counters),
                "causes": dict(done.causes),
                "report": done.report_bytes,
            }
        )

    def report_bytes(self) -> int:
        """How long the report was when the last batch that is done was in it."""
        return max((one.report_bytes for one in self.done.values()), default=0)

    def remove(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _append(self, document: Mapping[str, Any]) -> None:
        if self.path is None:
            return
        line = json.dumps(document, ensure_ascii=False) + "\n"
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line)


def new(path: Path | None = None) -> State:
    """Of an import that begins; without a path it is remembered nowhere."""
    return State(secrets.token_hex(8), path)


def opened(manifest: Path, identity: Identity, *, restart: bool) -> State:
    """The state that is there for this import, or a new one.

    Raises:
        errors.OperatorError: there is one of another import; it says which difference it is.
    """
    path = manifest.with_name(manifest.name + SUFFIX)
    found = [] if restart else lines(path)
    if found:
        return _resumed(path, identity, found)
    state = new(path)
    begin(path, {"run": state.run, "import": asdict(identity)})
    return state


def begin(path: Path, head: Mapping[str, Any]) -> None:
    """A new file with its first line.

    Raises:
        errors.OperatorError: it cannot be written.
    """
    try:
        path.write_text(json.dumps(head) + "\n", "utf-8")
    except OSError as fault:
        raise errors.OperatorError(
            f"{path}: {fault.strerror}; it says how far the import is. --no-state goes without"
        ) from None


def digest(manifest: Path) -> str:
    """Hex SHA-256 of a file."""
    with manifest.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lines(path: Path) -> list[dict[str, Any]]:
    """What is kept there, without a line that was cut off; nothing where there is no such file.

    Raises:
        errors.OperatorError: it is no such file.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return []
    found: list[dict[str, Any]] = []
    whole = text[: text.rfind("\n") + 1]
    if len(whole) != len(text):
        os.truncate(path, len(whole.encode()))  # a line cut off in its middle
    for line in whole.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            raise errors.OperatorError(
                f"{path}: is no state of an import; --restart begins anew"
            ) from None
    return found


def _resumed(path: Path, identity: Identity, lines: list[dict[str, Any]]) -> State:
    if "import" not in lines[0]:
        raise errors.OperatorError(
            f"{path}: this manifest is watched; go on with --watch, or --restart without"
        )
    head = lines[0]["import"]
    wanted = asdict(identity)
    differing = [name for name in wanted if head.get(name) != wanted[name]]
    if differing:
        what = "the manifest has changed" if differing == ["sha256"] else f"{differing[0]} differs"
        raise errors.OperatorError(
            f"{path}: an import that stopped is kept here, and {what} since; "
            "--restart begins anew (what is done already will be skipped)"
        )
    state = State(lines[0]["run"], path)
    for line in lines[1:]:
        if "sent" in line:
            refused = {int(at): why for at, why in line["refused"].items()}
            state.sent[line["sent"]] = Sent(line["job"], refused)
        else:
            causes = {code: (count, why) for code, (count, why) in line["causes"].items()}
            counters = client.Counters(**line["counters"])
            state.done[line["done"]] = Done(counters, causes, line["report"])
    return state
