"""One line: what was looked at, whether it is right, and what to do if not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


def _none() -> Mapping[str, object]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Finding:
    """``text`` is English with the names of ``values`` in braces: pages translate it."""

    topic: str
    ok: bool
    text: str
    values: Mapping[str, object] = field(default_factory=_none)

    @property
    def said(self) -> str:
        return self.text.format(**self.values)
