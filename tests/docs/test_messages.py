"""Every message that the code can say is on a page, and pages quote what the code says."""

from __future__ import annotations

import ast
import re

import click
import pytest
from click.testing import CliRunner
from ollama_cli.app import cli

from tools.site.page import DOCS, ROOT
from tools.site.reference.markdown import code
from tools.site.reference.messages import KIT, Message, messages, pattern
from tools.site.reference.templates import Texts

TROUBLES = (DOCS / "troubleshooting.md").read_text("utf-8")
QUOTED = re.findall(r"^### (`+)(.+)\1$", TROUBLES, re.MULTILINE)
_LEAST = 8
"""Letters that a template must have of its own, so that it does not match every text."""
_OF_CLICK = "No such option"


def page_of(message: Message) -> str:
    """Return the page on which a message must be."""
    name = "provider-conformance/messages.md" if message.source.startswith(KIT) else "messages.md"
    return (DOCS / "reference" / name).read_text("utf-8")


def test_every_message_is_on_its_page() -> None:
    """With its hints, as it is in the code now."""
    missing = [
        text
        for message in messages()
        for text in (message.text, *message.hints)
        if code(text) not in page_of(message)
    ]

    assert missing == []


def test_messages_are_found_in_every_package() -> None:
    """The command, the SDK, the kit and each provider say something."""
    packages = {path.name for path in ROOT.glob("*/src/*")} | {
        path.name for path in ROOT.glob("providers/*/src/*")
    }

    assert packages - {each.source.partition(".")[0] for each in messages()} == set()


@pytest.mark.parametrize("quoted", [text.strip() for _, text in QUOTED])
def test_what_troubleshooting_quotes_is_said(quoted: str) -> None:
    """Each heading is a message, or the hint after one, as it is printed."""
    if quoted.startswith(_OF_CLICK):
        said = CliRunner().invoke(cli, ["--nothing"]).exception
        assert isinstance(said, SystemExit)
        assert click.NoSuchOption("--nothing").format_message() == quoted
        return
    templates = {text for each in messages() for text in (each.text, *each.hints)}
    own = [text for text in templates if len(re.sub(r"\{[^}]*\}|\W", "", text)) >= _LEAST]

    assert [text for text in own if pattern(text).fullmatch(quoted)]


def test_troubleshooting_has_enough() -> None:
    """It leads from thirty messages or more to what to do, and names no message twice."""
    assert len(QUOTED) == len(set(QUOTED)) == TROUBLES.count("\n### ")
    assert len(QUOTED) >= 30


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('"no token"', ["no token"]),
        ('f"{path} is broken: {self.why}"', ["{path} is broken: {why}"]),
        ('f"{path!r} has {len(rows)} rows"', ["{path} has {…} rows"]),
        ('"one" if few else "many"', ["one", "many"]),
        ('f"by {other or CONSTANT}"', ["by {…}", "by  part"]),
        ('f"it is {given}"', ["it is given"]),
        ('f"it is {word}"', ["it is red", "it is green"]),
        ('f"it {reason()}"', ["it broke", "it is late"]),
        ('"a" + CONSTANT', ["a part"]),
        ("told", ["never {told} again"]),
        ("unknown", []),
    ],
)
def test_texts_of_code_are_found(source: str, found: list[str]) -> None:
    """Templates name what is inserted, and write out what a name or a function can be."""
    tree = ast.parse(
        'CONSTANT = " part"\n'
        "def reason():\n    return 'broke' if x else 'is late'\n"
        "def function(path, given):\n"
        "    word = 'red'\n    if path:\n        word = 'green'\n"
        "    told = f'never {told} again'\n"
        f"    return {source}\n"
        "function(1, 'given')\n"
    )
    function = tree.body[-2]
    assert isinstance(function, ast.FunctionDef)
    value = function.body[-1]
    assert isinstance(value, ast.Return)

    assert Texts({"module": tree}).of(value.value, (function, tree)) == found
