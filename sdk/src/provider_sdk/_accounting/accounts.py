"""What a router keeps of its calls: it counts them, and checks its budgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provider_sdk._accounting.counter import UsageCounter
from provider_sdk._errors import ProviderError
from provider_sdk._observing import ObservedAttempt, Observer, tell
from provider_sdk._responses import ChatResponse

if TYPE_CHECKING:
    from provider_sdk._accounting.budgets import Budgets


class Accounts:
    """Counts the calls of a router, and refuses those beyond its budgets.

    Args:
        prices: the setting ``prices``.
        budgets: the setting ``budgets``.
        observer: the router's own. A ``UsageCounter`` is the counter itself; the setting then
            counts for models whose price it was not told.

    Raises:
        ValueError: a setting is not valid.

    Attributes:
        usage: what was counted.
        observer: whom to tell of all attempts.
    """

    def __init__(
        self,
        prices: Mapping[str, Any] | None,
        budgets: Mapping[str, Any] | None,
        observer: Observer | None,
    ) -> None:
        self._budgets = _limits(budgets) if budgets else None
        self.usage: UsageCounter = (
            observer if isinstance(observer, UsageCounter) else UsageCounter()
        )
        if prices:
            self.usage.prices.add(prices)
        self.observer: Observer = self.usage
        if observer is not None and observer is not self.usage:
            self.observer = _Both(self.usage, observer)

    def check(self, provider: str, model: str) -> None:
        """Raise ``BudgetExceededError`` if a provider must not be asked."""
        if self._budgets is not None:
            self._budgets.check(self.usage, provider=provider, model=model)


def _limits(setting: Mapping[str, Any]) -> Budgets | None:
    from provider_sdk._accounting.budgets import Budgets

    found = Budgets(setting)
    return found if found.to_dict() else None


class _Both(Observer):
    """Tells two observers; the first is told even if the second raises."""

    def __init__(self, first: Observer, second: Observer) -> None:
        self._first, self._second = first, second

    def attempt_started(self, attempt: ObservedAttempt) -> None:
        """Tell both."""
        self._first.attempt_started(attempt)
        tell(self._second.attempt_started, attempt)

    def first_event(self, attempt: ObservedAttempt) -> None:
        """Tell both."""
        self._first.first_event(attempt)
        tell(self._second.first_event, attempt)

    def finished(self, attempt: ObservedAttempt, response: ChatResponse) -> None:
        """Tell both."""
        self._first.finished(attempt, response)
        tell(self._second.finished, attempt, response)

    def failed(
        self, attempt: ObservedAttempt, error: BaseException, partial: ChatResponse | None
    ) -> None:
        """Tell both."""
        self._first.failed(attempt, error, partial)
        tell(self._second.failed, attempt, error, partial)

    def fallback(self, attempt: ObservedAttempt, error: ProviderError, to: str, note: str) -> None:
        """Tell both."""
        self._first.fallback(attempt, error, to, note)
        tell(self._second.fallback, attempt, error, to, note)

    def cool_down(self, provider: str, seconds: float, error: ProviderError) -> None:
        """Tell both."""
        self._first.cool_down(provider, seconds, error)
        tell(self._second.cool_down, provider, seconds, error)
