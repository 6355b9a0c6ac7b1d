"""What tokens cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from provider_sdk._usage import Usage


class Prices:
    """Prices."""

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        pass

    def cost(
        self, usage: Usage, *, provider: str, models: Sequence[str], served_by: str | None = None
    ) -> Decimal | None:
        """Return the cost."""
        return None
