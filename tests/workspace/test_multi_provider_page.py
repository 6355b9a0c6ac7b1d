"""What docs/multi_provider.md shows is what happens."""

from __future__ import annotations

import json
import re

import pytest
from ollama_cli.settings.keys import ROUTER_KEYS
from provider_sdk import PROVIDER_REGISTRY, BaseProvider, ProviderRouter

from ._services import ROOT

PAGE = (ROOT / "docs" / "multi_provider.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
ROWS = re.findall(r"^\| \[`(\w+)`\]\(\S+\) \| (.*) \|$", PAGE, re.MULTILINE)


def test_all_providers_are_in_the_table() -> None:
    """The chain comes first, in its order."""
    chain = ProviderRouter().explain("agent")

    assert [name for name, _ in ROWS] == [*(each.provider for each in chain), "openai"]
    assert {name for name, _ in ROWS} <= set(PROVIDER_REGISTRY)


@pytest.mark.parametrize(("name", "row"), ROWS, ids=[name for name, _ in ROWS])
def test_a_row_of_the_table(name: str, row: str) -> None:
    """The table has the package, variables and default model of a provider's class."""
    provider = PROVIDER_REGISTRY[name]
    assert isinstance(provider, type)
    assert issubclass(provider, BaseProvider)
    cells = [re.findall(r"`([^`]+)`", cell) for cell in row.split(" | ")]
    (folder,), _, keys, (address,), model, _ = cells

    module = provider.__module__.partition(".")[0]
    assert (ROOT / folder / "src" / module).is_dir()
    assert tuple(keys) == provider.api_key_env
    assert address == provider.base_url_env
    assert "".join(model) == provider.default_model
    assert ("(optional)" in row) is (provider.credential == "optional")


def test_the_settings_are_complete_and_valid() -> None:
    """The page's settings have every key that a router knows, and a router takes them."""
    (settings,) = (json.loads(code) for kind, code in BLOCKS if kind == "json")

    assert settings.keys() == ROUTER_KEYS
    assert "llama" in ProviderRouter(settings).list_available_providers()
