"""The chat on terminals of all shapes, which change while it runs."""

import re
import unicodedata

import pytest

from ._chat_terminal import CTRL_C, ChatTerminal
from ._conducted import Conducted
from ._shell import Shell

WORDS = " ".join(f"w{number:03}" for number in range(60))
BOTH = pytest.mark.parametrize("reflows", [False, True])
SGR_COLOUR = re.compile(rb"\x1b\[[\d;]*?\b(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[\d;]*m")


@BOTH
@pytest.mark.parametrize("sizes", [(40, 120), (120, 40), (30, 20, 80)])
def test_resized_while_it_streams(
    chatting: Shell, service: Conducted, sizes, reflows: bool
) -> None:
    """Whatever the width becomes, every finished paragraph stands once, whole and in order."""
    with ChatTerminal(chatting, reflows=reflows).ready() as terminal:
        answer = terminal.ask("Why?", service.answer())
        for number, columns in enumerate(sizes):
            answer.say(f"p{number} {WORDS}\n\n")
            terminal.wait_for(f"p{number}")
            terminal.wait_for("w059")
            terminal.resize(columns)
            answer.say(f"open{number} line ")
            terminal.wait_for(f"open{number} line")
            answer.say("goes on.\n\n")
            terminal.wait_for(f"open{number} line goes on.")
        answer.say("last.").end()
        terminal.wait_for("last.")
        assert terminal.leave() == 0
        shown = re.sub(r"\s+", " ", terminal.text())

    for number in range(len(sizes)):
        assert shown.count(f"open{number} line") == 1
        assert shown.count(f"p{number} w000") == 1
    if reflows:
        expected = [f"p{number} {WORDS} open{number} line goes on." for number in range(len(sizes))]
        assert "".join("".join(expected).split()) in "".join(shown.split()), terminal.text()


@BOTH
def test_open_line_is_not_doubled(chatting: Shell, service: Conducted, reflows: bool) -> None:
    """A line that is not finished when the width changes stands once at the end."""
    with ChatTerminal(chatting, reflows=reflows).ready() as terminal:
        answer = terminal.ask("Why?", service.answer()).say(f"start {WORDS} ")
        terminal.wait_for("w050")
        for columns in (40, 100, 60):
            terminal.resize(columns)
            answer.say(f"at{columns} ")
            terminal.wait_for(f"at{columns}")
        answer.say("end.").end()
        terminal.wait_for("end.")
        assert terminal.leave() == 0
        shown = re.sub(r"\s+", " ", terminal.text())

    assert shown.count("start w000") == 1
    assert shown.count("at40") == shown.count("at100") == shown.count("at60") == 1


@BOTH
def test_input_is_shown_once_after_a_change_of_width(chatting: Shell, reflows: bool) -> None:
    """What was typed stands once, and can be typed on."""
    with ChatTerminal(chatting, reflows=reflows).ready() as terminal:
        terminal.send("begin " + WORDS[:100])
        terminal.wait_for("w019")
        for columns in (40, 120, 30, 80):
            before = len(terminal.written)
            terminal.resize(columns)
            terminal.read_until(lambda b=before: len(terminal.written) > b)
            terminal.send("x")
            terminal.read_until(lambda c=columns: "x" in terminal.shown())
        terminal.send(" end")
        terminal.wait_for(" end")
        shown = re.sub(r"\s+", " ", terminal.text())

    assert shown.count("begin w000") == 1


@pytest.mark.parametrize("rows", [8, 5, 3, 50])
def test_rows_change_while_it_streams(chatting: Shell, service: Conducted, rows: int) -> None:
    """Whatever the height becomes, every line stands once and in order."""
    lines = [f"line {number}" for number in range(60)]
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("Why?", service.answer())
        answer.say("".join(f"{line}\n\n" for line in lines[:30]))
        terminal.wait_for("line 29")
        terminal.resize(rows=rows)
        answer.say("".join(f"{line}\n\n" for line in lines[30:])).end()
        terminal.wait_for("line 59")
        terminal.resize(rows=24)
        assert terminal.leave() == 0
        found = [line for line in terminal.lines() if line.startswith("line ")]

    assert found == lines


