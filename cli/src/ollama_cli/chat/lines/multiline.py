"""Messages of several lines: between three quotes, by a backslash at the end of a line, or pasted.

A simple terminal does not mark a paste, and the end of its last line often is still to be entered.
So lines that arrive together wait for an empty line: they must not be sent one by one.
"""

from __future__ import annotations

import click

from ollama_cli.chat.entries import QUOTES, continues


class Assembler:
    """Makes messages of the lines that arrive.

    Args:
        limit: the most characters of a message.

    Attributes:
        was_pasted: whether the last message that was complete was pasted.
        was_quoted: whether it was in quotes.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.was_pasted = False
        self.was_quoted = False
        self.clear()

    def clear(self) -> None:
        """Forget the lines of a message that is not complete."""
        self._lines: list[str] = []
        self._size = 0
        self._is_quoted = False
        self._is_pasted = False
        self._has_more = False
        self._problem: click.UsageError | None = None

    @property
    def is_open(self) -> bool:
        """Whether lines of a message have arrived, and more belong to it."""
        return bool(self._lines)

    @property
    def waits_for_empty_line(self) -> bool:
        """Whether pasted lines have all arrived, and an empty line sends them."""
        return self._is_pasted and not self._has_more

    def feed(
        self, line: str, problem: click.UsageError | None = None, *, has_more: bool = False
    ) -> str | None:
        """Take a line; return the message that it completes.

        Args:
            line: the line, without its end.
            problem: why the message that it belongs to cannot be sent.
            has_more: whether the next line has arrived with this one, as only pasted lines do.

        Raises:
            click.UsageError: the message is complete, and cannot be sent.
        """
        self._problem = self._problem or problem
        if not self._lines and line.startswith(QUOTES):
            self._is_quoted = True
            line = line.removeprefix(QUOTES)
        elif not self._lines:
            self._is_pasted = has_more
        is_typed = not (has_more or self._has_more)
        self._has_more = has_more
        if self._is_pasted and is_typed and not line.strip():
            return self._complete()
        self._add(line)
        return self._complete() if self._is_ended_by(line) else None

    def end(self) -> str | None:
        """Return the message that the end of the input completes.

        Raises:
            click.UsageError: it cannot be sent.
        """
        if self._is_pasted:
            self.clear()
            raise click.UsageError("the pasted lines are not sent, because no empty line follows")
        if self._is_quoted:
            self.clear()
            raise click.UsageError(
                f"the message is not sent, because the {QUOTES} at its beginning have no end"
            )
        return self._complete() if self._lines else None

    def _is_ended_by(self, line: str) -> bool:
        if self._is_quoted:
            return line.rstrip().endswith(QUOTES)
        return not self._is_pasted and not continues(line)

    def _add(self, line: str) -> None:
        self._size += len(line) + 1
        if self._size <= self._limit or not self._lines:
            self._lines.append(line)
            return
        self._lines = [""]  # the rest is read, and not kept
        self._problem = self._problem or click.UsageError(
            f"the message is not sent, because it is longer than {self._limit} characters"
        )

    def _complete(self) -> str:
        lines, problem = self._lines, self._problem
        self.was_pasted, self.was_quoted = self._is_pasted, self._is_quoted
        self.clear()
        if problem is not None:
            raise problem
        if self.was_pasted:
            return "\n".join(lines)
        if not self.was_quoted:
            return "\n".join([*(line.removesuffix("\\") for line in lines[:-1]), lines[-1]])
        text = "\n".join(lines).rstrip().removesuffix(QUOTES)
        return text.removeprefix("\n").removesuffix("\n")
