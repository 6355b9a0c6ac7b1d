"""The chat in lines, on a real terminal."""

import signal

import pytest

from ._chat_terminal import CTRL_C, CTRL_D, ChatTerminal, messages, told
from ._conducted import Conducted
from ._shell import Shell

HOW = pytest.mark.parametrize("how", ["--plain", "dumb"])
TRICKS = "\x1b]0;title\x07\x1b[2J\x1b]52;c;aGk=\x07\x9b1A\x1b[?1049h\u202eend\rover\x08"


def plainly(shell: Shell, how: str = "--plain", *arguments: str) -> ChatTerminal:
    """Start the chat in lines, by the option or because the terminal understands nothing."""
    if how == "dumb":
        return ChatTerminal(shell, *arguments, TERM="dumb").ready()
    return ChatTerminal(shell, "--plain", *arguments).ready()


@HOW
def test_no_escape_sequence(chatting: Shell, service: Conducted, how: str) -> None:
    """Nothing but text and line ends is written, whatever happens."""
    with plainly(chatting, how) as terminal:
        terminal.ask("Why?", service.answer()).say("# Be", "cause\n", "**b** `c`").end()
        terminal.wait_for("**b**")
        service.refuse(400, "broken")
        terminal.enter("Again?")
        terminal.wait_for("broken")
        terminal.enter("/help")
        terminal.wait_for("/provider")
        terminal.enter("/quit")
        assert terminal.finish() == 0

    assert b"\x1b" not in terminal.written
    assert {byte for byte in terminal.written if byte < 32} <= set(b"\r\n")


def test_text_streams(chatting: Shell, service: Conducted) -> None:
    """A line is on the screen before the answer ends."""
    with plainly(chatting) as terminal:
        answer = terminal.ask("Why?", service.answer()).say("Because\n", "of ")
        terminal.wait_for("Because")
        answer.say("air.").end()
        terminal.wait_for("of air.")
        assert terminal.leave() == 0


def test_second_turn_has_the_first(chatting: Shell, service: Conducted) -> None:
    """The conversation goes on."""
    with plainly(chatting) as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        answer = terminal.ask("And then?", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    expected = [("user", "Why?"), ("assistant", "Because."), ("user", "And then?")]
    assert answer.heard == expected
    assert messages(chatting) == [*expected, ("assistant", "Well.")]


def test_control_c_stops_an_answer(chatting: Shell, service: Conducted) -> None:
    """What arrived is kept and marked, and the next message is answered."""
    with plainly(chatting) as terminal:
        answer = terminal.ask("Why?", service.answer()).say("Because\n", "of ")
        terminal.wait_for("Because")
        answer.wait_closed()
        terminal.send(CTRL_C)
        terminal.read_until(answer.closed.is_set)
        terminal.ask("Again?", service.answer()).say("Blue.").end()
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    kept = messages(chatting)
    assert kept[0] == ("user", "Why?")
    assert kept[1][1].startswith("Because\n")
    assert told(chatting).count("[interrupted:") == 1


def test_control_c_at_the_prompt_says_how_to_leave(chatting: Shell) -> None:
    """It ends nothing."""
    with plainly(chatting) as terminal:
        terminal.send(CTRL_C)
        terminal.wait_for("To leave")
        terminal.enter("/model x")
        terminal.wait_for("answers with x")
        assert terminal.leave() == 0


def test_control_c_stops_a_command(chatting: Shell, service: Conducted) -> None:
    """A slash command that waits for a service is stopped, and the chat goes on."""
    service.scripts["/v1/models"] = lambda exchange: exchange.wait_until_closed()
    with plainly(chatting) as terminal:
        terminal.enter("/model")
        terminal.wait_for("asking hf")
        terminal.send(CTRL_C)
        terminal.wait_for("stopped")
        terminal.enter("/model x")
        terminal.wait_for("answers with x")
        assert terminal.leave() == 0


def test_control_d_leaves_the_terminal_as_it_was(chatting: Shell) -> None:
    """The exit code is 0."""
    with plainly(chatting) as terminal:
        terminal.enter("/model")
        terminal.wait_for("hf answers")
        assert terminal.leave() == 0
        assert terminal.modes() == terminal.modes_before


@HOW
def test_model_cannot_steer_the_terminal(chatting: Shell, service: Conducted, how: str) -> None:
    """Its escape sequences are gone, and so is what moves the cursor."""
    with plainly(chatting, how) as terminal:
        terminal.ask("Why?", service.answer()).say("a", TRICKS, "z").end()
        terminal.wait_for("z")
        assert terminal.leave() == 0

    assert b"\x1b" not in terminal.written
    assert "\u202e" not in terminal.text()
    assert {byte for byte in terminal.written if byte < 32} <= set(b"\r\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_ended_while_it_streams(chatting: Shell, service: Conducted, number: int) -> None:
    """What arrived of an answer is kept, also if the system ends the chat."""
    with plainly(chatting) as terminal:
        terminal.ask("Why?", service.answer()).say("Because\n", "of ")
        terminal.wait_for("Because")
        terminal.kill(number)
        assert terminal.process.returncode != 0

    assert messages(chatting)[1][1].startswith("Because\n")


def test_end_of_input_while_it_streams(chatting: Shell, service: Conducted) -> None:
    """Ctrl-D during an answer stops it, keeps the part and leaves with 0."""
    with plainly(chatting) as terminal:
        answer = terminal.ask("Why?", service.answer()).say("Because\n", "of ")
        terminal.wait_for("Because")
        terminal.send(CTRL_D)
        answer.end()
        assert terminal.finish() == 0

    assert messages(chatting)[1][1].startswith("Because\n")
