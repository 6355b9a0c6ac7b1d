"""What the Hub last said of a token."""

from __future__ import annotations

import time
from dataclasses import dataclass

from provider_sdk import ProviderAuthError

VERDICT_KEPT_S = 300.0
"""How long a verdict counts: the Hub limits token checks strictly."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The rejection (``None`` where the token was accepted) and when it was spoken."""

    rejection: ProviderAuthError | None
    at: float

    @property
    def is_fresh(self) -> bool:
        """Whether it is too early to ask again."""
        return time.monotonic() - self.at < VERDICT_KEPT_S
