"""A model that tries to steer the terminal of the chat."""

import pytest

from ._chat_terminal import ALTERNATE_SCREEN, ChatTerminal
from ._conducted import Conducted
from ._shell import Shell

TRICKS = {
    "clipboard": ("a\x1b]52;c;aGFja2Vk\x07b", b"]52;"),
    "clipboard, 8 bits": ("a\u009d52;c;aGFja2Vk\u009cb", b"52;c"),
    "title": ("a\x1b]0;stolen\x07b", b"stolen"),
    "title of the icon": ("a\x1b]2;stolen\x1b\\b", b"stolen"),
    "cursor up": ("a\x1b[5A\x1b[2Kb", b"\x1b[5A"),
    "clear": ("a\x1b[2J\x1b[3J\x1b[Hb", b"\x1b[3J"),
    "reset": ("a\x1bcb", b"\x1bc"),
    "alternate screen": ("a\x1b[?1049hb", b"\x1b[?1049h"),
    "8-bit sequence": ("a\u009b2Jb", b"\xc2\x9b"),
    "mouse": ("a\x1b[?1003h\x1b[?1006hb", b"?1003h"),
    "paste mode off": ("a\x1b[?2004l\x1b[?2004l\x1b[?2004lb", b"l\x1b[?2004l\x1b[?2004l"),
    "hidden cursor": ("a\x1b[8m\x1b[?25l\x1b[?25lb", b"\x1b[8m"),
    "question": ("a\x1b[c\x1b[>c\x1b[21tb", b"\x1b[21t"),
    "device control": ("a\x1bP+q544e\x1b\\b", b"+q544e"),
    "application command": ("a\x1b_Gf=100;AAAA\x1b\\b", b"Gf=100"),
    "margins": ("a\x1b[3;5r\x1b[?6hb", b"\x1b[3;5r"),
    "notification": ("a\x1b]9;hello\x07\x1b]777;notify;x;y\x07b", b"]9;"),
    "backspace": ("ac\x08b", b"c\x08b"),
    "bell": ("a\x07b", b"\x07"),
    "shift out": ("a\x0eb", b"\x0e"),
    "delete": ("a\x7fb", b"\x7f"),
    "vertical tab": ("a\x0b\x0cb", b"\x0b"),
    "null": ("a\x00b", b"\x00"),
}


@pytest.mark.parametrize("name", TRICKS)
def test_sequence_does_nothing(chatting: Shell, service: Conducted, name: str) -> None:
    """It does not reach the terminal, also cut into pieces, and the text around it stays."""
    trick, mark = TRICKS[name]
    with ChatTerminal(chatting, first="stays here\r\n").ready() as terminal:
        answer = terminal.ask("Why?", service.answer()).say("start ")
        terminal.wait_for("start")
        for char in trick:
            answer.say(char)
        answer.say("\n\n", trick, " end\n\n", f"```\n{trick}\n```\n\n", "done.").end()
        terminal.wait_for("done.")
        terminal.enter("/model")
        terminal.wait_for("hf answers")
        assert terminal.leave() == 0
        assert terminal.modes() == terminal.modes_before

    assert mark not in terminal.written
    assert not terminal.modes_switched_on() & {*ALTERNATE_SCREEN, 6, 1003, 1006}
    assert terminal.modes_left_on() == set()
    assert terminal.lines()[0] == "stays here"
    assert terminal.times("start") == 1
    assert terminal.times("end") == 1


def test_carriage_return_hides_nothing(chatting: Shell, service: Conducted) -> None:
    """What stands before it stays readable."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("rm -rf / \recho hello").end()
        terminal.wait_for("hello")
        assert terminal.leave() == 0

    assert "rm -rf /" in terminal.text()


@pytest.mark.parametrize("char", [*"\u202a\u202b\u202d\u202e\u2066\u2067\u2068"])
def test_order_of_letters_is_not_turned(chatting: Shell, service: Conducted, char: str) -> None:
    """Characters that change the direction of text do not reach the terminal."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say(f"access {char}user{char}").end()
        terminal.wait_for("user")
        assert terminal.leave() == 0

    assert char.encode() not in terminal.written


def test_link_shows_where_it_leads(chatting: Shell, service: Conducted) -> None:
    """A link is text and its address; a sequence that hides the address is gone."""
    hidden = "\x1b]8;;http://evil.example\x1b\\bank.example\x1b]8;;\x1b\\"
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("Why?", service.answer())
        answer.say(f"{hidden} and [bank.example](http://evil.example/x) end").end()
        terminal.wait_for("end")
        assert terminal.leave() == 0

    assert b"]8;" not in terminal.written
    assert "http://evil.example/x" in terminal.text()


def test_very_long_sequence(chatting: Shell, service: Conducted) -> None:
    """One that never ends hides no more than itself, and the chat goes on."""
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("Why?", service.answer()).say("start ", "\x1b]0;")
        for _ in range(10):
            answer.say("x" * 1000)
        answer.end()
        terminal.ask("Again?", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert b"\x1b]0;" not in terminal.written
    assert "start" in terminal.text()


def test_line_of_a_million_characters(chatting: Shell, service: Conducted) -> None:
    """A line without an end is shown, and the input stays usable."""
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("Why?", service.answer())
        for _ in range(20):
            answer.say("word " * 2_000)
        answer.say("last.").end()
        terminal.wait_for("last.")
        terminal.send("typed")
        terminal.wait_for("typed")

    assert terminal.text().split().count("word") == 40_000


def test_reasoning_cannot_steer_either(chatting: Shell, service: Conducted) -> None:
    """What holds for text holds for reasoning."""
    with ChatTerminal(chatting, "--show-reasoning").ready() as terminal:
        answer = terminal.ask("Why?", service.answer())
        answer.think("hm\x1b]0;stolen\x07\x1b[?1049h").say("Because.").end()
        terminal.wait_for("Because.")
        assert terminal.leave() == 0

    assert b"stolen" not in terminal.written
    assert "hm" in terminal.text()


def test_error_message_cannot_steer_either(chatting: Shell, service: Conducted) -> None:
    """A service's message is text."""
    service.refuse(400, "no\x1b]0;stolen\x07\x1b[2J\u202e\nnext\r\n")
    with ChatTerminal(chatting).ready() as terminal:
        terminal.enter("Why?")
        terminal.wait_for("Error:")
        terminal.enter("/quit")
        terminal.finish()

    assert b"stolen" not in terminal.written
    assert "\u202e".encode() not in terminal.written


def test_pasted_sequence_does_nothing(chatting: Shell, service: Conducted) -> None:
    """A paste with escape sequences is shown as text, and ends nothing."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.paste("ab\x1b]0;stolen\x07\x1b[?1049hcd")
        terminal.wait_for("cd")
        answer = service.answer().say("Well.").end()
        terminal.send("\r")
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert b"\x1b]0;" not in terminal.written
    assert not terminal.modes_switched_on() & ALTERNATE_SCREEN
    assert answer.heard[0][1].startswith("ab")


def test_history_file_cannot_steer_either(chatting: Shell, service: Conducted) -> None:
    """An old entry with a sequence, called up again, is text."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.paste("old\x1b]0;stolen\x07entry")
        terminal.wait_for("entry")
        terminal.send("\r")
        terminal.wait_for("Blue.")
        terminal.leave()
    with ChatTerminal(chatting).ready() as terminal:
        terminal.send("\x1b[A")
        terminal.wait_for("entry")
        assert b"\x1b]0;" not in terminal.written
