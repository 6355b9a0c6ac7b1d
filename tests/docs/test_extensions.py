"""The examples of extensions are shown by pages, as files that readers copy; snippets run them."""

from __future__ import annotations

import json
import re

import pytest

from tests.docs._fences import fences_of
from tools.site.page import DOCS, ROOT

EXAMPLES = DOCS / "extending" / "examples"
FILES = sorted(
    file.relative_to(ROOT).as_posix()
    for file in EXAMPLES.rglob("*")
    if file.is_file() and "__pycache__" not in file.parts
)
PAGES = {
    "commands": "slash_commands.md",
    "hooks": "hooks.md",
    "prompts": "prompts.md",
    "standup": "commands.md",
    "status_lines": "status_lines.md",
}
"""The folder of each extension's example, and the page that shows it."""
SCHEMA = ROOT / "cli" / "src" / "ollama_cli" / "schemas" / "status-line-input.schema.json"


def test_each_extension_has_an_example() -> None:
    """A command, a hook, a status line, a saved prompt and a slash command, and no other."""
    assert {folder.name for folder in EXAMPLES.iterdir()} == set(PAGES)


@pytest.mark.parametrize("file", FILES)
def test_an_example_is_shown_as_it_is(file: str) -> None:
    """A page includes the file itself, so what is shown is what is run and copied."""
    folder = (ROOT / file).relative_to(EXAMPLES).parts[0]
    included = [
        found
        for fence in fences_of(f"docs/{PAGES[folder]}")
        for found in re.findall(r"^(docs/[^:\n]+)", fence.code, re.MULTILINE)
        if fence.is_included
    ]

    assert file in included


@pytest.mark.parametrize("folder", PAGES)
def test_the_overview_leads_to_each_page(folder: str) -> None:
    """Whoever wants to add something finds the page, and from there the files."""
    overview = (DOCS / "extending" / "index.md").read_text("utf-8")
    page = (DOCS / PAGES[folder]).read_text("utf-8")

    assert f"(../{PAGES[folder]})" in overview
    assert f"extending/examples/{folder}/" in page


def test_all_that_a_status_line_is_told_is_on_its_page() -> None:
    """Each key of its JSON has its place in the table."""
    page = (DOCS / "status_lines.md").read_text("utf-8")
    table = page.partition("## What it is told\n")[2].partition("\n## ")[0]
    told = json.loads(SCHEMA.read_text("utf-8"))["properties"]

    assert [key for key in told if f"`{key}`" not in table] == []
