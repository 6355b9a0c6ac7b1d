"""Counting what calls use, over all providers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from provider_sdk._accounting.counted import NAMES, CountedCall
from provider_sdk._accounting.days import local_day
from provider_sdk._accounting.prices import Prices
from provider_sdk._accounting.sessions import check_session, current_session, in_session
from provider_sdk._accounting.sums import Sums
from provider_sdk._messages import Messages
from provider_sdk._observing import ObservedAttempt, Observer
from provider_sdk._responses import ChatResponse
from provider_sdk._spans import Span
from provider_sdk._usage import Usage

if TYPE_CHECKING:
    from decimal import Decimal

    from provider_sdk._accounting.rows import UsageRow


class UsageCounter(Observer):
    """Counts calls, tokens and cost; set one on a router, on providers, or on both.

    ```python
    counter = UsageCounter()
    router = ProviderRouter(observer=counter)
    with counter.session("my-work"):
        await router.route("agent", messages)
    for row in counter.rows():
        print(row.provider, row.model, row.prompt_tokens, row.cost_usd, row.source)
    ```

    Every attempt counts once, also if a provider and its router both report it. A count that the
    service reports is taken as it is. What it does not report is estimated, and such a call is in
    a row of its own, with the source ``"estimated"``; so reported and estimated figures are never
    mixed. Of a stream that broke or was closed, the reported counts count, else what had arrived;
    if nothing had arrived, the call is in a row with the source ``"unknown"``. It may be used from
    several threads and event loops at once.

    Args:
        prices: what tokens cost; a mapping is the setting ``prices``.
        today: returns the day that a call counts for, or any time of that day.

    Raises:
        ValueError: the setting ``prices`` is not valid.

    Attributes:
        prices: what tokens cost.
    """

    def __init__(
        self,
        prices: Prices | Mapping[str, Any] | None = None,
        *,
        today: Callable[[], date] = local_day,
    ) -> None:
        self.prices: Prices = prices if isinstance(prices, Prices) else Prices(prices)
        self._today = today
        self._sums = Sums()

    # What is counted.

    def session(self, name: str) -> AbstractContextManager[None]:
        """Count the calls that start in the block ``with counter.session(name):`` for a session.

        Every counter does, not only this one; of blocks within each other, the innermost counts.

        Raises:
            TypeError: the name is not text.
        """
        check_session(name)
        return in_session(name)

    def add(
        self,
        response: ChatResponse | None,
        *,
        provider: str,
        model: str = "",
        messages: Messages = (),
        tools: Sequence[Mapping[str, Any]] = (),
        retries: int = 0,
        failed: bool = False,
        session: str | None = None,
    ) -> UsageRow:
        """Count one call, for code that is not observed; return what was counted.

        Args:
            response: the answer, ``partial`` of a stream that failed, or ``None`` if nothing came.
            provider: the provider's name.
            model: the model that was asked.
            messages: the conversation, to estimate the prompt if the service did not count it.
            tools: the tools that were offered, for the same.
            retries: further requests that were made.
            failed: whether the answer is not whole.
            session: the session; ``None`` for that of the block ``session``, if there is one.

        Raises:
            TypeError: the session is not text.
        """
        from provider_sdk._accounting.rows import row_of

        if session is not None:
            check_session(session)
        here = current_session() if session is None else session
        call = self._counted(response, provider, model, messages, tools, retries, failed, here)
        self._sums.count(call)
        return row_of([call])

    def merge(self, rows: Iterable[UsageRow]) -> None:
        """Add rows of another counter, or of an earlier run (``UsageRow.from_dict``)."""
        self._sums.add(rows)

    # What was counted.

    def today(self) -> date:
        """Return the day that a call counts for if it ends now."""
        moment = self._today()
        return moment.date() if isinstance(moment, datetime) else moment

    def rows(self, by: Sequence[str] = NAMES) -> list[UsageRow]:
        """Return the sums, oldest day first; those of different sources stay apart.

        Args:
            by: what else to tell apart, of ``day``, ``session``, ``provider`` and ``model``;
                the names that are not in it are those of an empty row.

        Raises:
            ValueError: ``by`` has another word.
        """
        _check_names(by)
        return self._sums.rows(by)

    def spent(self, **names: str | None) -> Decimal | None:
        """Return the known cost in USD of all calls with these names; ``None`` if none is known.

        Args:
            names: values of ``day``, ``session``, ``provider`` and ``model``; a session of
                ``None`` means outside of any.

        Raises:
            ValueError: there is no such name.
        """
        _check_names(names)
        return self._sums.spent(names)

    # As an observer.

    def attempt_started(self, attempt: ObservedAttempt) -> None:
        """Remember its session; an attempt that it is part of is no longer counted."""
        for span in Span.open_here():
            span.sessions.pop(id(self), None)
        attempt.span.sessions[id(self)] = (current_session(),)

    def finished(self, attempt: ObservedAttempt, response: ChatResponse) -> None:
        """Count an answer."""
        self._end(attempt, response, failed=False)

    def failed(
        self, attempt: ObservedAttempt, error: BaseException, partial: ChatResponse | None
    ) -> None:
        """Count a failure, and what had arrived."""
        self._end(attempt, partial, failed=True)

    def _end(self, attempt: ObservedAttempt, answer: ChatResponse | None, *, failed: bool) -> None:
        held = attempt.span.sessions.pop(id(self), None)
        if held is None:
            return  # it was counted before, or the attempt that is part of it is
        self._sums.count(
            self._counted(
                answer,
                attempt.provider,
                attempt.model,
                attempt.messages,
                attempt.options.get("tools") or (),
                attempt.span.retries,
                failed,
                *held,
            )
        )

    def _counted(
        self,
        answer: ChatResponse | None,
        provider: str,
        model: str,
        messages: Messages,
        tools: Sequence[Mapping[str, Any]],
        retries: int,
        failed: bool,
        session: str | None,
    ) -> CountedCall:
        day = self.today()
        if answer is None:
            return CountedCall(
                day, session, provider, model, "unknown", _NOTHING, None, True, retries
            )
        from provider_sdk._accounting.figures import figures_of  # only at the end of an answer

        usage = figures_of(answer, messages, tools, whole=not failed)
        answered = answer.model
        cost = self.prices.cost(
            usage,
            provider=provider,
            model=model,
            response_model=answered,
            served_by=answer.served_by,
            day=day,
        )
        return CountedCall(
            day, session, provider, model or answered, usage.source, usage, cost, failed, retries
        )


_NOTHING = Usage()


def _check_names(names: Iterable[str]) -> None:
    if unknown := sorted(set(names) - set(NAMES)):
        raise ValueError(
            f"rows cannot be told apart by {unknown[0]!r}; use day, session, provider and model"
        )
