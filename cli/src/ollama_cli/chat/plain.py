"""The chat in lines: for pipes, simple terminals and screen readers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from ollama_cli.chat.entries import Entry
from ollama_cli.chat.view import Offers
from ollama_cli.interrupts import Cancelling
from ollama_cli.terminal import clipboard
from ollama_cli.terminal.output import print_err
from ollama_cli.terminal.pages import PlainPage
from ollama_cli.terminal.questions import can_ask, confirm
from ollama_cli.terminal.renderer import Renderer
from ollama_cli.terminal.text_renderer import TextRenderer


class PlainView:
    """Shows every event as a line; a message is a line of standard input."""

    @asynccontextmanager
    async def open(self, offers: Offers) -> AsyncIterator[None]:
        """Do nothing; standard output and error are as they were."""
        yield

    async def next_entry(self) -> Entry | None:
        """Return the next line that is not empty; ``None`` at the end."""
        while line := await asyncio.to_thread(sys.stdin.readline):
            if text := line.rstrip("\n"):
                return Entry.of(text)
        return None

    def renderer(self, *, reasoning: bool, verbose: bool) -> Renderer:
        """Return what shows the next answer."""
        return TextRenderer(PlainPage(), verbose=verbose, reasoning=reasoning)

    @contextmanager
    def working(self, what: str, stop: Callable[[], object]) -> Iterator[None]:
        """Let Ctrl-C call ``stop``."""
        with Cancelling(stop):
            yield

    async def confirm(self, question: str) -> bool:
        """Ask for yes or no; no if nobody is at a terminal."""
        return can_ask() and await asyncio.to_thread(confirm, question)

    def put_back(self, entry: Entry) -> None:
        """Do nothing; the line is on the screen."""

    def status(self, line: str) -> None:
        """Show it on standard error."""
        print_err(line)

    def copy(self, text: str) -> None:
        """Put a text on the clipboard of the terminal that shows standard error, if it has one.

        Raises:
            click.UsageError: it is too long, or standard error is not shown by a terminal.
        """
        sequence = clipboard.sequence(text)
        clipboard.require_terminal(sys.stderr)
        sys.stderr.write(sequence)
        sys.stderr.flush()
