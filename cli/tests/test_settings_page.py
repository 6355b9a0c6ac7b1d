"""What docs/settings.md shows can be used as it stands."""

import json
import re
import socket
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
CHANGES, *OTHERS = (code for kind, code in BLOCKS if kind == "console")
WHY, BROKEN = (code.partition("\n") for code in OTHERS)


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


def test_who_would_answer_is_as_shown(shell, tmp_path) -> None:
    """The first example gives the table of the page, on a port where nobody is for certain."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and it does not listen
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        example = json.loads(json.dumps(EXAMPLES[0]).replace("127.0.0.1:8080", address))
        folder = write_settings(tmp_path, **example).parent

        result = shell.run("why", OLLAMA_CLI_CONFIG_DIR=str(folder))

    assert WHY[0] == "$ ollama-cli why"
    assert (result.returncode, result.stdout) == (0, WHY[2].replace("127.0.0.1:8080", address))


def test_the_error_is_as_shown(shell, tmp_path) -> None:
    """A misspelt key is told in this line."""
    file = write_settings(tmp_path, provder="hf")

    result = shell.run("Why is the sky blue?", OLLAMA_CLI_CONFIG_DIR=str(file.parent))

    told = BROKEN[2].replace("~/.config/ollama-cli/settings.json", str(file))
    assert (result.returncode, result.stdout, result.stderr) == (2, "", told)


def test_changes_are_as_shown(shell, tmp_path) -> None:
    """Each line shows what it is said to show."""
    shown = ""
    for line in CHANGES.splitlines():
        if line.startswith("$ ollama-cli "):
            result = shell.run(*line.split()[2:], OLLAMA_CLI_CONFIG_DIR=str(tmp_path / "s"))
            assert (result.returncode, result.stderr) == (0, "")
            shown += f"{line}\n{result.stdout}"

    assert shown == CHANGES


def test_every_key_is_on_the_page() -> None:
    """In the table."""
    rows = [line.partition(" | ")[0] for line in PAGE.splitlines() if line.startswith("| `")]

    assert set(re.findall(r"`(\w+)`", "".join(rows))) >= KEYS
