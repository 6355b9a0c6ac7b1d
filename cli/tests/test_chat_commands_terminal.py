"""Slash commands and files on a terminal."""

import base64
import re
from pathlib import Path
from threading import Event

from ._chat_terminal import CTRL_C, ChatTerminal
from ._conducted import Conducted
from ._router import Exchange
from ._shell import Shell

OSC = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


def test_answer_is_put_on_the_clipboard(chatting: Shell, service: Conducted) -> None:
    """The terminal gets the sequence as it is, and shows nothing of it."""
    with ChatTerminal(chatting, TMUX=None, STY=None).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("**Blue** 蓝.").end()
        terminal.wait_for("蓝.")
        terminal.enter("/copy")
        terminal.wait_for("copied the last answer")
        assert terminal.leave() == 0
        shown = terminal.text()

    (found,) = OSC.findall(terminal.written)
    assert base64.b64decode(found).decode() == "**Blue** 蓝."
    assert found.decode() not in shown
    assert "52;c" not in shown


def test_plain_chat_copies_too(chatting: Shell, service: Conducted) -> None:
    """In lines, the sequence is written between them."""
    with ChatTerminal(chatting, "--plain", TMUX=None, STY=None) as terminal:
        terminal.ask("Why?", service.answer()).say("Blue.").end()
        terminal.wait_for("Blue.")
        terminal.enter("/copy")
        terminal.wait_for("copied the last answer: 5 characters")
        assert terminal.leave() == 0

    (found,) = OSC.findall(terminal.written)
    assert base64.b64decode(found).decode() == "Blue."


def test_simple_terminal_has_no_clipboard(chatting: Shell, service: Conducted) -> None:
    """With ``TERM=dumb`` a line says so, and no sequence is written."""
    with ChatTerminal(chatting, TERM="dumb", TMUX=None, STY=None) as terminal:
        terminal.ask("Why?", service.answer()).say("Blue.").end()
        terminal.wait_for("Blue.")
        terminal.enter("/copy")
        terminal.wait_for("this terminal is simple, so nothing can be copied")
        assert terminal.leave() == 0

    assert b"\x1b" not in terminal.written


def test_file_is_attached_after_a_yes(chatting: Shell, service: Conducted) -> None:
    """The question stands where the input is; ``y`` answers it."""
    Path(".env").write_text("canary")
    with ChatTerminal(chatting).ready() as terminal:
        terminal.enter("Read @.env")
        terminal.wait_for("Attach .env, although it may hold a key?")
        answer = service.answer()
        terminal.confirm()
        terminal.read_until(answer.asked.is_set)
        answer.say("Done.").end()
        terminal.wait_for("Done.")
        assert terminal.leave() == 0

    assert "canary" in answer.body["messages"][-1]["content"]


def test_ctrl_c_at_the_question_gives_the_message_back(chatting: Shell, service: Conducted) -> None:
    """Nothing is sent, and the message can be changed and sent."""
    Path(".env").write_text("canary")
    with ChatTerminal(chatting).ready() as terminal:
        terminal.enter("Read @.env")
        terminal.wait_for("although it may hold a key?")
        terminal.send(CTRL_C)
        terminal.wait_for("attach it all the same: /file .env")
        answer = service.answer()
        terminal.send("\x7f" * len(" @.env") + " nothing\r")
        terminal.read_until(answer.asked.is_set)
        answer.say("Done.").end()
        terminal.wait_for("Done.")
        assert terminal.leave() == 0

    assert answer.body["messages"][-1]["content"] == "Read nothing"


def test_ctrl_c_ends_a_list_that_does_not_come(chatting: Shell, service: Conducted) -> None:
    """A service that does not answer holds up nothing: the chat goes on after Ctrl-C."""
    asked = Event()

    def hangs(exchange: Exchange) -> None:
        asked.set()
        exchange.wait_until_closed()

    service.scripts["/v1/models"] = hangs
    with ChatTerminal(chatting).ready() as terminal:
        terminal.enter("/model")
        terminal.read_until(asked.is_set)
        terminal.send(CTRL_C)
        terminal.wait_for("stopped")
        terminal.enter("/think")
        terminal.wait_for("reasoning is hidden")
        assert terminal.leave() == 0


def test_mistyped_command_can_be_mended(chatting: Shell) -> None:
    """An unknown slash command is back in the input, where it is changed and entered."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.enter("/thinks")
        terminal.wait_for("did you mean /think?")
        terminal.send("\x7f\r")
        terminal.wait_for("reasoning is hidden")
        assert terminal.leave() == 0
