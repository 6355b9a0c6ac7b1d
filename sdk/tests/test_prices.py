"""What a call costs is exact where the price is known, and unknown everywhere else."""

import datetime
import decimal
import math
import tomllib
import tracemalloc
from decimal import Decimal
from importlib.resources import files

import pytest
from provider_sdk import ChatResponse, ModelBackend, ModelInfo, Prices, Usage, UsageCounter

PRICE = {"input": 2, "output": 10, "cached": 0.2, "cache_write": 2.5}
CALL = Usage(1000, 500, cached_tokens=200, reasoning_tokens=400, cache_write_tokens=100)


def cost(usage=CALL, settings=PRICE, **names):
    """The cost of a call of the model ``m``."""
    prices = Prices({"m": settings} if settings else None)
    return prices.cost(usage, **{"provider": "p", "model": "m", **names})


def test_each_kind_of_token_has_its_own_rate():
    """Cached and written tokens are charged once, at their rates, and reasoning as output."""
    expected = (700 * 2 + 200 * Decimal("0.2") + 100 * Decimal("2.5") + 500 * 10) / 1000000

    assert cost() == expected


def test_a_rate_that_is_missing():
    """Cached and written tokens without rates of their own cost as much as any that are read."""
    assert cost(settings={"input": 2, "output": 10}) == Decimal("0.007")


def test_a_rate_of_zero_is_not_a_missing_one():
    """A free cache is free."""
    assert cost(settings={**PRICE, "cached": 0, "cache_write": 0}) == Decimal("0.0064")


@pytest.mark.parametrize("usage", [None, Usage(), Usage(10), Usage(None, 10), Usage(None, None, 9)])
def test_unknown_counts(usage):
    """Without both counts the cost is unknown, not zero."""
    assert cost(usage) is None


def test_an_unknown_price():
    """The cost of a model that no source knows is unknown, not zero."""
    assert cost(settings=None) is None


def test_a_model_that_is_free():
    """It costs nothing if the settings say so."""
    assert cost(settings={"input": 0, "output": 0}) == 0


def test_parts_beyond_the_whole():
    """More cached tokens than the prompt has are not charged, and nothing becomes negative."""
    usage = Usage(10, 0, cached_tokens=99, cache_write_tokens=99)

    assert cost(usage) == 10 * Decimal("0.2") / 1000000


def test_money_is_exact():
    """A tenth is a tenth, whatever the precision of the caller's thread."""
    with decimal.localcontext(decimal.Context(prec=3)):
        found = cost(Usage(2**53, 1), {"input": 0.1, "output": 1e-9})

    assert found == Decimal("900719925.474099200000001")


@pytest.mark.parametrize(
    ("per", "expected"), [(None, "0.000003"), ("1M", "0.000003"), ("1K", "0.003"), ("1", "3")]
)
def test_units(per, expected):
    """A price may be per million, thousand or single tokens."""
    found = cost(Usage(1, 1), {"input": 1, "output": 2, "per": per})

    assert found == Decimal(expected)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ([], "prices must be a mapping, not list"),
        ({"m": 3}, r"prices\['m'\] must be a mapping, not 3"),
        ({"m": {"input": 1}}, r"prices\['m'\]\.output is missing; it must be a number of USD"),
        ({"m": {**PRICE, "imput": 1}}, r"prices\['m'\]: unknown key 'imput'; did you mean 'input'"),
        ({"m": {**PRICE, "input": "2"}}, r"\.input must be a number of USD, 0 to 1000000, not str"),
        ({"m": {**PRICE, "input": True}}, r"\.input must be a number of USD"),
        ({"m": {**PRICE, "cached": -1}}, r"\.cached must be a number of USD, 0 to 1000000, not -1"),
        ({"m": {**PRICE, "output": math.nan}}, r"\.output must be a number"),
        ({"m": {**PRICE, "output": math.inf}}, r"\.output must be a number"),
        ({"m": {**PRICE, "output": Decimal("NaN")}}, r"\.output must be a number"),
        ({"m": {**PRICE, "output": 10**5000}}, r"\.output must be a number"),
        ({"m": {**PRICE, "per": "2M"}}, r"\.per must be one of '1M', '1K', '1'"),
        ({"m": {**PRICE, "per": []}}, r"\.per must be one of '1M', '1K', '1'"),
    ],
)
def test_settings_that_are_not_valid(settings, message):
    """The error names the place, and says what belongs there."""
    with pytest.raises(ValueError, match=message):
        Prices(settings)


@pytest.mark.parametrize(
    "names",
    [
        {"model": "m-2026-11-29"},
        {"model": "m-20261129"},
        {"model": "m-latest"},
        {"model": "models/m"},
        {"model": "m:novita"},
        {"model": "m-20261129:novita"},
        {"model": "models/m-2026-11-29"},
        {"model": "", "response_model": "m"},
        {"model": "alias", "response_model": "m-20261129"},
    ],
)
def test_other_names_of_a_model(names):
    """A price counts for the model's dated names, its back ends, and the model that answered."""
    assert cost(**names) == cost()


