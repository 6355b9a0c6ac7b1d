"""The slash commands of the chat are on its pages, and the pages name no other."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from ollama_cli.chat.slash import SlashCommand, built_in, find

from tests.docs._reference import code_in
from tools.site.page import DOCS
from tools.site.reference.markdown import prose

CHAT = (DOCS / "chat.md").read_text("utf-8")
REFERENCE = (DOCS / "reference" / "slash-commands.md").read_text("utf-8")
OWN = {file.stem for file in DOCS.glob("extending/examples/commands/*.md")}
"""Slash commands that the pages show how to write."""
PAGES = ("chat.md", "slash_commands.md", "troubleshooting.md", "hooks.md", "trust.md")

_NAMED = re.compile(r"/([a-z][a-z-]*)(?= |$)")


@pytest.mark.parametrize("command", built_in().values(), ids=built_in())
def test_a_slash_command_is_explained(command: SlashCommand) -> None:
    """The page of the chat names each, and the reference has it with its help."""
    link = f"| [`/{command.name}`](#{command.name}) |"
    (row,) = (line for line in REFERENCE.splitlines() if line.startswith(link))

    assert command.name in set(named_in(CHAT))
    assert all(f"`/{alias}`" in row for alias in command.aliases)
    assert prose(command.help) in row


@pytest.mark.parametrize("page", PAGES)
def test_pages_name_slash_commands_that_there_are(page: str) -> None:
    """What a page calls with a slash is a command of the chat, or one that a page writes."""
    named = set(named_in((DOCS / page).read_text("utf-8")))

    assert sorted(name for name in named if find(name) is None and name not in OWN) == []


def test_an_unknown_slash_command_is_noticed() -> None:
    """These tests see commands in the text and in fences, and no paths."""
    page = """
    `/nothing` and `/neither WORD`, not `/usr/bin`.

    ```text
    /none at all
    ```
    """.replace("\n    ", "\n")

    assert set(named_in(page)) == {"nothing", "neither", "none"}


def named_in(text: str) -> Iterator[str]:
    """Yield the names of the slash commands that begin a line or a piece of code of a page.

    A heading quotes a message, which may be about a name that is wrong.
    """
    for code in code_in(re.sub(r"^###? .*$", "", text, flags=re.MULTILINE)):
        if found := _NAMED.match(code):
            yield found[1]
