"""Notes what an observer of the router hears, while the soak runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from provider_sdk import (
    ChatResponse,
    Message,
    ObservedAttempt,
    ProviderError,
    UsageCounter,
)

from .facts import Counted
from .plan import number_in


class Notes:
    """Lines that are kept in a file: in memory they would look like a leak."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - see __exit__

    def add(self, kind: str, line: str) -> None:
        """Note a line."""
        self._file.write(f"{kind} {line}\n")

    def lines(self, kind: str) -> Iterator[str]:
        """Yield the lines of a kind."""
        self._file.seek(0)
        for line in self._file:
            found, _, text = line.partition(" ")
            if found == kind:
                yield text

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()


class Heard(UsageCounter):
    """Counts usage; notes each attempt that begins, each fallback, and what is counted.

    What is counted of an attempt is noted from a counter of its own; the sums of this one must
    agree with all of them.
    """

    def __init__(self, notes: Notes) -> None:
        super().__init__()
        self._notes = notes
        self._own: dict[int, UsageCounter] = {}

    def attempt_started(self, attempt: ObservedAttempt) -> None:
        """Note who is asked, and for which question."""
        super().attempt_started(attempt)
        own = self._own[id(attempt)] = UsageCounter(self.prices)
        own.attempt_started(attempt)
        self._notes.add("announced", f"{_number(attempt.messages)} {attempt.provider}")

    def finished(self, attempt: ObservedAttempt, response: ChatResponse) -> None:
        """Note what is counted of an answer."""
        super().finished(attempt, response)
        own = self._own.pop(id(attempt))
        own.finished(attempt, response)
        self._note(attempt, own)

    def failed(
        self, attempt: ObservedAttempt, error: BaseException, partial: ChatResponse | None
    ) -> None:
        """Note what is counted of a failure."""
        super().failed(attempt, error, partial)
        own = self._own.pop(id(attempt))
        own.failed(attempt, error, partial)
        self._note(attempt, own)

    def fallback(self, attempt: ObservedAttempt, error: ProviderError, to: str, note: str) -> None:
        """Note who is asked instead."""
        super().fallback(attempt, error, to, note)
        self._notes.add("fallback", f"{_number(attempt.messages)} {to}")

    def _note(self, attempt: ObservedAttempt, own: UsageCounter) -> None:
        for row in own.rows():
            counts = row.source, row.prompt_tokens, row.completion_tokens
            counted = Counted(_number(attempt.messages), row.provider, bool(row.failed), *counts)
            self._notes.add("counted", counted.to_line())


def _number(messages: Sequence[Message]) -> int:
    return number_in(str(messages[-1].content))
