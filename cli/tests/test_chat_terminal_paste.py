"""Pastes into the chat on a terminal, and messages of several lines."""

import random
from hashlib import sha256

import pytest

from ._chat_terminal import ALT_ENTER, ENTER, ChatTerminal
from ._conducted import Conducted
from ._shell import Shell

MEGABYTE = 1_000_000


def big_text(size: int) -> str:
    """Return lines of all kinds of characters, the same at each call."""
    dice = random.Random(size)
    letters = "abcdefgh   éü空👍<>&@/`#\"'\\$"
    lines = []
    length = 0
    while length < size:
        line = "".join(dice.choices(letters, k=dice.randrange(1, 120))).strip() or "x"
        lines.append(line)
        length += len(line.encode()) + 1
    return "\n".join(lines)


def test_paste_of_a_megabyte(chatting: Shell, service: Conducted) -> None:
    """It is folded in the input and arrives whole."""
    text = big_text(MEGABYTE)
    with ChatTerminal(chatting).ready() as terminal:
        terminal.send("Read: ")
        terminal.paste(text)
        terminal.wait_for("line")
        written = len(terminal.written)
        answer = terminal.ask(" please", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    heard = answer.heard[0][1]
    assert heard.startswith("Read: ")
    assert sha256(heard[6:-7].encode()).digest() == sha256(text.encode()).digest()
    assert heard.endswith(" please")
    assert written < 50_000
    assert len(terminal.text()) < 5_000


def test_two_big_pastes(chatting: Shell, service: Conducted) -> None:
    """Each is folded, with text between them."""
    one, two = big_text(20_000), big_text(30_000)
    with ChatTerminal(chatting).ready() as terminal:
        terminal.paste(one)
        terminal.send(" and ")
        terminal.paste(two)
        answer = terminal.ask(".", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert answer.heard[0][1] == f"{one} and {two}."


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_paste_does_not_enter(chatting: Shell, service: Conducted, end: str) -> None:
    """Ends of lines in a paste, whatever they are, send nothing and arrive as new lines."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.paste(f"one{end}two{end}three")
        terminal.wait_for("three")
        assert not service.asked
        answer = service.answer().say("Well.").end()
        terminal.send(ENTER)
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert answer.heard == [("user", "one\ntwo\nthree")]


def test_paste_while_an_answer_streams(chatting: Shell, service: Conducted) -> None:
    """It is whole, and queued with Enter."""
    text = big_text(30_000)
    with ChatTerminal(chatting).ready() as terminal:
        first, following = service.answer(), service.answer()
        terminal.ask("Why?", first).say("Because ")
        terminal.wait_for("Because")
        terminal.paste(text)
        terminal.send(ENTER)
        first.say("of air.").end()
        terminal.read_until(following.asked.is_set)
        following.say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert following.heard[-1] == ("user", text)


def test_pasted_mention_is_text(chatting: Shell, service: Conducted, tmp_path) -> None:
    """``@file`` in a paste attaches nothing; typed, it does."""
    (tmp_path / "empty" / "notes.txt").write_text("The sky is blue.\n")
    with ChatTerminal(chatting).ready() as terminal:
        terminal.paste("see @notes.txt now")
        terminal.wait_for("@notes.txt")
        answer = service.answer().say("Well.").end()
        terminal.send(ENTER)
        terminal.wait_for("Well.")
        typed = terminal.ask("see @notes.txt now", service.answer()).say("Good.").end()
        terminal.wait_for("Good.")
        assert terminal.leave() == 0

    assert answer.heard == [("user", "see @notes.txt now")]
    assert "The sky is blue." in typed.heard[-1][1]


def test_pasted_slash_command(chatting: Shell, service: Conducted) -> None:
    """A paste that only looks like a long command is a message, and nothing is lost."""
    text = "/usr/bin/env is a path\nsecond line"
    with ChatTerminal(chatting).ready() as terminal:
        terminal.paste(text)
        terminal.wait_for("second line")
        answer = service.answer().say("Well.").end()
        terminal.send(ENTER)
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert answer.heard == [("user", text)]


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        (f"one{ALT_ENTER}two{ENTER}", "one\ntwo"),
        (f"one\\{ENTER}two{ENTER}", "one\ntwo"),
        (f'"""one{ENTER}two"""{ENTER}', "one\ntwo"),
    ],
)
def test_several_lines(chatting: Shell, service: Conducted, typed: str, heard: str) -> None:
    """Alt-Enter, a line that ends in a backslash and triple quotes make new lines."""
    with ChatTerminal(chatting).ready() as terminal:
        answer = service.answer().say("Well.").end()
        terminal.send(typed)
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert answer.heard == [("user", heard)]


def test_message_without_marks_of_a_paste(chatting: Shell, service: Conducted) -> None:
    """A terminal that marks no pastes sends its lines as keys; none is lost."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.send("one\rtwo\r")
        terminal.read_until(lambda: len(service.asked) == 2)
        terminal.read_until(lambda: terminal.times("Blue.") == 2)
        assert terminal.leave() == 0

    assert [text for role, text in service.asked[1] if role == "user"] == ["one", "two"]