@pytest.mark.parametrize("name", ["m-mini", "m2", "org/m", "M"])
def test_names_of_other_models(name):
    """A price is not that of a model with a similar name."""
    assert cost(model=name) is None


def test_a_price_for_the_name_as_it_is_asked():
    """A name with a prefix, a date or a tag may have a price of its own."""
    exact = {name: {"input": 1, "output": 1} for name in ("models/m", "m-20261129", "m:free")}
    prices = Prices({"m": PRICE, **exact})

    for name in exact:
        assert prices.cost(Usage(10**6, 0), provider="p", model=name) == 1
    assert Prices(exact).price(provider="p", model="m") is None


def test_prices_that_are_added():
    """They count for the models that have none yet."""
    prices = Prices({"m": {"input": 1, "output": 1}})
    prices.add({"m": {"input": 9, "output": 9}, "n": {"input": 2, "output": 2}})
    prices.add(None)

    assert [prices.cost(Usage(10**6, 0), provider="p", model=name) for name in "mn"] == [1, 2]
    with pytest.raises(ValueError, match=r"prices\['m'\]\.input is missing"):
        prices.add({"m": {}})


def test_the_asked_model_comes_first():
    """A price for the asked name beats one for the model that answered."""
    prices = Prices({"asked": {"input": 1, "output": 1}, "answered": {"input": 2, "output": 2}})

    found = prices.cost(Usage(1, 0), provider="p", model="asked", response_model="answered")

    assert found == Decimal("0.000001")


# What a service lists.

LISTED = ModelInfo(
    "org/one",
    backends=(
        ModelBackend("novita", input_price=0.2, output_price=1.0),
        ModelBackend("groq", input_price=0.4, output_price=2.0),
        ModelBackend("silent"),
    ),
)


def listed(model="org/one", served_by=None, listing=(LISTED,), settings=None):
    """The cost of a million tokens read, by a list of the router."""
    prices = Prices(settings)
    prices.learn("hf", listing)
    return prices.cost(Usage(10**6, 0), provider="hf", model=model, served_by=served_by)


def test_a_model_that_is_not_listed():
    """It has no price, although the service lists those of others."""
    assert listed("org/two") is None


def test_the_price_of_a_back_end():
    """The back end that answered has its own price; else the one that was asked counts."""
    assert listed(served_by="groq") == Decimal("0.4")
    assert listed("org/one:novita") == Decimal("0.2")
    assert listed("org/one:novita", served_by="groq") == Decimal("0.4")


@pytest.mark.parametrize(
    ("model", "served_by"),
    [("org/one", None), ("org/one:fastest", None), ("org/one", "silent"), ("org/one", "other")],
)
def test_a_back_end_that_is_not_known(model, served_by):
    """If back ends differ, and it is unknown which one answered, so is the price."""
    assert listed(model, served_by) is None


def test_a_price_on_which_all_agree():
    """The price of the model counts for whichever back end answers."""
    listing = [ModelInfo("org/one", input_price=0.3, output_price=1)]

    assert listed("org/one:cheapest", listing=listing) == Decimal("0.3")
    assert listed(served_by="any", listing=listing) == Decimal("0.3")


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf, 1e300, None, "1"])
def test_a_list_with_a_price_that_is_not_one(bad):
    """It is unknown."""
    assert listed(listing=[ModelInfo("org/one", input_price=bad, output_price=1)]) is None


def test_settings_beat_a_list():
    """Your own price counts for each back end."""
    settings = {"org/one": {"input": 9, "output": 9}}

    assert listed("org/one:groq", settings=settings) == 9


# The table.


def test_settings_beat_the_table():
    """A model in the table can be overridden."""
    assert Prices().cost(CALL, provider="claude", model="claude-sonnet-5") is not None
    prices = Prices({"claude-sonnet-5": {"input": 0, "output": 0}})
    assert prices.cost(CALL, provider="claude", model="claude-sonnet-5") == 0


@pytest.mark.parametrize("provider", ["hf", "ollama", "acme", "openai"])
def test_a_table_is_for_its_own_service(provider):
    """The same name at another service has no price."""
    assert Prices().cost(CALL, provider=provider, model="claude-sonnet-5") is None


def test_long_prompts():
    """Above the service's limit, the whole call has the higher rates."""
    prices = Prices()

    short = prices.cost(Usage(272000, 1000), provider="openai", model="gpt-5.4")
    long = prices.cost(Usage(272001, 1000), provider="openai", model="gpt-5.4")

    assert short == (272000 * Decimal("2.5") + 1000 * 15) / 1000000
    assert long == (272001 * 5 + 1000 * Decimal("22.5")) / 1000000


