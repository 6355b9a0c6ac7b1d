"""What docs/settings.md shows can be used as it stands."""

import json
import re
from pathlib import Path

import pytest
from ollama_cli.settings.files import read_settings
from ollama_cli.settings.keys import KEYS, router_settings
from provider_sdk import ProviderRouter

from ._settings import write_settings
from ._shell import TOKEN

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
EXAMPLES = [json.loads(code) for kind, code in BLOCKS if kind == "json"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: next(iter(example)))
def test_an_example_is_accepted(monkeypatch, tmp_path, example) -> None:
    """The file is read, and a router takes what it says."""
    file = write_settings(tmp_path, **example)
    monkeypatch.setenv("OLLAMA_CLI_CONFIG_DIR", str(file.parent))
    for name in ("ANTHROPIC_API_KEY", "ACME_API_KEY", "HF_TOKEN"):
        monkeypatch.setenv(name, TOKEN)

    settings = read_settings()
    router = ProviderRouter(router_settings(settings.values))

    assert settings.notes == ()
    for name in example["providers"]:
        assert router.get_provider(name).name == name


def test_every_key_is_on_the_page() -> None:
    """In the table."""
    rows = [line.partition(" | ")[0] for line in PAGE.splitlines() if line.startswith("| `")]

    assert set(re.findall(r"`(\w+)`", "".join(rows))) >= KEYS