def test_40_columns(chatting: Shell, service: Conducted) -> None:
    """Words are whole, nothing is wider than the terminal, and the input is usable."""
    with ChatTerminal(chatting, columns=40).ready() as terminal:
        terminal.ask("Why?", service.answer()).say(WORDS).end()
        terminal.wait_for("w059")
        terminal.send("typed here")
        terminal.wait_for("typed here")
        found = re.findall(r"w\d+", terminal.text())

    assert found == WORDS.split()


@pytest.mark.parametrize("columns", [20, 10, 4])
def test_very_narrow(chatting: Shell, service: Conducted, columns: int) -> None:
    """The chat works however narrow the terminal is."""
    with ChatTerminal(chatting, columns=columns).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("ok\n\n", "w1 w2 w3 w4").end()
        terminal.read_until(lambda: "w1w2w3w4" in "".join(terminal.text().split()))
        assert terminal.leave() == 0
        assert "Traceback" not in terminal.text()


def test_no_color(chatting: Shell, service: Conducted) -> None:
    """With NO_COLOR nothing has a colour."""
    with ChatTerminal(chatting, NO_COLOR="1").ready() as terminal:
        answer = terminal.ask("Why?", service.answer())
        answer.say("# Title\n\n`code` and **bold**\n\n```python\nx = 1\n```\n", "open").end()
        terminal.wait_for("open")
        terminal.enter("/nonsense")
        terminal.wait_for("Error:")
        terminal.press_until(CTRL_C, lambda: terminal.shown().count("/nonsense") == 2)
        terminal.send("/mo")
        terminal.wait_for("/model")

    assert not SGR_COLOUR.search(terminal.written)


def test_terminal_that_does_not_say_where_its_cursor_is(
    chatting: Shell, service: Conducted
) -> None:
    """The chat works, and says nothing of it."""
    with ChatTerminal(chatting, answers=False).ready() as terminal:
        answer = terminal.ask("Why?", service.answer()).say("Because ")
        terminal.wait_for("Because")
        answer.say("of air.").end()
        terminal.wait_for("Because of air.")
        terminal.enter("/model")
        terminal.wait_for("hf answers")
        assert terminal.leave() == 0
        assert "CPR" not in terminal.text()
        assert terminal.times("Because of air.") == 1


SCRIPTS = {
    "wide": "空は青い。なぜですか。" * 12,
    "emoji": "👩\u200d🔬 ❤\ufe0f 👍🏽 🇩🇪 " * 12,
    "combining": "e\u0301a\u0308o\u0302 " * 20,
    "right to left": "שלום עולם " * 12,
    "arabic": "السلام عليكم " * 12,
    "zero width": "a\u200bb\u2060c ",
    "thai": "ที่นี่ " * 12,
}


@pytest.mark.parametrize("kind", SCRIPTS)
def test_characters_of_all_kinds(chatting: Shell, service: Conducted, kind: str) -> None:
    """A finished line of them stands once, and what follows is in its place."""
    text = SCRIPTS[kind]
    with ChatTerminal(chatting, columns=41).ready() as terminal:
        answer = terminal.ask("Why?", service.answer())
        for place in range(0, len(text), 2):
            answer.say(text[place : place + 2])
        answer.say("\n\nNext one.").end()
        terminal.wait_for("Next one.")
        assert terminal.leave() == 0
        shown = "".join(terminal.text().split())

    wanted = "".join(text.split())
    assert shown.count("Nextone.") == 1
    assert _plainly(wanted) in _plainly(shown)


@pytest.mark.parametrize("kind", SCRIPTS)
def test_characters_of_all_kinds_are_typed(chatting: Shell, service: Conducted, kind: str) -> None:
    """They arrive at the service as they were typed."""
    text = SCRIPTS[kind].strip()
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask(text, service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert answer.heard == [("user", text)]


def _plainly(text: str) -> str:
    kept = (char for char in unicodedata.normalize("NFD", text) if char not in "\u200b\u2060")
    return "".join(kept)


def test_notes_are_broken_between_words(chatting: Shell) -> None:
    """An error that is longer than a line is not cut in the midst of a word."""
    with ChatTerminal(chatting, columns=30).ready() as terminal:
        terminal.enter("/provder")
        terminal.wait_for("with a space")

        lines = terminal.lines()
        begin = lines.index("Error: /provder is not known")
        assert lines[begin + 1] == "here; did you mean /provider?"
