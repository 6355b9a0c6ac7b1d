"""What docs/tokens.md shows can be used as it stands."""

import json
import re
from pathlib import Path

import pytest
from provider_sdk import Budgets, Prices, Usage

PAGE = (Path(__file__).parents[2] / "docs" / "tokens.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
PLAIN = [code for kind, code in BLOCKS if kind == "python" and "ProviderRouter" not in code]
SETTINGS = {
    name: value
    for kind, code in BLOCKS
    if kind == "json"
    for name, value in json.loads(code).items()
}


@pytest.mark.parametrize("code", PLAIN)
def test_an_example_runs(code, capsys):
    """An example prints what it says it counts."""
    exec(compile(code, "docs/tokens.md", "exec"), {})

    assert all(int(line) > 0 for line in capsys.readouterr().out.split())


def test_the_prices_are_valid():
    """The page's setting for prices makes a local model free."""
    prices = Prices(SETTINGS["prices"])

    assert prices.cost(Usage(1, 1), provider="ollama", model="llama3.2") == 0
    assert prices.price(provider="p", model="my-model").cache_write is not None


def test_the_budgets_are_valid():
    """The page's setting for budgets has every key that there is."""
    assert Budgets(SETTINGS["budgets"]).to_dict().keys() == {"session_usd", "day_usd", "unpriced"}


def test_there_are_examples():
    """The page has an example of estimating, and both settings."""
    assert PLAIN
    assert SETTINGS.keys() == {"prices", "budgets"}
