"""What could not be read, in a few words; never what the bytes say."""

from dataclasses import dataclass, field

_MOST = 50


@dataclass(slots=True)
class Notes:
    """Each once, in the order they came, the first fifty."""

    texts: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        if text not in self.texts and len(self.texts) < _MOST:
            self.texts.append(text)
