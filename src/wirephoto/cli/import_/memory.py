"""What is done of something that may grow: a file beside it, so that a second run goes on.

As ``state``, one JSON document a line, only ever appended; but by what was done, not by batches:
files come and go, and batches with them.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from wirephoto import errors
from wirephoto.cli.import_ import state


@dataclass(frozen=True, slots=True)
class Identity:
    """What must be the same for a run to go on with another's work."""

    server: str
    system_name: str
    update: str | None


@dataclass(slots=True)
class Memory:
    """``done`` are keys of what is in the library; ``path`` is None where nothing is kept."""

    path: Path | None = None
    done: set[str] = field(default_factory=set)

    def add(self, keys: Iterable[str]) -> None:
        new = [key for key in keys if key not in self.done]
        self.done.update(new)
        if self.path is not None and new:
            lines = "".join(json.dumps({"done": key}) + "\n" for key in new)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(lines)

    def remove(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def opened(of: Path, identity: Identity, *, restart: bool) -> Memory:
    """What is remembered of this import, or nothing yet.

    Raises:
        errors.OperatorError: it is of another import, or cannot be kept.
    """
    whole = of.resolve()
    if not whole.name:
        raise errors.OperatorError(
            f"{of}: has no name to keep a file beside; --no-state goes without"
        )
    path = whole.with_name(whole.name + state.SUFFIX)
    lines = [] if restart else state.lines(path)
    if not lines:
        state.begin(path, {"grows": asdict(identity)})
        return Memory(path)
    if "grows" not in lines[0]:
        raise errors.OperatorError(
            f"{path}: an import without --watch stopped here; finish it so, or --restart"
        )
    head = lines[0]["grows"]
    differing = [name for name, value in asdict(identity).items() if head.get(name) != value]
    if differing:
        raise errors.OperatorError(
            f"{path}: an import that stopped is kept here, and {differing[0]} differs since; "
            "--restart begins anew (what is done already will be skipped)"
        )
    return Memory(path, {str(line["done"]) for line in lines[1:]})
