"""One line of text under a cursor, edited by keys."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class LineEdit:
    """The text being typed; the cursor stands before character `cursor`."""

    text: str
    cursor: int = -1

    def __post_init__(self) -> None:
        if not 0 <= self.cursor <= len(self.text):
            self.cursor = len(self.text)

    def key(self, key: str, character: str | None) -> bool:
        """Apply a key by its Textual name; whether it was one of this editor's."""
        match key:
            case "left":
                self.cursor = max(0, self.cursor - 1)
            case "right":
                self.cursor = min(len(self.text), self.cursor + 1)
            case "home" | "ctrl+a":
                self.cursor = 0
            case "end" | "ctrl+e":
                self.cursor = len(self.text)
            case "backspace":
                self._replace(max(0, self.cursor - 1), self.cursor, "")
            case "delete":
                self._replace(self.cursor, self.cursor + 1, "")
            case "ctrl+u":
                self._replace(0, self.cursor, "")
            case _:
                if character is None or not character.isprintable():
                    return False
                self.insert(character)
        return True

    def insert(self, text: str) -> None:
        """Put text in at the cursor; what cannot be printed is left out."""
        self._replace(self.cursor, self.cursor, "".join(c for c in text if c.isprintable()))

    def _replace(self, start: int, end: int, text: str) -> None:
        self.text = self.text[:start] + text + self.text[end:]
        self.cursor = start + len(text)

    def window(self, width: int) -> tuple[str, str, str]:
        """What `width` cells show of the text: before, under and after the cursor."""
        start = max(0, self.cursor - width + 1)
        under = self.text[self.cursor : self.cursor + 1] or " "
        after = self.text[self.cursor + 1 : start + width]
        return self.text[start : self.cursor], under, after
