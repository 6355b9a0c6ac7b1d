"""What docs/multi_provider.md shows is what happens."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ollama_cli.settings.keys import ROUTER_KEYS
from provider_sdk import PROVIDER_REGISTRY, BaseProvider, ProviderRouter

from ._services import ROOT, bare, run, serving

PAGE = (ROOT / "docs" / "multi_provider.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
FOLLOWING = [*BLOCKS[1:], ("", "")]
EXAMPLES = [
    (code, shown if kind == "text" else None)
    for (language, code), (kind, shown) in zip(BLOCKS, FOLLOWING, strict=True)
    if language == "python"
]
CONSOLE = next(code for kind, code in BLOCKS if kind == "console")
COMMANDS = re.findall(r"^\$ (.*)\n((?:[^$\n].*\n)*)", CONSOLE, re.MULTILINE)
ROWS = re.findall(r"^\| \[`(\w+)`\]\(\S+\) \| (.*) \|$", PAGE, re.MULTILINE)
PAGES = (
    "multi_provider",
    "tokens",
    "claude",
    "gemini",
    "openai",
    "ollama",
    "huggingface",
    "settings",
)
BEGINNING = EXAMPLES[0][0].partition("async")[0]

# Runs what stands on standard input as ``python -m asyncio`` does.
RUNNER = """\
import ast, asyncio, inspect, sys
code = compile(sys.stdin.read(), "page", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
if inspect.iscoroutine(running := eval(code)):
    asyncio.run(running)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Claude and Hugging Face have keys and answer; nobody listens where Ollama should."""
    found = bare(tmp_path_factory.mktemp("home"))
    found["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), found["PATH"]))
    with serving("claude", "hf") as places:
        for place in places.values():
            found |= place.variables()
        yield found


@pytest.mark.parametrize(("code", "shown"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_prints_what_is_shown(
    code: str, shown: str | None, environment: dict[str, str]
) -> None:
    """An example runs to its end, and prints what the page says, if it says it."""
    program = code if code.startswith(BEGINNING) else BEGINNING + code

    ended = run([sys.executable, "-W", "error", "-c", RUNNER], environment, program)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.strip()
    assert shown is None or ended.stdout == shown


@pytest.mark.parametrize(("command", "shown"), COMMANDS, ids=range(len(COMMANDS)))
def test_a_command_prints_what_is_shown(
    command: str, shown: str, environment: dict[str, str]
) -> None:
    """A command that shows that an installation works succeeds, and prints what the page says."""
    ended = run(["sh", "-c", command], environment)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.strip()
    assert not shown or ended.stdout == shown


def test_what_is_tried() -> None:
    """The page has examples of the router, most with their output, and commands."""
    assert len(EXAMPLES) >= 9
    assert sum(shown is not None for _, shown in EXAMPLES) >= 6
    assert len(COMMANDS) == 5


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


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Every link leads to a file, and to a heading that the file has."""
    path = ROOT / "docs" / f"{page}.md"
    prose = re.sub(r"`[^`\n]+`", "", path.read_text(encoding="utf-8"))

    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", prose):
        name, _, anchor = target.partition("#")
        found = path.parent / name if name else path
        assert found.exists(), target
        headings = re.findall(r"^#+ (.*)$", found.read_text(encoding="utf-8"), re.MULTILINE)
        slugs = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in headings}
        assert not anchor or anchor in slugs, target
