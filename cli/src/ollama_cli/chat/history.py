"""What was entered in earlier chats and in this one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ollama_cli.chat.entries import Entry


class History:
    """The entries of the user, the oldest first."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    @classmethod
    def open(cls, folder: Path | None) -> History:
        """Return the history that is kept in a folder; one in memory for ``None``."""
        return cls()

    @property
    def entries(self) -> Sequence[Entry]:
        """Return the entries, the oldest first."""
        return self._entries

    def add(self, entry: Entry) -> None:
        """Keep an entry, unless it begins with a space or repeats the newest one."""
        if entry.text.startswith(" ") or (self._entries and self._entries[-1] == entry):
            return
        self._entries.append(entry)

    def add_here(self, entry: Entry) -> None:
        """Keep an entry that was not sent, for this chat only."""
        self._entries.append(entry)
