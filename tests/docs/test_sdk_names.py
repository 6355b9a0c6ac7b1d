"""Every public name of the SDK has its place on one page of ``docs/sdk``."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import iter_modules

import provider_sdk
import pytest

from tests.workspace._services import ROOT

PAGES = sorted((ROOT / "docs" / "sdk").glob("*.md"))
DIRECTIVE = re.compile(r"^::: (provider_sdk[\w.]*)\n    options: \{(.*)\}$", re.MULTILINE)
MODULES = ["provider_sdk"] + [
    f"provider_sdk.{found.name}"
    for found in iter_modules(provider_sdk.__path__)
    if not found.name.startswith("_")
]


def public_names() -> list[str]:
    """Return the dotted path of every name that a public module exports."""
    return [f"{name}.{exported}" for name in MODULES for exported in import_module(name).__all__]


def rendered() -> list[tuple[str, str]]:
    """Return each object that a page renders with its heading, and that page."""
    return [
        (path, page.name)
        for page in PAGES
        for path, options in DIRECTIVE.findall(page.read_text(encoding="utf-8"))
        if "show_root_heading: true" in options
    ]


def object_at(path: str) -> object:
    """Return what a dotted path leads to."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


PLACES = [(object_at(path), page) for path, page in rendered()]


@pytest.mark.parametrize("path", public_names())
def test_a_public_name_has_a_place(path: str) -> None:
    """A page renders it, under this name or another public one of the same object."""
    wanted = object_at(path)

    found = [page for held, page in PLACES if held is wanted]

    assert found, f"no page of docs/sdk has `::: {path}`"


def test_no_name_is_rendered_twice() -> None:
    """Two headings for one name would make links ambiguous."""
    paths = [path for path, _ in rendered()]

    assert sorted(paths) == sorted(set(paths))


def test_all_modules_are_looked_at() -> None:
    """The public modules are those that are documented as such."""
    assert {name.removeprefix("provider_sdk.") for name in MODULES} == {
        "provider_sdk",
        "adapting",
        "bulk",
        "chat_completions",
        "decoding",
        "sync",
        "testing",
        "turn_state",
    }


def test_all_directives_are_understood() -> None:
    """Each directive has its options on one line, as this test reads them."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES]

    assert all(text.count("\n::: ") == len(DIRECTIVE.findall(text)) for text in texts)
