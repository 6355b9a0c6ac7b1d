"""Tables and lists that an author wrote say what the code says."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from ollama_cli.command_line import exit_codes
from ollama_cli.conversation.context import COMPACT_AT
from ollama_cli.conversation.window_lookup import DEFAULT as WINDOW
from provider_conformance.reports import LIVE_COUNTS
from provider_sdk import Dialect, ProviderRouter

from tests.docs._reference import written_pages
from tools.site.page import DOCS, ROOT
from tools.site.reference import argparse_help

_CODES = (
    (exit_codes.USAGE, "settings"),
    (exit_codes.CREDENTIAL, "credential"),
    (exit_codes.UNAVAILABLE, "reach"),
    (exit_codes.MODEL_NOT_FOUND, "model"),
    (exit_codes.LIMIT, "limit"),
    (exit_codes.REJECTED, "reject"),
    (exit_codes.BROKEN_ANSWER, "incomplete"),
)


def text_of(path: Path) -> str:
    """Return a page with one space between words."""
    return " ".join(path.read_text("utf-8").split())


def first_cells(path: Path, head: str) -> set[str]:
    """Return the names in the first column of the table that begins with this cell."""
    _, _, rest = path.read_text("utf-8").partition(f"\n| {head} |")
    cells = [re.split(r"(?<!\\)\|", line)[1] for line in rest.partition("\n\n")[0].split("\n")[2:]]
    return {name for cell in cells for name in re.findall(r"`(\w+)[^`]*`", cell)}


def test_the_kit_lists_its_commands() -> None:
    """The table on the kit's first page has each command."""
    names = {name for name, _ in argparse_help.modules()}

    assert first_cells(DOCS / "conformance" / "index.md", "command") == names


def test_the_methods_of_a_dialect_are_listed() -> None:
    """The table of what is called when has each method of a dialect."""
    methods = {
        name
        for name, _ in inspect.getmembers(Dialect, inspect.isfunction)
        if not name.startswith("_")
    }

    assert first_cells(DOCS / "dialects" / "index.md", "method") == methods


@pytest.mark.parametrize("page", ["adding_providers.md", "conformance/levels.md"])
def test_a_live_run_counts_as_long_as_the_pages_say(page: str) -> None:
    """The pages about levels name the days after which a live run no longer counts."""
    days = re.findall(r"live run within the last (\d+) days", text_of(DOCS / page))

    assert set(days) == {str(LIVE_COUNTS.days)}


@pytest.mark.parametrize("page", ["README.md", "cli/README.md"])
@pytest.mark.parametrize(("code", "word"), _CODES)
def test_exit_codes_in_text_mean_what_they_say(page: str, code: int, word: str) -> None:
    """A page that lists exit codes has each beside what it is about."""
    assert re.search(rf"\b{code} [^\d]*?{word}", text_of(ROOT / page))


@pytest.mark.parametrize(("code", "word"), [each for each in _CODES if each[0] in (3, 4, 6)])
def test_the_recipe_for_scripts_knows_the_exit_codes(code: int, word: str) -> None:
    """Each branch of the script says what its code means."""
    assert re.search(rf"\b{code}\) echo \"[^\"]*{word}", text_of(DOCS / "recipes.md"))


def test_the_chain_is_in_its_order() -> None:
    """The page of the command names those that are asked, in the order of the code."""
    chain = [each.provider for each in ProviderRouter().explain("agent")]

    assert ", ".join(f"`{name}`" for name in chain) in text_of(ROOT / "cli" / "README.md")


@pytest.mark.parametrize("page", ["docs/settings.md", "docs/context.md"])
@pytest.mark.parametrize(
    ("key", "default"), [("compact_at", COMPACT_AT), ("context_window", WINDOW)]
)
def test_defaults_of_long_conversations(page: str, key: str, default: float) -> None:
    """The row of a setting ends with its default."""
    row = re.search(rf"^\| `{key}` \|.*$", (ROOT / page).read_text("utf-8"), re.MULTILINE)

    assert row
    assert re.search(rf"\b{default} \|$", row[0].replace(",", ""))


@pytest.mark.parametrize("page", list(written_pages()), ids=lambda page: page.name)
def test_environments_of_tox_exist(page: Path) -> None:
    """Each environment that a page runs is one of this repository's, or made for a provider."""
    sections = re.findall(r"^\[testenv:([^]]+)\]", (ROOT / "tox.ini").read_text("utf-8"), re.M)
    known = {name for section in sections for name in section.strip("{}").split(",")}
    named = re.findall(r"\btox (?:-q )?-e ([\w,-]+)", written_pages()[page])
    names = {name for names in named for name in names.split(",")}

    assert {name for name in names - known if not name.startswith("conformance")} == set()
