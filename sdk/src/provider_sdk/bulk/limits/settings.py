"""What the user allows: how fast, and how much."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from provider_sdk.bulk.errors import BulkInputError

MIN_ROWS_FOR_SHARE: Final = 100
"""A share of failed rows is a share of so many rows while fewer have ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How fast the whole run sends, over all its workers.

    Attributes:
        concurrency: how many requests are in flight at most; ``"auto"`` finds it: it starts low,
            rises by one in a window without a refusal, and halves when the service refuses.
        rpm: requests in any 60 seconds; ``None`` for any number.
        tpm: tokens in any 60 seconds; ``None`` for any number. A row that needs more is sent alone.

    Raises:
        ValueError: a limit is not a positive number.
    """

    concurrency: int | Literal["auto"] = "auto"
    rpm: float | None = None
    tpm: float | None = None

    def __post_init__(self) -> None:
        if self.concurrency != "auto" and not _is_count(self.concurrency, least=1):
            raise ValueError('concurrency must be "auto" or a whole number of at least 1')
        for name, value in (("rpm", self.rpm), ("tpm", self.tpm)):
            if value is not None and not (math.isfinite(value) and value >= 1):
                raise ValueError(f"{name} must be a number of at least 1, or None")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much the whole run may use, what earlier processes used included.

    Attributes:
        cost_usd: USD; ``None`` for any amount.
        tokens: prompt and completion tokens; ``None`` for any number.
        errors: how many rows may fail: a number, or a share such as ``"5%"`` of the rows that
            have ended, or of 100 while fewer have; ``None`` for any number.

    Raises:
        ValueError: a cap is negative, or not a number.
    """

    cost_usd: Decimal | None = None
    tokens: int | None = None
    errors: int | str | None = None

    def __post_init__(self) -> None:
        if self.cost_usd is not None and not _is_money(self.cost_usd):
            raise ValueError("cost_usd must be a Decimal of at least 0, or None")
        if self.tokens is not None and not _is_count(self.tokens, least=0):
            raise ValueError("tokens must be a whole number of at least 0, or None")
        if isinstance(self.errors, str):
            _share(self.errors)
        elif self.errors is not None and not _is_count(self.errors, least=0):
            raise ValueError('errors must be a whole number, a share such as "5%", or None')

    def failures_left(self, done: int, failed: int) -> int | None:
        """Return how many rows may fail in a row before the run stops; ``None`` for any number.

        Args:
            done: rows that were answered.
            failed: rows that failed; if more have than may, the result is 0 or less.
        """
        if self.errors is None:
            return None
        if isinstance(self.errors, int):
            return self.errors + 1 - failed
        share = _share(self.errors)
        if share == 1:
            return None
        ended = done + failed
        of_ended = math.floor((share * ended - failed) / (1 - share)) + 1
        of_first = math.floor(share * MIN_ROWS_FOR_SHARE) + 1 - failed
        return max(of_ended, of_first)


def check_prices(caps: Caps, unpriced: str | None) -> None:
    """Refuse a cap on cost that could not be kept, because the price of a model is not known.

    Args:
        caps: what the run may use.
        unpriced: which model that is, in words; ``None`` if all prices are known.

    Raises:
        BulkInputError: the price is not known, and there is no cap on tokens either.
    """
    if unpriced is not None and caps.cost_usd is not None and caps.tokens is None:
        raise BulkInputError(
            f"the price of {unpriced} is not known, so a cap on cost cannot be kept",
            hint="Give a cap on tokens too (--max-tokens-total), or the price in the settings.",
        )


def _is_money(value: object) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and value >= 0


def _is_count(value: object, *, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _share(text: str) -> Fraction:
    """Return ``"5%"`` as 1/20: a float of 29 % would be a little less than 29 of 100."""
    number = text.strip().removesuffix("%")
    is_share = text.strip().endswith("%") and number.replace(".", "", 1).isdecimal()
    if not is_share or not float(number) <= 100:
        raise ValueError('a share of errors must look like "5%", from 0% to 100%')
    return Fraction(number) / 100
