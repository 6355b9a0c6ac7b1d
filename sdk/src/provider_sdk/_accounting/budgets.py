"""Limits of what calls may cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from provider_sdk._accounting.counter import UsageCounter
from provider_sdk._accounting.price import amount, is_amount
from provider_sdk._accounting.sessions import current_session
from provider_sdk._errors import BudgetExceededError
from provider_sdk._validation import did_you_mean, is_mapping, safe_repr

_LIMITS = ("session_usd", "day_usd")
_UNPRICED = ("allow", "refuse")


class Budgets:
    """Limits in USD, which calls reach by what is known to have been spent.

    ```python
    budgets = Budgets({"session_usd": 1, "day_usd": 5})
    budgets.check(counter, provider="claude", model="claude-sonnet-5")
    ```

    A limit bounds what has ended, not what runs: the call that crosses it is answered. Outside of
    any session, ``session_usd`` bounds the calls outside of any session. A model whose price is 0
    is always allowed. What calls without a known price cost is not counted; they are allowed until
    a limit is reached by others, unless ``unpriced`` is ``"refuse"``.

    Args:
        settings: the setting ``budgets``: ``session_usd``, ``day_usd``, ``unpriced``.

    Raises:
        ValueError: the setting is not valid; the message names the place.
    """

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        if settings is not None and not is_mapping(settings):
            raise ValueError(f"budgets must be a mapping, not {safe_repr(settings)}")
        settings = settings or {}
        known = (*_LIMITS, "unpriced")
        for key in settings:
            if key not in known:
                raise ValueError(f"budgets: unknown key {key!r}{did_you_mean(str(key), known)}")
        self._limits = {
            name: _limit(name, settings[name]) for name in _LIMITS if settings.get(name) is not None
        }
        unpriced = settings.get("unpriced")
        unpriced = "allow" if unpriced is None else unpriced
        if unpriced not in _UNPRICED:
            raise ValueError("budgets.unpriced must be 'allow' or 'refuse'")
        self._refuses_unpriced = unpriced == "refuse"

    def to_dict(self) -> dict[str, Any]:
        """Return the setting that describes these budgets."""
        unpriced = {"unpriced": "refuse"} if self._refuses_unpriced else {}
        return {**self._limits, **unpriced}

    def tightened(self, other: Budgets) -> Budgets:
        """Return the budgets that keep to both: the lower of each limit."""
        tighter = {**self.to_dict(), **other.to_dict()}
        for name in self._limits.keys() & other._limits.keys():
            tighter[name] = min(self._limits[name], other._limits[name])
        return Budgets(tighter)

    def check(self, counter: UsageCounter, *, provider: str = "", model: str = "") -> None:
        """Raise if a call would not keep to the budgets; its session is the counter's own.

        Args:
            counter: what was spent, and the prices.
            provider: who is to be asked.
            model: the model that is to be asked.

        Raises:
            BudgetExceededError: a limit is reached, or the price is unknown and must not be.
        """
        if not self._limits and not self._refuses_unpriced:
            return
        price = counter.prices.price(provider=provider, model=model, day=counter.today())
        if price is not None and price.is_free:
            return
        for name, used in self._used(counter):
            if used >= self._limits[name]:
                raise BudgetExceededError(
                    f"the budget of {_plain(self._limits[name])} USD for the "
                    f"{name.removesuffix('_usd')} is used up: {_plain(used)} USD were spent",
                    provider=provider or None,
                    model=model or None,
                    hint=f"Raise budgets.{name} in your settings, or use a model whose price is 0.",
                )
        if price is None and self._refuses_unpriced:
            what = f"price of the model {model!r}" if model else "model that would be asked"
            raise BudgetExceededError(
                f"the {what} is unknown, and budgets.unpriced is 'refuse'",
                provider=provider or None,
                model=model or None,
                hint=f"{'Set' if model else 'Name a model, and set'} its price in the setting "
                "prices.",
            )

    def _used(self, counter: UsageCounter) -> Iterator[tuple[str, Decimal]]:
        if "session_usd" in self._limits:
            yield "session_usd", counter.spent(session=current_session()) or Decimal(0)
        if "day_usd" in self._limits:
            yield "day_usd", counter.spent(day=counter.today().isoformat()) or Decimal(0)


def _plain(amount: Decimal) -> str:
    digits = f"{amount:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _limit(name: str, value: Any) -> Decimal:
    if not is_amount(value, highest=10**9):
        raise ValueError(f"budgets.{name} must be a number of USD, not {safe_repr(value)}")
    return amount(value)
