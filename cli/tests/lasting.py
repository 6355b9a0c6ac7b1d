"""Talks for many turns, and measures what grows: nothing may.

    cd cli && python -m tests.lasting --turns 2000

It shows, for each part of the turns, how many objects and bytes there are at least, and how many
instructions SQLite runs per turn. The window is small, so that there are compactions.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import tempfile
import tracemalloc
import warnings
from pathlib import Path
from typing import Any, NamedTuple

from ollama_cli.chat.chat import Chat
from ollama_cli.chat.entries import Entry
from ollama_cli.chat.view import Offers
from provider_sdk import ProviderWarning, register_provider
from provider_sdk.testing import FakeProvider

from ._chat import ScriptedView, chat_of

PARTS = 4
EVERY = 8
SETTINGS = {
    "context_window": 4000,
    "status_line": "built-in",
    "budgets": {"session_usd": 1000, "day_usd": 1000},
    "prices": {"fake-model": {"input": 1, "output": 1, "per": "1M"}},
}


class Talkative(FakeProvider):
    """Answers at length, and sums up in few words; it remembers nothing itself."""

    def __init__(self) -> None:
        super().__init__("word " * 100, repeat=True)

    async def answer(self, call: Any) -> Any:
        """Answer a question, or a request for a summary."""
        self.calls.clear()
        if "You sum up" in call.messages[0].text:
            return await FakeProvider("They said words.").answer(call)
        return await super().answer(call)


class Part(NamedTuple):
    """What was measured over a part of the turns.

    Attributes:
        objects: how many objects there were, at least.
        size: how many bytes they took, at least; 0 if that was not measured.
        instructions: how many instructions SQLite ran per turn, at least.
    """

    objects: int
    size: int
    instructions: int


class LastingView(ScriptedView):
    """Asks one question after the other, and shows nothing.

    Args:
        turns: how many questions.

    Attributes:
        parts: what was measured.
    """

    def __init__(self, turns: int) -> None:
        super().__init__([])
        self.parts: list[Part] = []
        self._turns = turns
        self._turn = 0
        self._found: list[Part] = []
        self._instructions = 0

    def open(self, offers: Offers) -> Any:
        """Show it nowhere."""
        assert isinstance(offers, Chat)
        self.chat = offers
        return super().open(offers)

    async def next_entry(self) -> Entry | None:
        """Measure, and return the next question."""
        self._measure()
        if self._turn == self._turns:
            return None
        self._turn += 1
        return Entry.of(f"Question {self._turn}?")

    def _measure(self) -> None:
        assert self.chat is not None
        store = self.chat.session._keeper.store
        if store is not None:
            store.database._connection.set_progress_handler(self._count, 1)
        if self._turn % EVERY:
            return
        gc.collect()
        size = tracemalloc.get_traced_memory()[0]
        self._found.append(Part(len(gc.get_objects()), size, self._instructions // EVERY))
        self._instructions = 0
        if len(self._found) * EVERY * PARTS >= self._turns:
            self.parts.append(Part(*map(min, zip(*self._found, strict=True))))
            self._found.clear()

    def _count(self) -> int:
        self._instructions += 1
        return 0

    def _record(self, text: str) -> None:
        """Forget it."""


def measure(turns: int, *, no_session: bool = False) -> list[Part]:
    """Return what was measured; folders and settings are those of the environment."""
    view = LastingView(turns)
    chat = chat_of(view, no_session=no_session)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProviderWarning)
        asyncio.run(chat.run())
    return view.parts


def main() -> None:
    """Measure with folders that are removed afterwards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=2000)
    parser.add_argument("--no-session", action="store_true")
    arguments = parser.parse_args()
    register_provider("fake", lambda **_: Talkative())
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "settings")
        settings.mkdir(mode=0o700)
        (settings / "settings.json").write_text(json.dumps(SETTINGS))
        os.environ["OLLAMA_CLI_CONFIG_DIR"] = str(settings)
        os.environ["OLLAMA_CLI_DATA_DIR"] = str(Path(folder, "data"))
        tracemalloc.start()
        parts = measure(arguments.turns, no_session=arguments.no_session)
    for number, part in enumerate(parts, 1):
        sys.stdout.write(f"part {number} of {PARTS}: {part}\n")


if __name__ == "__main__":
    main()
