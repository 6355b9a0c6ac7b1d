"""The chat in lines: for pipes, simple terminals and screen readers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import click

from ollama_cli.chat.entries import Entry, Piece
from ollama_cli.chat.lines.incoming import Incoming, Line
from ollama_cli.chat.lines.multiline import Assembler
from ollama_cli.chat.view import Offers
from ollama_cli.inputs.encodings import decoded
from ollama_cli.inputs.prompt import MAX_INPUT_BYTES
from ollama_cli.inputs.stdin import QUIET_S
from ollama_cli.processes.interrupts import Cancelling
from ollama_cli.terminal import clipboard
from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.line_page import LinePage
from ollama_cli.terminal.output import print_err, write
from ollama_cli.terminal.renderer import Renderer
from ollama_cli.terminal.text_renderer import TextRenderer

HOW_TO_LEAVE = "To leave, press Ctrl-D or enter /quit."

PASTED = "These lines are one message. An empty line sends it, Ctrl-C forgets it."

_PROMPT, _MORE = "> ", "... "
_PRESSES = 2
"""How often Ctrl-C is heard while something is done; after that it ends the process."""
_LONGEST_SHOWN = 60


@dataclass
class _Work:
    """What is done.

    Attributes:
        stop: ends it.
        waiting: says after a while that nothing has arrived yet.
        is_stopping: whether it is being ended.
    """

    stop: Callable[[], object]
    waiting: asyncio.TimerHandle
    is_stopping: bool = False

    def end(self) -> None:
        """End it, once."""
        self.waiting.cancel()
        if not self.is_stopping:
            self.is_stopping = True
            self.stop()


class PlainView:
    """Shows every event as a line; a message is a line of standard input, or several.

    Nothing that was written changes afterwards. On a terminal, Ctrl-C stops an answer and the chat
    goes on; if standard input is a pipe or a file, it ends the command as everywhere else.
    """

    keeps_status = False

    def __init__(self) -> None:
        self._incoming = Incoming(self._queued, self._ended)
        self._assembler = Assembler(MAX_INPUT_BYTES)
        self._has_prompt = self._incoming.is_typed and sys.stdout.isatty()
        self._work: _Work | None = None
        self._status = ""
        self._is_told = False
        self._count = 0

    @asynccontextmanager
    async def open(self, offers: Offers) -> AsyncIterator[None]:
        """Take lines; standard output and error are as they were."""
        async with self._incoming.open():
            if not self._incoming.is_typed:
                yield
                return
            loop = asyncio.get_running_loop()
            with Cancelling(
                lambda: loop.call_soon_threadsafe(self._interrupted_at_prompt),
                presses=None,
                error=asyncio.CancelledError,
            ):
                yield

    @property
    def is_typed(self) -> bool:
        """Whether somebody types the lines."""
        return self._incoming.is_typed

    @property
    def has_left(self) -> bool:
        """Whether the input has ended."""
        return self._incoming.has_ended

    async def next_entry(self) -> Entry | None:
        """Return the next message that is not empty; ``None`` at the end.

        Raises:
            click.UsageError: the next message cannot be sent, for example because it is not text.
        """
        while True:
            self._show_prompt()
            found = await self._incoming.next()
            has_more = bool(found) and await self._incoming.has_more()
            text = self._completed_by(found[0], has_more) if found else self._assembler.end()
            self._tell_paste()
            if text and text.strip():
                return Entry(self._pieces(text), text)
            if not found:
                if self._has_prompt:
                    write("\n")  # after the prompt, where Ctrl-D leaves the cursor
                return None

    def _pieces(self, text: str) -> tuple[Piece, ...]:
        """Return what a message consists of: pasted or in quotes, it calls no slash command."""
        was_pasted, was_quoted = self._assembler.was_pasted, self._assembler.was_quoted
        slash = text[: text.startswith("/")]
        # A script may call slash commands. The rest of its lines mentions no file.
        is_typed = self._incoming.is_typed and not was_pasted
        return (
            Piece(slash, typed=not (was_pasted or was_quoted)),
            Piece(text[len(slash) :], typed=is_typed),
        )

    def renderer(self, *, reasoning: bool, verbose: bool) -> Renderer:
        """Return what shows the next answer."""
        return TextRenderer(
            LinePage(self._arrived), verbose=verbose, reasoning=reasoning, plain=True
        )

    @contextmanager
    def working(self, what: str, stop: Callable[[], object]) -> Iterator[None]:
        """Let Ctrl-C call ``stop``, if somebody types the lines."""
        if not self._incoming.is_typed:
            yield
            return
        loop = asyncio.get_running_loop()
        waiting = loop.call_later(QUIET_S, self._say_what_it_waits_for, what)
        before, self._work = self._work, _Work(stop, waiting)
        scope = Cancelling(
            lambda: loop.call_soon_threadsafe(self._interrupted),
            presses=_PRESSES,
            error=asyncio.CancelledError,
        )
        try:
            with scope:
                yield
        finally:
            waiting.cancel()
            self._work = before
            if scope.left != _PRESSES:
                self._drop_queued()

    async def confirm(self, question: str) -> bool:
        """Ask for yes or no; no if nobody is at a terminal."""
        if not self._incoming.is_typed or not sys.stderr.isatty():
            return False
        self._arrived()
        sys.stderr.write(f"{on_one_line(question)} [y/N] ")
        sys.stderr.flush()
        return (await self._incoming.answer() or b"").strip().lower() in (b"y", b"yes")

    def put_back(self, entry: Entry) -> None:
        """Do nothing; the line is on the screen."""

    def status(self, line: str) -> None:
        """Show it on standard error, unless it is the same as before."""
        if line != self._status:
            print_err(line)
        self._status = line

    def copy(self, text: str) -> None:
        """Put a text on the clipboard of the terminal that shows standard error, if it has one.

        Raises:
            click.UsageError: it is too long, or standard error is not shown by a terminal.
        """
        sequence = clipboard.sequence(text)
        clipboard.require_terminal(sys.stderr)
        sys.stderr.write(sequence)
        sys.stderr.flush()

    def _show_prompt(self) -> None:
        if self._has_prompt and not self._incoming.is_waiting and not self._incoming.has_ended:
            write(_MORE if self._assembler.is_open else _PROMPT)

    def _tell_paste(self) -> None:
        """Say once of pasted lines how they are sent."""
        is_waiting = self._assembler.waits_for_empty_line
        if is_waiting and not self._is_told:
            print_err(PASTED)
        self._is_told = (self._is_told or is_waiting) and self._assembler.is_open

    def _completed_by(self, line: Line, has_more: bool) -> str | None:
        """Return the message that a line completes.

        Raises:
            click.UsageError: as ``next_entry``.
        """
        self._count += 1
        where = "what you typed" if self._incoming.is_typed else f"line {self._count}"
        if line is None:
            problem = click.UsageError(f"{where} is longer than {MAX_INPUT_BYTES} bytes")
            return self._assembler.feed("", problem, has_more=has_more)
        try:
            text = decoded(line, where)
        except click.UsageError as error:
            replaced = line.decode(errors="replace")
            return self._assembler.feed(replaced, error, has_more=has_more)
        return self._assembler.feed(text, has_more=has_more)

    def _interrupted_at_prompt(self) -> None:
        """Forget a message that is not complete, and say how to leave."""
        self._assembler.clear()
        print_err(f"\n{HOW_TO_LEAVE}")
        self._show_prompt()

    def _interrupted(self) -> None:
        print_err("")  # after what the terminal shows of Ctrl-C
        if self._work is None:
            return
        if self._work.is_stopping:
            print_err("Stopping. Ctrl-C once more ends the chat.")
        self._work.end()

    def _arrived(self) -> None:
        if self._work is not None:
            self._work.waiting.cancel()

    def _say_what_it_waits_for(self, what: str) -> None:
        print_err(on_one_line(f"Waiting for {what or 'an answer'}. Ctrl-C stops it."))

    def _queued(self) -> None:
        if self._work is not None:
            print_err("This is sent after the answer.")

    def _ended(self) -> None:
        """Stop what is done, because the input ended: Ctrl-D leaves at any time."""
        self._drop_queued()
        if self._work is not None:
            self._work.end()

    def _drop_queued(self) -> None:
        for line in self._incoming.forget():
            text = on_one_line((line or b"...").decode(errors="replace"))
            shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
            print_err(f"Not sent: {shown}")
