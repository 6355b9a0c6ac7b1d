"""The environment variables that commands, SDK and providers read, and those that hooks get."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tools.site.page import Page
from tools.site.reference import variables
from tools.site.reference.markdown import code, page, prose, table
from tools.site.reference.variables import Variable

_SHARED = ("ollama_cli", "provider_sdk", "provider_conformance")
"""Packages that belong to no provider."""

FOLDER = "reference"


def pages() -> Iterable[Page]:
    """Yield the page."""
    yield Page(f"{FOLDER}/environment.md", _page())


def _page() -> str:
    declared = list(variables.of_modules())
    of_packages = [each for each in declared if each.reader not in _SHARED]
    own = [each for each in declared if each.reader == "ollama_cli"]
    others = [each for each in declared if each.reader in _SHARED and each not in own]
    return page(
        "# Environment variables",
        "Every variable that is read, what it sets, and which package reads it.",
        '```console\n$ HF_TOKEN=hf_… ollama-cli --provider hf "Why is the sky blue?"\n```',
        "A variable that is blank counts as not set. An argument or an option comes before a "
        "variable, and a variable before the settings.",
        "## Of the providers",
        "Of several variables for one credential, the first that is set counts.",
        _table([*variables.of_providers(), *of_packages]),
        "## Of the command",
        _table([*variables.before_settings(), *own]),
        "## Of all else",
        "Those of proxies count also in small letters. A proxy is never used for loopback "
        "addresses.",
        _table(others),
        "## That hooks and status lines get",
        "Besides these, they inherit the environment without the variables that may hold a "
        "credential; a hook gets those, too, that its `env` lists.",
        table(
            ("variable", "what it says"),
            ((code(each.name), prose(each.meaning)) for each in variables.for_children()),
        ),
    )


def _table(found: Iterable[Variable]) -> str:
    return table(
        ("variable", "what it sets", "who reads it"),
        ((code(name), meaning, readers) for name, meaning, readers in _merged(found)),
    )


def _merged(found: Iterable[Variable]) -> Iterator[tuple[str, str, str]]:
    """Yield each variable once, with all that it means and all who read it."""
    meanings: dict[str, dict[str, None]] = {}
    readers: dict[str, dict[str, None]] = {}
    for each in found:
        meanings.setdefault(each.name, {})[each.meaning] = None
        readers.setdefault(each.name, {})[each.reader] = None
    for name, said in meanings.items():
        packages = (code(word) for each in readers[name] for word in each.split(", "))
        yield name, prose("; ".join(said)), ", ".join(packages)