def test_prices_that_change():
    """The price of the day counts."""
    days = datetime.date(2026, 12, 31), datetime.date(2027, 1, 1)
    names = {"provider": "gemini", "model": "gemini-3.6-flash"}

    found = [Prices().cost(Usage(10**6, 0), day=day, **names) for day in days]

    assert found == [Decimal("0.75"), Decimal("1.5")]


def test_a_price_from_a_later_day():
    """It does not count before."""
    names = {"provider": "claude", "model": "claude-sonnet-5-5", "day": datetime.date(2026, 10, 6)}

    assert Prices().price(**names).cached == Decimal("0.2")


def table():
    """The table as it stands in its file."""
    text = files("provider_sdk").joinpath("_accounting", "prices.toml").read_text(encoding="utf-8")
    return tomllib.loads(text, parse_float=Decimal)


@pytest.mark.parametrize("service", table()["services"])
def test_each_service_of_the_table_has_source_and_date(service):
    """Each says where its prices come from, when and how they were checked."""
    about = table()["services"][service]

    assert about["source"].startswith("https://")
    assert about["checked"] >= datetime.date(2026, 11, 1)
    assert about["how"]


def entries():
    """Each entry of the table."""
    return [entry for service in table()["services"] for entry in table()[service]]


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry["models"][0])
def test_each_entry_of_the_table_is_plausible(entry):
    """Reading from a cache is cheaper than reading, and writing dearer."""
    for rates in (entry, entry.get("above", entry)):
        assert 0 < rates["cached"] < rates["input"] < rates["output"]
        assert rates.get("cache_write", rates["input"]) >= rates["input"]
    assert entry.keys() <= {
        *("models", "first", "input", "output", "cached", "cache_write", "above"),
    }


# In a counter.


def test_a_counter_sums_exactly():
    """Ten times a tenth of a dollar is one dollar."""
    counter = UsageCounter({"m": {"input": 0.1, "output": 0}})
    for _ in range(10):
        counter.add(ChatResponse(usage=Usage(10**6, 0)), provider="p", model="m")

    assert counter.spent() == 1
    assert counter.rows()[0].to_dict()["cost_usd"] == 1.0


def test_a_counter_tells_what_it_could_not_price():
    """A sum of known costs says how many calls are not in it."""
    counter = UsageCounter({"m": {"input": 1, "output": 1}})
    counter.add(ChatResponse(usage=Usage(10**6, 0)), provider="p", model="m")
    counter.add(ChatResponse(usage=Usage(10**6, 0)), provider="p", model="other")

    (row,) = counter.rows(by=["provider"])

    assert (row.calls, row.cost_usd, row.unpriced) == (2, 1, 1)


def test_what_a_day_and_a_session_cost():
    """Spent money can be asked for by day and by session; if none is known, it is unknown."""
    days = iter([datetime.date(2026, 11, 28), datetime.date(2026, 11, 29)])
    counter = UsageCounter({"m": {"input": 1, "output": 1}}, today=lambda: next(days))
    counter.add(ChatResponse(usage=Usage(10**6, 0)), provider="p", model="m", session="one")
    counter.add(ChatResponse(usage=Usage(10**6, 10**6)), provider="p", model="m", session="two")

    assert counter.spent() == 3
    assert counter.spent(day="2026-11-28") == 1
    assert counter.spent(session="two") == 2
    assert counter.spent(session="three") is None


async def test_a_counter_prices_by_the_day_of_the_call():
    """A call that is counted on a day has the price of that day."""
    counter = UsageCounter(today=lambda: datetime.date(2027, 1, 1))

    row = counter.add(
        ChatResponse(usage=Usage(10**6, 0)), provider="gemini", model="gemini-3.6-flash"
    )

    assert row.cost_usd == Decimal("1.5")


def test_what_was_found_is_not_kept_beyond_a_change():
    """A price that becomes known, or changes, counts from then on."""
    prices = Prices()
    found = [prices.price(provider="p", model="m")]
    prices.learn("p", [ModelInfo("m", input_price=1, output_price=1)])
    found.append(prices.price(provider="p", model="m"))
    prices.add({"m": {"input": 2, "output": 2}})
    found.append(prices.price(provider="p", model="m"))

    assert [price and price.input for price in found] == [None, 1, 2]


def test_many_models_have_their_prices():
    """However many models are asked for, each has its own price, and what is kept is bounded."""
    prices = Prices({f"m{number}": {"input": number, "output": 0} for number in range(1000)})
    tracemalloc.start()
    try:
        for turn in range(3):
            found = [prices.price(provider="p", model=f"m{number}") for number in range(1000)]
            if turn == 0:
                before, _ = tracemalloc.get_traced_memory()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert [price.input for price in found] == list(range(1000))
    assert after - before < 100_000
