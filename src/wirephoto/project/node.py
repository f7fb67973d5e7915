"""A JSON value of a project file and where it stands, so that every fault names file and path."""

from dataclasses import dataclass, field
from typing import Any

from wirephoto import errors
from wirephoto.project import wording


@dataclass(frozen=True, slots=True)
class Node:
    """A value at ``path`` of ``file``; ``warnings`` is one list for the whole file.

    Every method raises errors.SettingError where the value is not what it asks for.
    """

    file: str
    value: Any
    path: str = ""
    warnings: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.file}: {self.path}" if self.path else self.file

    def fault(self, problem: str) -> errors.SettingError:
        return errors.SettingError(self.name, problem)

    def wrong(self, rule: str) -> errors.SettingError:
        return self.fault(f"{rule} (it is {wording.shown(self.value)})")

    def warn(self, text: str) -> None:
        self.warnings.append(f"{self.name}: {text}")

    def _at(self, key: str | int, value: Any) -> "Node":
        path = ".".join(filter(None, (self.path, wording.cut(str(key)))))
        return Node(self.file, value, path, self.warnings)

    def get(self, key: str) -> "Node | None":
        """The member of an object; None where it is absent or null."""
        value = self.members().get(key)
        return None if value is None else self._at(key, value)

    def need(self, key: str) -> "Node":
        member = self.get(key)
        if member is None:
            raise self._at(key, None).fault("is missing")
        return member

    def members(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self.wrong("must be an object")
        return self.value

    def nodes(self) -> "dict[str, Node]":
        return {key: self._at(key, value) for key, value in self.members().items()}

    def items(self) -> "list[Node]":
        if not isinstance(self.value, list):
            raise self.wrong("must be a list")
        return [self._at(position, value) for position, value in enumerate(self.value)]

    def text(self) -> str:
        """A text that is not empty and that a database can hold."""
        if not isinstance(self.value, str):
            raise self.wrong("must be a text")
        if not self.value:
            raise self.fault("must not be empty")
        if "\0" in self.value or any("\ud800" <= c <= "\udfff" for c in self.value):
            raise self.fault("must not hold U+0000 or an unpaired surrogate")
        return self.value

    def boolean(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.wrong("must be true or false")
        return self.value

    def integer(self, least: int = -(2**63)) -> int:
        """A whole number of 64 bits; 3.0 is one, as in JSON Schema."""
        number = self.value
        if isinstance(number, float) and number.is_integer():
            number = int(number)
        if isinstance(number, bool) or not isinstance(number, int) or abs(number) >= 2**63:
            raise self.wrong("must be a whole number")
        if number < least:
            raise self.wrong(f"must be {least} or more")
        return number
