"""The page of the chat names every key that the chat has, and the keys of its table are keys."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tools.site.page import DOCS, ROOT

PAGE = (DOCS / "chat.md").read_text("utf-8")
SCREEN = ROOT / "cli" / "src" / "ollama_cli" / "chat" / "screen"
_OF_THE_TERMINAL = {"<sigint>", "Keys.BracketedPaste", "<any>", "Keys.Any"}
"""What is bound and is no key: a signal, what was pasted, and every character."""
_NAMES = {"c": "Ctrl", "s": "Shift"}
_IS_KEY = re.compile(r"'.+'|Keys\.\w+")


def bindings() -> Iterator[tuple[str, ...]]:
    """Yield the keys of each binding, as prompt_toolkit calls them."""
    for file in SCREEN.rglob("*.py"):
        text = file.read_text("utf-8")
        if "KeyBindings" in text:
            yield from bindings_in(ast.parse(text))


def bindings_in(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """Yield what is given to the method ``add`` of key bindings in a module."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        keys = tuple(ast.unparse(each) for each in node.args)
        if node.func.attr == "add" and keys and all(map(_IS_KEY.match, keys)):
            yield tuple(key.strip("'") for key in keys)


def named(keys: tuple[str, ...]) -> str:
    """Return how a page writes keys, such as ``Ctrl-X Ctrl-E`` and ``Alt-Enter``."""
    if len(keys) > 1 and keys[0] == "escape":
        return f"Alt-{named(keys[1:])}"
    return " ".join(_named(key) for key in keys)


def _named(key: str) -> str:
    *modifiers, last = key.split("-")
    return "-".join([*(_NAMES[each] for each in modifiers), last.capitalize()])


def keys_of_the_page() -> set[str]:
    """Return the keys of the table."""
    table = PAGE.partition("## Keys\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| ([^|]+) \| ", table, re.MULTILINE)[1:]
    return {key.strip("`") for cell in cells for key in re.split(r", | or ", cell)}


def test_every_key_is_in_the_table() -> None:
    """A key that the chat binds, and no page names, would never be found."""
    found = {named(keys) for keys in bindings() if not {*keys} & _OF_THE_TERMINAL}

    assert found
    assert sorted(found - keys_of_the_page()) == []


def test_bindings_are_read() -> None:
    """These tests see keys in any order and number, and write them as pages do."""
    tree = ast.parse(
        "@keys.add('c-x', 'c-e')\n@keys.add('escape', 'enter', filter=here)\n"
        "@keys.add('s-tab')\n@keys.add('y')\ndef key(event): ...\nhistory.add(entry)\n"
    )

    assert {named(keys) for keys in bindings_in(tree)} == {
        "Ctrl-X Ctrl-E",
        "Alt-Enter",
        "Shift-Tab",
        "Y",
    }
