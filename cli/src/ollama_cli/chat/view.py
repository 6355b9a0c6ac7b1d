"""What shows a chat, and where its entries come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Protocol

from ollama_cli.chat.entries import Entry
from ollama_cli.terminal.renderer import Renderer


class Offers(Protocol):
    """What may be completed in the input."""

    def slash_commands(self) -> Mapping[str, str]:
        """Return what each slash command does, by its name without the slash."""

    def values_of(self, command: str) -> Mapping[str, str]:
        """Return what may follow the name of a slash command, with a description each."""


class View(Protocol):
    """Shows a chat, and takes entries.

    While it is open, whatever is written to ``sys.stdout`` and ``sys.stderr`` is shown by it, above
    the input: it may be called wherever the program writes.

    Attributes:
        keeps_status: whether a status line stays in sight. Where it does not, only one that the
            settings choose is shown.
    """

    keeps_status: bool

    @property
    def is_typed(self) -> bool:
        """Whether somebody types the entries; else they are lines of a pipe or a file."""

    @property
    def has_left(self) -> bool:
        """Whether the user has left, so that no entry follows those that wait."""

    def open(self, offers: Offers) -> AbstractAsyncContextManager[None]:
        """Return a context in which the chat is shown and entries are taken."""

    async def next_entry(self) -> Entry | None:
        """Return the next entry, which may have been waiting; ``None`` to leave.

        Raises:
            click.UsageError: what was entered cannot be used; the entry after it can be asked for.
        """

    def renderer(self, *, reasoning: bool, verbose: bool) -> Renderer:
        """Return what shows the next answer.

        Args:
            reasoning: whether to show the model's reasoning.
            verbose: whether to show details.
        """

    def working(self, what: str, stop: Callable[[], object]) -> AbstractContextManager[None]:
        """Return a context in which the chat is busy; Ctrl-C calls ``stop``, and does no more.

        Args:
            what: what is being done, in few words, such as ``"hf"`` who is asked.
            stop: ends it.
        """

    async def confirm(self, question: str) -> bool:
        """Ask for yes or no; no if nobody can be asked."""

    def put_back(self, entry: Entry) -> None:
        """Put an entry that could not be used back into the input, if nothing was typed there."""

    def status(self, line: str) -> None:
        """Show a status line, which has no control characters, until the next one."""

    def copy(self, text: str) -> None:
        """Put a text on the clipboard of the terminal, past everything that is shown.

        A view writes ``terminal.clipboard.sequence(text)`` to the terminal itself: it is not a part
        of what is shown above the input, so it must not go through ``sys.stdout``.

        Raises:
            click.UsageError: it is too long, or nobody is at a terminal that has a clipboard.
        """
