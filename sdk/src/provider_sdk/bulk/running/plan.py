"""What a run would do, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from provider_sdk._accounting.estimate import estimate_tokens
from provider_sdk._accounting.prices import Prices
from provider_sdk._usage import Usage
from provider_sdk.bulk.inputs import Survey, read_rows
from provider_sdk.bulk.rows import Row
from provider_sdk.bulk.shards import Shard

_SAMPLE = 100
_GUESSED_ANSWER = 256
"""Tokens that an answer is taken to have, if neither a limit nor an answer says more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would do.

    Attributes:
        rows: how many rows the input has.
        done: rows that were answered by earlier processes; ``failed`` and ``unknown`` likewise.
        doubtful: rows that were sent and have no known outcome.
        is_resumed: whether the run has begun before.
        first: the first row of the input.
        tokens: about how many tokens the rows that are left will use, answers included.
        cost_usd: about what they will cost; ``None`` if the price is not known.
        spent_usd: what was spent before.
    """

    rows: int
    done: int = 0
    failed: int = 0
    unknown: int = 0
    doubtful: int = 0
    is_resumed: bool = False
    first: Row | None = None
    tokens: int = 0
    cost_usd: Decimal | None = None
    spent_usd: Decimal = Decimal(0)

    @property
    def left(self) -> int:
        """Rows that have not ended."""
        return self.rows - self.done - self.failed - self.unknown
