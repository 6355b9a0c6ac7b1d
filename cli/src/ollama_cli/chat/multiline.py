"""Messages of several lines: between three quotes, or by a backslash at the end of a line."""

from __future__ import annotations

import click

QUOTES = '"""'


def continues(line: str) -> bool:
    """Whether a line ends with one backslash; two are text."""
    return line.endswith("\\") and not line.endswith("\\\\")


class Assembler:
    """Makes messages of the lines that arrive.

    Args:
        limit: the most characters of a message.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.clear()

    def clear(self) -> None:
        """Forget the lines of a message that is not complete."""
        self._lines: list[str] = []
        self._size = 0
        self._is_quoted = False
        self._problem: click.UsageError | None = None

    @property
    def is_open(self) -> bool:
        """Whether lines of a message have arrived, and more belong to it."""
        return bool(self._lines)

    def feed(self, line: str, problem: click.UsageError | None = None) -> str | None:
        """Take a line; return the message that it completes.

        Args:
            line: the line, without its end.
            problem: why the message that it belongs to cannot be sent.

        Raises:
            click.UsageError: the message is complete, and cannot be sent.
        """
        self._problem = self._problem or problem
        if not self._lines and line.startswith(QUOTES):
            self._is_quoted = True
            line = line.removeprefix(QUOTES)
        is_last = line.rstrip().endswith(QUOTES) if self._is_quoted else not continues(line)
        self._add(line)
        return self._complete() if is_last else None

    def end(self) -> str | None:
        """Return the message that the end of the input completes.

        Raises:
            click.UsageError: it cannot be sent.
        """
        if self._is_quoted:
            self.clear()
            raise click.UsageError(
                f"the message is not sent, because the {QUOTES} at its beginning have no end"
            )
        return self._complete() if self._lines else None

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
        lines, is_quoted, problem = self._lines, self._is_quoted, self._problem
        self.clear()
        if problem is not None:
            raise problem
        if not is_quoted:
            return "\n".join([*(line.removesuffix("\\") for line in lines[:-1]), lines[-1]])
        text = "\n".join(lines).rstrip().removesuffix(QUOTES)
        return text.removeprefix("\n").removesuffix("\n")
