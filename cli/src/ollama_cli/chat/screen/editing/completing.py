"""Completes slash commands, what may follow them, and files."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import suppress

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from ollama_cli.chat.screen.editing.matching import matching
from ollama_cli.chat.screen.editing.paths import MOST_FOUND, Found, files, mention_in, path_in
from ollama_cli.chat.view import Offers
from ollama_cli.terminal.escapes import on_one_line

PATIENCE_S = 1.5
"""How long a list of files is waited for; a folder on a lost network may never be read."""

_MOST_LISTINGS = 4
"""So many folders are read at once; one that is on a lost network may never be read."""

_NAME = re.compile(r"/(\S*)")
_VALUE = re.compile(r"/(\S+)[ \t]+(.*)")


class Completing(Completer):
    """Completes what stands before the cursor.

    Args:
        offers: what may be completed.

    Attributes:
        idle: set while no completions are being looked for.
    """

    def __init__(self, offers: Offers) -> None:
        self.idle = asyncio.Event()
        self.idle.set()
        self._offers = offers
        self._values: tuple[str, Mapping[str, str]] = ("", {})
        self._listings = 0

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """Return the completions that need no files."""
        text = document.text_before_cursor
        if found := _NAME.fullmatch(text):
            return self._commands(found[1])
        if found := _VALUE.fullmatch(text):
            return self._following(found[1].lower(), found[2])
        return []

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Yield the completions."""
        self.idle.clear()
        try:
            for completion in self.get_completions(document, complete_event):
                yield completion
            for completion in await self._files(document):
                yield completion
        finally:
            self.idle.set()

    def forget(self) -> None:
        """Ask again for what may follow a slash command, because it may have changed."""
        self._values = ("", {})

    def _commands(self, typed: str) -> Iterator[Completion]:
        return _completions(self._offers.slash_commands(), typed, before="/")

    def _following(self, command: str, typed: str) -> Iterator[Completion]:
        known, values = self._values
        if known != command:
            try:
                values = self._offers.values_of(command)
            except Exception:  # noqa: BLE001 - typing must go on if a command cannot list values
                values = {}
            self._values = command, values
        return _completions(values, typed)

    async def _files(self, document: Document) -> list[Completion]:
        mention = path_in(document.text_before_cursor) or mention_in(
            document.current_line_before_cursor
        )
        if mention is None or self._listings == _MOST_LISTINGS:
            return []
        found = await self._listed(lambda: files(mention))
        return [
            Completion(each.mention, -mention.length, display=each.name, display_meta="")
            for each in found
        ]

    async def _listed(self, find: Callable[[], list[Found]]) -> list[Found]:
        """Return what is found in a thread that nothing waits for when the chat is left."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Found]] = loop.create_future()

        def arrived(found: list[Found]) -> None:
            self._listings -= 1
            if not future.done():
                future.set_result(found)

        def work() -> None:
            found = find()
            with suppress(RuntimeError):  # the chat was left
                loop.call_soon_threadsafe(arrived, found)

        self._listings += 1
        threading.Thread(target=work, daemon=True, name="files for @").start()
        try:
            return await asyncio.wait_for(future, PATIENCE_S)
        except TimeoutError:
            return []


def is_wanted(document: Document) -> bool:
    """Return whether completions are shown while this is being typed."""
    text = document.text_before_cursor
    if text.startswith("/") and "\n" not in text:
        return True
    return mention_in(document.current_line_before_cursor) is not None


def _completions(names: Mapping[str, str], typed: str, before: str = "") -> Iterator[Completion]:
    usable = {name for name in names if name and on_one_line(name) == name}
    for name in matching((name for name in names if name in usable), typed)[:MOST_FOUND]:
        yield Completion(
            f"{before}{name}",
            -len(typed) - len(before),
            display=f"{before}{name}",
            display_meta=on_one_line(names[name]),
        )
