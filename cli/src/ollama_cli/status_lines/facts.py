"""What a status line is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_SHORTEST_S = 0.05


@dataclass(frozen=True, slots=True)
class Spent:
    """The tokens of an answer, or of a session.

    Attributes:
        prompt_tokens: those that were read.
        completion_tokens: those that were written.
        source: ``"reported"`` by the service, ``"estimated"``, or ``"mixed"``.
        cost_usd: what they cost; ``None`` if that is not known.
    """

    prompt_tokens: int
    completion_tokens: int
    source: str
    cost_usd: float | None = None

    @property
    def total_tokens(self) -> int:
        """Return their sum."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known after an answer.

    Attributes:
        provider: who answered; ``None`` if nobody did.
        model: the model that was asked.
        served_by: who ran it behind the provider.
        session_id: the session; ``None`` if the answer is not stored.
        turn: the tokens of this answer.
        session: those of the whole session, with this answer.
        context_window: the tokens that the model takes at once.
        duration_s: how long the answer took.
        first_s: how long it took to its first piece; ``None`` if it came as a whole.
        health: per provider that was asked, why it did not answer; ``None`` if it did.
    """

    provider: str | None = None
    model: str | None = None
    served_by: str | None = None
    session_id: str | None = None
    turn: Spent | None = None
    session: Spent | None = None
    context_window: int | None = None
    duration_s: float = 0.0
    first_s: float | None = None
    health: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        """Return how much of the model's window the conversation fills; 1 is all of it."""
        if self.turn is None or not self.context_window:
            return None
        return self.turn.total_tokens / self.context_window

    @property
    def tokens_per_s(self) -> float | None:
        """Return how fast the answer was written, after its first piece if it was streamed."""
        writing = self.duration_s - (self.first_s or 0.0)
        if writing < _SHORTEST_S:  # it came at once, so the time before is that of its making
            writing = self.duration_s
        if self.turn is None or not self.turn.completion_tokens or writing <= 0:
            return None
        return self.turn.completion_tokens / writing

    def to_dict(self, folder: str | None) -> dict[str, Any]:
        """Return it as ``status-line-input.schema.json`` describes it.

        Args:
            folder: the current folder.
        """
        return {
            "session_id": self.session_id,
            "cwd": folder,
            "provider": self.provider,
            "model": self.model,
            "served_by": self.served_by,
            "turn": _spent(self.turn),
            "session": _spent(self.session),
            "context_window": self.context_window,
            "context_share": self.share,
            "duration_s": round(self.duration_s, 3),
            "first_s": None if self.first_s is None else round(self.first_s, 3),
            "tokens_per_s": None if (speed := self.tokens_per_s) is None else round(speed, 1),
            "health": [
                {"provider": name, "ok": problem is None, "reason": problem}
                for name, problem in self.health.items()
            ],
        }


def _spent(spent: Spent | None) -> dict[str, Any] | None:
    if spent is None:
        return None
    names = ("prompt_tokens", "completion_tokens", "total_tokens", "source", "cost_usd")
    return {name: getattr(spent, name) for name in names}
