"""What a session consists of, and how it is written as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from provider_sdk import Message, ProviderError, UsageRow

from ollama_cli.conversation.values import RecordError, count, required, time_of, time_text

_LONGEST_TITLE = 60


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its whole answer.

    Attributes:
        messages: the question first, the whole answer last; calls of tools and their results
            between them.
        provider: who answered.
        model: the model that was asked; ``None`` for the default.
        response_model: the model that answered, as the service names it.
        served_by: who ran it for the service.
        at: when the answer ended.
        duration_s: the seconds from the question to the end of the answer.
        interrupted: whether the answer was cut short.
    """

    messages: Sequence[Message]
    provider: str
    model: str | None
    at: datetime
    duration_s: float = 0.0
    response_model: str | None = None
    served_by: str | None = None
    interrupted: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "messages": [message.to_dict() for message in self.messages],
            "provider": self.provider,
            "model": self.model,
            "response_model": self.response_model,
            "served_by": self.served_by,
            "at": time_text(self.at),
            "duration_s": self.duration_s,
            "interrupted": self.interrupted,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Turn:
        """Return what ``to_dict`` described.

        Raises:
            RecordError: it is something else.
        """
        messages = required(data, "messages", list)
        duration_s = required(data, "duration_s", int, float)
        return cls(
            [_message(message) for message in messages],
            provider=required(data, "provider", str),
            model=required(data, "model", str, type(None)),
            at=time_of(required(data, "at", str)),
            duration_s=float(duration_s),
            response_model=required(data, "response_model", str, type(None)),
            served_by=required(data, "served_by", str, type(None)),
            interrupted=required(data, "interrupted", bool),
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """What stands for the first turns of a session, once they do not fit any more.

    Attributes:
        text: the summary.
        turns: how many turns it covers, from the first one on.
        at: when it was made.
    """

    text: str
    turns: int
    at: datetime

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"text": self.text, "turns": self.turns, "at": time_text(self.at)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Summary:
        """Return what ``to_dict`` described.

        Raises:
            RecordError: it is something else.
        """
        at = time_of(required(data, "at", str))
        return cls(required(data, "text", str), count(required(data, "turns", int)), at)


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation, without its turns.

    Attributes:
        id: what ``--session`` takes.
        title: its first question, or what the user named it.
        folder: the folder of the project that it was begun in.
        system: its system prompt.
        provider: who answered last.
        model: the model that was asked last.
        created: when its first turn was stored.
        updated: when its last turn was stored.
        turns: how many it has.
    """

    id: str
    title: str
    folder: str
    system: str | None
    provider: str
    model: str | None
    created: datetime
    updated: datetime
    turns: int

    @property
    def answers(self) -> str:
        """Who answered last, as ``-m`` takes it."""
        return f"{self.provider}/{self.model}" if self.model else self.provider


def title_of(turn: Turn) -> str:
    """Return the first line of the question, cut to the length of a title."""
    lines = turn.messages[0].text.split("\n") if turn.messages else []
    first = next((line for line in (" ".join(line.split()) for line in lines) if line), "")
    return first if len(first) <= _LONGEST_TITLE else f"{first[: _LONGEST_TITLE - 3].rstrip()}..."


def call_to_dict(row: UsageRow) -> dict[str, Any]:
    """Return what a call used as JSON, with every digit of its cost."""
    cost = None if row.cost_usd is None else str(row.cost_usd)
    found = {**row.to_dict(), "cost_usd": cost}
    del found["session"]  # it is stored beside the row, because it may be deleted
    return found


def call_from_dict(data: Mapping[str, Any], session: str | None) -> UsageRow:
    """Return what ``call_to_dict`` described.

    Raises:
        RecordError: it is something else.
    """
    for name in _COUNTS:
        if (value := data.get(name)) is not None:
            count(value)
    try:
        row = UsageRow.from_dict({**data, "session": session})
        text_is_text = all(isinstance(part, str) for part in (row.day, row.provider, row.model))
        is_known = row.source in _SOURCES and (row.cost_usd is None or _is_amount(row.cost_usd))
        datetime.fromisoformat(row.day)
    except (TypeError, ValueError, ArithmeticError) as error:
        problem = str(error) or type(error).__name__
    else:
        if text_is_text and is_known and None not in (row.calls, row.failed, row.unpriced):
            return row
        problem = "it has a wrong value"
    raise RecordError(f"usage of a call: {problem}")


def _is_amount(cost: Decimal) -> bool:
    return cost.is_finite() and cost >= 0


_COUNTS = (
    "calls",
    "failed",
    "retries",
    "prompt_tokens",
    "completion_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "unpriced",
)
_SOURCES = ("reported", "estimated", "unknown")


def _message(data: object) -> Message:
    if not isinstance(data, Mapping):
        raise RecordError("a message is not a JSON object")
    try:
        return Message.from_dict(data)
    except (ProviderError, TypeError, ValueError) as error:
        problem = str(error)
    raise RecordError(f"message: {problem}")
