"""The lines of a chat without a screen: those of a pipe, and those that somebody types."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import click

from ollama_cli.chat.lines.standard_input import LineSplitter, StandardInput
from ollama_cli.inputs.prompt import MAX_INPUT_BYTES

Line = bytes | None
"""A line without its end; ``None`` if it is too long."""

_TOGETHER_S = 0.02
"""Lines that arrive so soon one after the other are pasted; nobody types so quickly."""


class Incoming:
    """Gives the lines of standard input one after the other.

    A pipe is read when a line is wanted. What is typed is read at once, so that it is known what
    waits, and that the input ends.

    Args:
        on_typed: is told of a line that was typed while none was wanted.
        on_end: is told that the input ends while no line was wanted.
    """

    def __init__(self, on_typed: Callable[[], object], on_end: Callable[[], object]) -> None:
        self._input = StandardInput()
        self._splitter = LineSplitter(MAX_INPUT_BYTES)
        self._lines: deque[tuple[Line, float]] = deque()
        self._returned_at = 0.0
        self._read_at = 0.0
        self._was_ready = False
        self._on_typed = on_typed
        self._on_end = on_end
        self._changed = asyncio.Event()
        self._is_wanted = False
        self._answer: asyncio.Future[Line] | None = None
        self._problem: click.UsageError | None = None
        self.has_ended = False

    @property
    def is_typed(self) -> bool:
        """Whether somebody types the lines."""
        return self._input.is_terminal

    @property
    def is_waiting(self) -> bool:
        """Whether a line has arrived that nobody has taken."""
        return bool(self._lines)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Read what is typed."""
        reading = asyncio.create_task(self._read_all()) if self.is_typed else None
        try:
            yield
        finally:
            if reading is not None:
                reading.cancel()
                with suppress(asyncio.CancelledError):
                    await reading

    async def next(self) -> list[Line]:
        """Return the next line in a list, which is empty at the end.

        Raises:
            click.UsageError: standard input cannot be read; it counts as ended then.
        """
        self._is_wanted = True
        try:
            while not self._lines and not self.has_ended:
                if self.is_typed:
                    self._changed.clear()
                    await self._changed.wait()
                else:
                    await self._read()
        finally:
            self._is_wanted = False
        if self._problem is not None:
            problem, self._problem = self._problem, None
            raise problem
        if not self._lines:
            return []
        line, self._returned_at = self._lines.popleft()
        return [line]

    async def has_more(self) -> bool:
        """Whether the next line was typed together with the last one, so both were pasted."""
        if not self.is_typed:
            return False
        if not self._lines:
            await asyncio.sleep(_TOGETHER_S)
        return bool(self._lines) and self._lines[0][1] - self._returned_at < _TOGETHER_S

    async def answer(self) -> Line:
        """Return what is typed next, and not what was typed before; nothing at the end."""
        if self.has_ended:
            return b""
        self._answer = asyncio.get_running_loop().create_future()
        try:
            return await self._answer
        finally:
            self._answer = None

    def forget(self) -> list[Line]:
        """Return the lines that nobody has taken, and forget them."""
        lines, self._lines = [line for line, _ in self._lines], deque()
        return lines

    async def _read_all(self) -> None:
        while not self.has_ended:
            await self._read()

    async def _read(self) -> None:
        """Read once."""
        try:
            data = await self._input.read()
        except click.UsageError as error:
            self._problem, data = error, b""
        # What was there before is of the same moment, however late this process gets to it.
        if not self._was_ready:
            self._read_at = asyncio.get_running_loop().time()
        self._was_ready = self._input.is_ready()
        for line in self._splitter.feed(data) if data else self._splitter.end():
            self._take(line)
        if not data:
            self._end()

    def _take(self, line: Line) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(line)
            return
        self._lines.append((line, self._read_at))
        self._changed.set()
        if self.is_typed and not self._is_wanted:
            self._on_typed()

    def _end(self) -> None:
        self.has_ended = True
        self._changed.set()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(b"")
        if self.is_typed and not self._is_wanted:
            self._on_end()
