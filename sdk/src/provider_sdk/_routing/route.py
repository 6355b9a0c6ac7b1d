"""What happened to a routed call: who was asked, who was not, and who answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from provider_sdk._errors import ProviderError

Outcome = Literal["answered", "failed", "skipped"]
"""What became of a candidate."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one candidate.

    Attributes:
        provider: its name.
        model: the model that it was, or would have been, asked for; ``""`` if it is not known.
        outcome: ``"skipped"`` if nothing was sent: it has no credential, is cooling down, cannot do
            what the call needs, or is not local.
        error: why it failed or was skipped; ``None`` if it answered.
        seconds: how long it took, in seconds.
    """

    provider: str
    model: str
    outcome: Outcome
    error: ProviderError | None = None
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        error = self.error and {"type": type(self.error).__name__, "message": text_of(self.error)}
        return {
            "provider": self.provider,
            "model": self.model,
            "outcome": self.outcome,
            "error": error,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class Route:
    """How a routed call came to its answer.

    Attributes:
        provider: who answered.
        model: the model that was asked.
        attempts: every candidate that was considered, in order; the one that answered is the last.
    """

    provider: str
    model: str
    attempts: tuple[Attempt, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON types."""
        return {
            "provider": self.provider,
            "model": self.model,
            "attempts": [attempt.to_dict() for attempt in self.attempts],
        }


def text_of(error: ProviderError) -> str:
    """Return the text of an error, of which a class of others may show more in its ``__str__``."""
    return ProviderError.__str__(error)
