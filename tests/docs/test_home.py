"""The first page, and the pictures on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from tests.docs._site import Built
from tools.site.page import DOCS, ROOT
from tools.site.terminal import Run, draw, record

HOME = (DOCS / "index.md").read_text(encoding="utf-8")
RECORDED = "assets/recorded"
NOTHING = {"PATH": "/usr/bin:/bin", "HOME": "/"}


def test_commands() -> None:
    """Each line of a shell on the first page is one of the README's, which are tested there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    blocks = re.findall(r"```sh\n(.*?)```", HOME, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) > 8
    assert set(lines) <= set(readme)


def test_pictures_are_shown(built: Built) -> None:
    """Each picture that is recorded is on the first page, or on that of the chat."""
    shown = {"session": HOME, "chat": (DOCS / "chat.md").read_text(encoding="utf-8")}
    paths = sorted(path.name for path in built.folder.glob(f"{RECORDED}/*"))
    assert paths == ["chat-narrow.svg", "chat-wide.svg", "session-narrow.svg", "session-wide.svg"]
    for path in paths:
        assert f'"{RECORDED}/{path}"' in shown[path.partition("-")[0]]


SESSION = ("hf: ok", "Why is the sky blue?", "Rayleigh scattering", "orange and red")
CHAT = (
    "ollama-cli chat",
    "Why is the sky blue?",
    "Rayleigh scattering",
    "/copy",
    "> And at sunset?",
)


@pytest.mark.parametrize("name", ["wide", "narrow"])
@pytest.mark.parametrize(("what", "parts"), [("session", SESSION), ("chat", CHAT)])
def test_recorded_session(built: Built, what: str, parts: Sequence[str], name: str) -> None:
    """A picture shows what was typed and all of the answers, within its frame."""
    root = ElementTree.parse(built.folder / RECORDED / f"{what}-{name}.svg").getroot()
    width = float(root.attrib["width"])
    texts = [element for element in root if element.tag.endswith("text")]
    shown = " ".join(" ".join(element.text or "" for element in texts).split())
    for part in parts:
        assert part in shown
    for element in texts:
        end = float(element.attrib["x"]) + float(element.attrib["textLength"])
        assert end <= width
    rows = [float(element.attrib["y"]) for element in texts]
    assert all(above <= below for above, below in pairwise(rows))


def test_styles_on_a_terminal() -> None:
    """What a program writes bold and in colour is so on the screen."""
    command = r"printf 'a \033[1;31mred\033[0m b\n'"
    _, line = record([command], 60, NOTHING)
    assert line == [
        Run(0, "a ", "default", False, False, False),
        Run(2, "red", "red", True, False, False),
        Run(5, " b" + " " * 53, "default", False, False, False),
    ]
    assert '<text x="34.8" y="69" textLength="25.2"' in draw([[], line], 60, "t")


def test_failed_command() -> None:
    """A picture of a command that failed is not made; the error shows the terminal."""
    with pytest.raises(RuntimeError, match=r"(?s)shell ended.*\$ ls /not-there.*not-there"):
        record(["ls /not-there"], 60, NOTHING)


def test_picture_escapes() -> None:
    """Characters that have a meaning in SVG are text."""
    text = draw([[Run(0, "<a> & b", "ff8800", False, True, True)]], 20, "<title>")
    assert ElementTree.fromstring(text)[-1].text == "<a> & b"
    assert 'fill="#ff8800" font-style="italic" text-decoration="underline"' in text
