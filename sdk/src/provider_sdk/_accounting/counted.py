"""What one call used."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from provider_sdk._usage import Usage

if TYPE_CHECKING:
    from decimal import Decimal

    from provider_sdk._accounting.rows import FigureSource

NAMES = ("day", "session", "provider", "model")
"""What rows can be told apart by, besides the source of their figures."""

KEY = (*NAMES, "source")


class CountedCall(NamedTuple):
    """What one call used; ``row_of`` describes its fields."""

    day: date
    session: str | None
    provider: str
    model: str
    source: FigureSource
    usage: Usage
    cost_usd: Decimal | None
    failed: bool
    retries: int
