"""A budget stops calls once what is known to have been spent reaches it."""

import datetime
import math
from decimal import Decimal

import pytest
from provider_sdk import BudgetExceededError, Budgets, ChatResponse, Usage, UsageCounter
from provider_sdk.testing import count_steps

DAYS = [datetime.date(2026, 11, 28), datetime.date(2026, 11, 29)]


def spending(usd=0, *, session=None, model="m"):
    """A counter of the model ``m``, whose tokens cost a dollar each, and one call."""
    counter = UsageCounter({"m": {"input": 1, "output": 1, "per": "1"}}, today=lambda: DAYS[1])
    if usd:
        usage = Usage(usd, 0)
        counter.add(ChatResponse(usage=usage), provider="p", model=model, session=session)
    return counter


def is_refused(settings, counter, model="m"):
    """Whether the budgets refuse a call."""
    try:
        Budgets(settings).check(counter, provider="p", model=model)
    except BudgetExceededError:
        return True
    return False


@pytest.mark.parametrize("name", ["session_usd", "day_usd"])
@pytest.mark.parametrize(("spent", "refused"), [(0, False), (4, False), (5, True), (6, True)])
def test_a_limit(name, spent, refused):
    """A limit is reached when as much was spent, by the day and by the session."""
    assert is_refused({name: 5}, spending(spent)) is refused


@pytest.mark.parametrize("model", ["m", "other"])
def test_a_limit_of_nothing(model):
    """A limit of zero refuses each call that may cost something, from the first on."""
    assert is_refused({"day_usd": 0}, spending(), model=model)


@pytest.mark.parametrize("limit", [0, 5])
def test_a_free_model(limit):
    """A model whose price is 0 is allowed when a limit is reached."""
    counter = UsageCounter({"free": {"input": 0, "output": 0}, "m": {"input": 1, "output": 1}})
    counter.add(ChatResponse(usage=Usage(10**7, 0)), provider="p", model="m")

    assert is_refused({"day_usd": limit}, counter, model="m")
    assert not is_refused({"day_usd": limit, "unpriced": "refuse"}, counter, model="free")


def test_no_budgets():
    """Without limits nothing is refused."""
    for settings in (None, {}, {"day_usd": None}):
        assert not is_refused(settings, spending(1000))


def test_what_the_error_says():
    """The error names the limit, what was spent, and what to do."""
    with pytest.raises(BudgetExceededError) as caught:
        Budgets({"day_usd": 0.5}).check(spending(7), provider="p", model="m")

    assert str(caught.value) == (
        "the budget of 0.5 USD for the day is used up: 7 USD were spent. "
        "Raise budgets.day_usd in your settings, or use a model whose price is 0."
    )
    assert (caught.value.provider, caught.value.model) == ("p", "m")


@pytest.mark.parametrize(
    ("limit", "shown"), [(100.0, "100"), (1e-7, "0.0000001"), (1e9, "1000000000"), (0, "0")]
)
def test_amounts_are_written_out(limit, shown):
    """Whoever reads the error need not know powers of ten."""
    with pytest.raises(BudgetExceededError, match=f"the budget of {shown} USD .*: 2000000000 USD"):
        Budgets({"day_usd": limit}).check(spending(2 * 10**9), provider="p", model="m")


def test_a_model_that_the_provider_would_find_by_itself():
    """Nobody knows its price before the call; the error says what to do."""
    with pytest.raises(BudgetExceededError) as caught:
        Budgets({"unpriced": "refuse"}).check(spending(), provider="ollama")

    assert str(caught.value) == (
        "the model that would be asked is unknown, and budgets.unpriced is 'refuse'. "
        "Name a model, and set its price in the setting prices."
    )


def test_a_session_has_its_own_limit():
    """What other sessions spent does not count for this one."""
    counter, budgets = spending(5, session="one"), Budgets({"session_usd": 5})

    budgets.check(counter)
    with counter.session("two"):
        budgets.check(counter)
    with counter.session("one"), pytest.raises(BudgetExceededError, match="for the session"):
        budgets.check(counter)


def test_yesterday():
    """What was spent on another day does not count for today."""
    day = iter([*DAYS, DAYS[1]])
    counter = UsageCounter({"m": {"input": 1, "output": 1}}, today=lambda: next(day))
    counter.add(ChatResponse(usage=Usage(10**7, 0)), provider="p", model="m")

    Budgets({"day_usd": 5}).check(counter)


def test_a_call_without_a_price():
    """It counts nothing and is allowed until a limit is reached, unless the budgets refuse it."""
    counter = spending(1000, model="other")

    assert not is_refused({"day_usd": 5}, counter, model="other")
    assert is_refused({"day_usd": 5}, spending(5), model="other")
    assert is_refused({"unpriced": "refuse"}, counter, model="other")
    assert not is_refused({"unpriced": "refuse"}, counter, model="m")


def test_tighter_budgets():
    """A project can lower the user's limits and never raise them."""
    user = Budgets({"session_usd": 1, "day_usd": 5})
    project = Budgets({"session_usd": 0.5, "day_usd": 50, "unpriced": "refuse"})

    expected = {"session_usd": Decimal("0.5"), "day_usd": 5, "unpriced": "refuse"}

    assert user.tightened(project).to_dict() == expected
    assert project.tightened(user).to_dict() == expected
    assert user.tightened(Budgets()).to_dict() == user.to_dict()
    assert Budgets().tightened(project).to_dict() == project.to_dict()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (5, "budgets must be a mapping, not 5"),
        ({"day": 5}, "budgets: unknown key 'day'; did you mean 'day_usd'"),
        ({"day_usd": "5"}, "budgets.day_usd must be a number of USD, not str"),
        ({"day_usd": -1}, "budgets.day_usd must be a number of USD, not -1"),
        ({"day_usd": True}, "budgets.day_usd must be a number of USD"),
        ({"day_usd": math.nan}, "budgets.day_usd must be a number of USD"),
        ({"day_usd": Decimal("Infinity")}, "budgets.day_usd must be a number of USD"),
        ({"session_usd": 10**5000}, "budgets.session_usd must be a number of USD"),
        ({"unpriced": False}, "budgets.unpriced must be 'allow' or 'refuse'"),
        ({"unpriced": ""}, "budgets.unpriced must be 'allow' or 'refuse'"),
        ({"unpriced": "deny"}, "budgets.unpriced must be 'allow' or 'refuse'"),
        ({"unpriced": ["allow"]}, "budgets.unpriced must be 'allow' or 'refuse'"),
    ],
)
def test_settings_that_are_not_valid(settings, message):
    """The error names the place, and says what belongs there."""
    with pytest.raises(ValueError, match=message):
        Budgets(settings)


def test_a_check_takes_as_long_after_many_sessions():
    """A program that runs for months can name a session for each of its calls."""
    counters = spending(1), spending(1)
    for number in range(2000):
        counters[1].add(ChatResponse(usage=Usage(0, 0)), provider="p", session=str(number))
    budgets = Budgets({"session_usd": 5, "day_usd": 5})
    for each in counters:
        budgets.check(each, model="m")  # adds up what was counted last

    first, second = (count_steps(lambda c=c: budgets.check(c, model="m")) for c in counters)

    assert first == second
