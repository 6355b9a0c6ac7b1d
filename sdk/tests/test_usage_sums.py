"""Sums equal their parts, in every order, from every thread and task, and for every number."""

import asyncio
import random
import threading
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_sdk import (
    ChatResponse,
    ObservedAttempt,
    Prices,
    ProviderUnavailableError,
    Usage,
    UsageCounter,
    UsageRow,
)
from provider_sdk._observing import observed
from provider_sdk.testing import FakeProvider

from ._service import USER

COUNTS = st.none() | st.integers(0, 2**53)
RATES = st.integers(0, 10**6) | st.floats(0, 10**6) | st.decimals(0, 10**6, places=9)
USAGES = st.builds(Usage, COUNTS, COUNTS, st.none(), COUNTS, COUNTS, cache_write_tokens=COUNTS)
CALLS = st.lists(st.tuples(USAGES, st.sampled_from("ab"), st.sampled_from("mn"), st.booleans()))
NAMES = ("prompt_tokens", "completion_tokens", "calls", "failed")


def exact(value):
    """A number as it is written."""
    return Fraction(str(value))


@given(CALLS, st.randoms())
@settings(deadline=None)
def test_the_order_does_not_matter(calls, shuffled):
    """The same calls in another order are the same rows."""
    first, second = (
        UsageCounter({"m": {"input": 0.1, "output": 0.3}}),
        UsageCounter({"m": {"input": 0.1, "output": 0.3}}),
    )
    others = list(calls)
    shuffled.shuffle(others)
    for counter, made in ((first, calls), (second, others)):
        for usage, provider, model, failed in made:
            answer = ChatResponse(usage=usage)
            counter.add(answer, provider=provider, model=model, failed=failed)

    assert first.rows() == second.rows()
    assert sum(row.calls for row in first.rows()) == len(calls)


@given(CALLS)
@settings(deadline=None)
def test_rows_are_the_sum_of_calls(calls):
    """What ``add`` returns for each call adds up to the rows, by whatever names."""
    counter = UsageCounter({"m": {"input": 0.1, "output": 0.3}})
    parts = [
        counter.add(ChatResponse(usage=usage), provider=provider, model=model, failed=failed)
        for usage, provider, model, failed in calls
    ]

    for by in ((), ("provider",), ("model", "day"), ("day", "session", "provider", "model")):
        rows = counter.rows(by=by)
        for name in NAMES:
            expected = sum(getattr(part, name) or 0 for part in parts)
            assert sum(getattr(row, name) or 0 for row in rows) == expected
        costs = [exact(row.cost_usd) for row in rows if row.cost_usd is not None]
        assert sum(costs) == sum(exact(p.cost_usd) for p in parts if p.cost_usd is not None)


@given(USAGES, RATES, RATES, RATES, RATES)
@settings(deadline=None)
def test_a_cost_is_exact(usage, read, written, cached, stored):
    """A cost is the sum of its parts to the last digit, and each token is charged once."""
    rates = {"input": read, "output": written, "cached": cached, "cache_write": stored}
    found = Prices({"m": rates}).cost(usage, provider="p", model="m")

    if usage.prompt_tokens is None or usage.completion_tokens is None:
        assert found is None
        return
    kept = min(usage.cached_tokens or 0, usage.prompt_tokens)
    put = min(usage.cache_write_tokens or 0, usage.prompt_tokens - kept)
    expected = (usage.prompt_tokens - kept - put) * exact(read) + kept * exact(cached)
    expected += put * exact(stored) + usage.completion_tokens * exact(written)
    assert exact(found) == expected / 10**6
    lowest, highest = min(map(exact, rates.values())), max(map(exact, rates.values()))
    tokens = usage.prompt_tokens + usage.completion_tokens
    assert tokens * lowest <= exact(found) * 10**6 <= tokens * highest


def test_a_million_small_amounts():
    """No amount is lost beside a large one."""
    row = UsageRow(cost_usd=Decimal("1e12"))
    small = UsageRow(cost_usd=Decimal("1e-18"))

    for _ in range(1000):
        row += small

    assert row.cost_usd == Decimal("1000000000000.000000000000001")


def test_numbers_that_no_service_means():
    """A count of thousands of digits is not one, and a row stays usable as JSON."""
    counter = UsageCounter({"m": {"input": 1, "output": 1}})

    row = counter.add(ChatResponse(usage=Usage(10**5000, 10**400)), provider="p", model="m")

    assert (row.prompt_tokens, row.completion_tokens, row.source) == (None, 0, "estimated")
    assert row.to_dict()["cost_usd"] is None


@pytest.mark.parametrize("seed", range(5))
async def test_threads_with_tasks(seed):
    """Loops in several threads, with tasks that succeed, fail and stream, lose and double none."""
    counter = UsageCounter({"fake-model": {"input": 1, "output": 2}})
    replies = [ChatResponse(text="Blue.", usage=Usage(3, 5)), ProviderUnavailableError("down")]
    ways = random.Random(seed)

    async def ask(provider, stream, twice):
        call = provider.chat
        if twice:  # as a router does, which reports to the same counter

            async def call(messages, stream):
                attempt = ObservedAttempt("fake", "", messages, {}, stream)
                ask = lambda: provider.chat(messages, stream=stream)  # noqa: E731
                return await observed(counter, attempt, ask)

        await asyncio.sleep(0)
        try:
            answer = await call(USER, stream=stream)
        except ProviderUnavailableError:
            return
        if stream:
            await answer.collect()

    async def many():
        provider = FakeProvider(*replies, repeat=True)
        provider.observer = counter
        kinds = [(ways.random() < 0.5, ways.random() < 0.5) for _ in range(100)]
        await asyncio.gather(*(ask(provider, *kind) for kind in kinds))

    threads = [threading.Thread(target=lambda: asyncio.run(many())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    rows = {row.source: row for row in counter.rows()}
    assert (rows["reported"].calls, rows["unknown"].calls) == (200, 200)
    assert rows["unknown"].failed == 200
    assert rows["reported"].prompt_tokens == 600
    assert rows["reported"].completion_tokens == 1000
    assert counter.spent() == Decimal("0.0026")
