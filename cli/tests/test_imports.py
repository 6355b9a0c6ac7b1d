"""What help and version import; counted, because each module costs a start of the command."""

import subprocess
import sys

import pytest

HEAVY = {"httpx", "asyncio", "rich", "provider_sdk", "provider_huggingface"}


def imported(*arguments: str) -> list[str]:
    """Return the modules that the command imports, the interpreter's own among them."""
    result = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ollama_cli", *arguments],
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    lines = [line for line in result.stderr.splitlines() if line.startswith("import time:")]
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
