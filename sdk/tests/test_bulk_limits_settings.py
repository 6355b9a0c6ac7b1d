"""What may be asked of a bulk run, and what is refused."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from provider_sdk.bulk.errors import BulkInputError
from provider_sdk.bulk.limits import Caps, Limits, check_prices
from provider_sdk.bulk.limits.stops import too_long


@pytest.mark.parametrize(
    "wrong",
    [
        {"concurrency": 0},
        {"concurrency": True},
        {"concurrency": "many"},
        {"concurrency": 1.5},
        {"rpm": 0},
        {"rpm": math.nan},
        {"rpm": math.inf},
        {"tpm": -1},
    ],
)
def test_wrong_limit_is_refused(wrong: dict[str, Any]) -> None:
    """A limit that is not a positive number is refused by name."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Limits(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"cost_usd": Decimal(-1)},
        {"cost_usd": Decimal("NaN")},
        {"cost_usd": 1.5},
        {"tokens": -1},
        {"tokens": 1.5},
        {"errors": -1},
        {"errors": 0.5},
        {"errors": "5"},
        {"errors": "five%"},
        {"errors": "-5%"},
        {"errors": "101%"},
        {"errors": "1.2.3%"},
    ],
)
def test_wrong_cap_is_refused(wrong: dict[str, Any]) -> None:
    """A cap that cannot be kept is refused by name."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Caps(**wrong)


@pytest.mark.parametrize("errors", [None, 0, 7, "0%", "2.5%", " 100% "])
def test_errors_may_be_a_number_or_a_share(errors: int | str | None) -> None:
    """Both ways to say how many rows may fail are taken."""
    assert Caps(errors=errors).failures_left(200, 0) != 0


def test_no_error_may_be_allowed() -> None:
    """A cap of 0 stops at the first row that fails."""
    assert Caps(errors=0).failures_left(10, 0) == 1
    assert Caps(errors=0).failures_left(10, 1) == 0


def test_unknown_price_refuses_a_cap_on_cost() -> None:
    """A cap on cost without a price is refused, and the sentence says what to do."""
    with pytest.raises(BulkInputError, match="--max-tokens-total"):
        check_prices(Caps(cost_usd=Decimal(1)), "the model 'm'")


@pytest.mark.parametrize(
    ("caps", "unpriced"),
    [
        (Caps(cost_usd=Decimal(1)), None),
        (Caps(cost_usd=Decimal(1), tokens=1000), "the model 'm'"),
        (Caps(), "the model 'm'"),
    ],
)
def test_cap_that_can_be_kept_is_taken(caps: Caps, unpriced: str | None) -> None:
    """A known price, a cap on tokens too, or no cap on cost needs nothing more."""
    check_prices(caps, unpriced)


def test_absurd_wait_is_told_in_words() -> None:
    """A wait that no number makes clearer is told without one."""
    assert "longer than anybody lives" in too_long(math.inf).message
    assert "12.0 hours" in too_long(12 * 3600).message


def test_share_tells_how_many_more_may_fail() -> None:
    """A share stops the run with the failure that passes it."""
    caps = Caps(errors="10%")
    assert caps.failures_left(900, 99) == 2
    assert caps.failures_left(900, 101) == 0
    assert Caps(errors="100%").failures_left(0, 10_000) is None


@pytest.mark.parametrize(("share", "more"), [("0%", 1), ("1%", 2), ("10%", 11), ("29%", 30)])
def test_share_is_one_of_100_rows_at_least(share: str, more: int) -> None:
    """A few first rows that fail stop nothing, but as many as 100 rows may not have do."""
    assert Caps(errors=share).failures_left(0, 0) == more
    assert Caps(errors=share).failures_left(0, more) <= 0
