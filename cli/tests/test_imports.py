"""What help and version import; counted, because each module costs a start of the command."""

import subprocess
import sys

import pytest

from ._shell import Shell, finish

HEAVY = {"httpx", "asyncio", "rich", "provider_sdk", "provider_huggingface"}


def imported(*arguments: str) -> list[str]:
    """Return the modules that the command imports, the interpreter's own among them."""
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ollama_cli", *arguments],
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return modules_in(result.stderr)


def modules_in(text: str) -> list[str]:
    """Return the modules that the interpreter tells it imports."""
    lines = [line for line in text.splitlines() if line.startswith("import time:")]
    return [line.rpartition("|")[2].strip() for line in lines]


@pytest.mark.parametrize(("option", "most"), [("--version", 120), ("--help", 180)])
def test_few_modules_are_imported(option: str, most: int) -> None:
    """Help and version keep to their budgets, and load neither provider nor network."""
    modules = imported(option)

    assert len(modules) <= most
    assert {module.partition(".")[0] for module in modules} & HEAVY == set()


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_no_subcommand_is_imported(option: str) -> None:
    """Help knows the subcommands without importing one."""
    assert [module for module in imported(option) if "ollama_cli.commands." in module] == []


UNASKED = {
    "sqlite3",
    "tomllib",
    "importlib.metadata",
    "ollama_cli.conversation.store",
    "ollama_cli.hooks.form",
    "ollama_cli.inputs.files",
    "ollama_cli.settings.trust",
}
"""What a plain question needs after its answer, or not at all."""


def test_a_question_imports_no_more_than_it_needs(shell, router) -> None:
    """Before the first byte of its answer few of our modules are there, and none for other uses."""
    with shell.start(
        "--provider",
        "hf",
        "Why?",
        stderr=subprocess.STDOUT,
        python=("-X", "importtime"),
        PYTHONWARNINGS=None,
    ) as process:
        output = finish(process).stdout
    before, answer, _ = output.partition("\nBl")
    modules = modules_in(before)
    ours = [each for each in modules if each.startswith(("ollama_cli", "provider_"))]

    assert answer
    assert len(ours) <= 165
    assert set(modules) & UNASKED == set()


def modules_of(shell: Shell, *arguments: str) -> set[str]:
    """Return all modules that a call imports to its end, the interpreter's own among them."""
    result = shell.run(*arguments, python=("-X", "importtime"), PYTHONWARNINGS=None)
    assert result.stdout == "Blue.\n"
    return set(modules_in(result.stderr))


def test_a_question_imports_nothing_of_the_chat(own: Shell) -> None:
    """To its end."""
    modules = modules_of(own, "--provider", "hf", "Why?")

    assert {name for name in modules if name.startswith("ollama_cli.chat.")} == set()
    assert {"prompt_toolkit", "ollama_cli.chat"} & modules == set()


def test_a_question_imports_nothing_of_bulk_runs(own: Shell) -> None:
    """To its end, neither ours nor the SDK's."""
    modules = modules_of(own, "--provider", "hf", "Why?")

    ours = ("ollama_cli.batch", "provider_sdk.bulk")
    assert {name for name in modules if name.startswith(ours)} == set()


def test_a_chat_in_lines_imports_no_screen(own: Shell) -> None:
    """Neither ours nor the library of it."""
    modules = modules_of(own, "chat", "--provider", "hf", "Why?")

    assert "ollama_cli.chat.lines.view" in modules
    assert {"prompt_toolkit", "ollama_cli.chat.screen"} & modules == set()


def test_a_chat_has_its_providers_before_the_first_message(own: Shell) -> None:
    """Whoever enters it does not wait for imports of a provider."""
    modules = modules_in(
        own.run("chat", "--provider", "hf", python=("-X", "importtime"), PYTHONWARNINGS=None).stderr
    )

    assert any(name.startswith("provider_huggingface") for name in modules)
