"""The history as the input shows it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable

from prompt_toolkit.history import History as BaseHistory

from ollama_cli.chat.entries import Entry
from ollama_cli.chat.history import History
from ollama_cli.chat.screen.editing.folding import Folds


class Recalled(BaseHistory):
    """Gives the entries of the history to the input, with big pastes folded."""

    def __init__(self, history: History, folds: Folds) -> None:
        super().__init__()
        self._history = history
        self._folds = folds
        self._known: dict[Entry, str] = {}

    async def load(self) -> AsyncGenerator[str, None]:
        """Yield the entries, the newest first."""
        for text in self.load_history_strings():
            yield text

    def get_strings(self) -> list[str]:
        """Return the entries, the oldest first."""
        known, made = self._known, self._folds.inserted
        self._known = {each: known.get(each) or made(each) for each in self._history.entries}
        return [self._known[entry] for entry in self._history.entries]

    def load_history_strings(self) -> Iterable[str]:
        """Return the entries, the newest first."""
        return self.get_strings()[::-1]

    def append_string(self, string: str) -> None:
        """Do nothing: entries are added when they are sent."""

    def store_string(self, string: str) -> None:
        """Do nothing, as ``append_string``."""
