"""Notes what an observer of the router hears, while the soak runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from provider_sdk import (
    ChatResponse,
    Message,
    ObservedAttempt,
    ProviderError,
    UsageCounter,
    UsageRow,
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
    """Counts usage; notes each attempt that begins, each fallback, and what is counted."""

    def __init__(self, notes: Notes) -> None:
        super().__init__()
        self._notes = notes

    def attempt_started(self, attempt: ObservedAttempt) -> None:
        """Note who is asked, and for which question."""
        super().attempt_started(attempt)
        self._notes.add("announced", f"{_number(attempt.messages)} {attempt.provider}")

    def fallback(self, attempt: ObservedAttempt, error: ProviderError, to: str, note: str) -> None:
        """Note who is asked instead."""
        super().fallback(attempt, error, to, note)
        self._notes.add("fallback", f"{_number(attempt.messages)} {to}")

    def add(self, response: ChatResponse | None, *, messages: Any = (), **facts: Any) -> UsageRow:
        """Note what is counted."""
        row = super().add(response, messages=messages, **facts)
        counts = row.source, row.prompt_tokens, row.completion_tokens
        counted = Counted(_number(messages), row.provider, bool(row.failed), *counts)
        self._notes.add("counted", counted.to_line())
        return row


def _number(messages: Sequence[Message]) -> int:
    return number_in(str(messages[-1].content))
