"""Whether a service is healthy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Health:
    """The outcome of a probe.

    Attributes:
        ok: the service accepted this credential and answers.
        reason: why not, in one sentence; empty if ``ok``.
        latency_s: seconds that the probe took.
        error: the exception that the reason comes from, for code that handles its class.
    """

    ok: bool
    reason: str = ""
    latency_s: float = 0.0
    error: Exception | None = None
