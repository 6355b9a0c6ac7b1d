"""The chat on a terminal, ended by force, and resumed."""

import signal

import pytest

from ._chat_terminal import CTRL_C, ChatTerminal, messages, sessions, told
from ._conducted import Conducted
from ._shell import Shell


def test_resumed_after_a_kill(chatting: Shell, service: Conducted) -> None:
    """What was answered before ``kill -9`` is there with ``-c``."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        terminal.read_until(lambda: len(sessions(chatting)) == 1)
        terminal.kill()
    with ChatTerminal(chatting, "-c").ready() as terminal:
        answer = terminal.ask("And then?", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert answer.heard == [("user", "Why?"), ("assistant", "Because."), ("user", "And then?")]
    assert len(sessions(chatting)) == 1


def test_killed_while_an_answer_streams(chatting: Shell, service: Conducted) -> None:
    """The turns before it are whole, and the conversation goes on with them."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        terminal.ask("And then?", service.answer()).say("We ")
        terminal.wait_for("We")
        terminal.kill()
    with ChatTerminal(chatting, "-c").ready() as terminal:
        answer = terminal.ask("Again?", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert answer.heard[:2] == [("user", "Why?"), ("assistant", "Because.")]
    assert answer.heard[-1] == ("user", "Again?")


def test_killed_before_the_first_answer(chatting: Shell, service: Conducted) -> None:
    """The file of the sessions is as usable as before."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Be ")
        terminal.wait_for("Be")
        terminal.kill()
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Again?", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert messages(chatting) == [("user", "Again?"), ("assistant", "Well.")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_ended_by_the_system(chatting: Shell, service: Conducted, number: int) -> None:
    """What arrived of an answer is kept and marked, and the terminal is as it was."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because ")
        terminal.wait_for("Because")
        terminal.kill(number)
        assert terminal.process.returncode in (-number, 128 + number)
        assert terminal.modes() == terminal.modes_before
        assert terminal.modes_left_on() == set()

    assert messages(chatting)[1][1].strip() == "Because"
    assert "[interrupted:" in told(chatting)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_ended_while_idle(chatting: Shell, service: Conducted, number: int) -> None:
    """The terminal is as it was, and the turns are kept."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        terminal.read_until(lambda: len(sessions(chatting)) == 1)
        terminal.kill(number)
        assert terminal.process.returncode in (-number, 128 + number)
        assert terminal.modes() == terminal.modes_before
        assert "Traceback" not in terminal.text()

    assert messages(chatting)[1][1] == "Because."


def test_terminal_that_is_closed(chatting: Shell, service: Conducted) -> None:
    """When its window is closed during an answer, the chat ends and the part is kept."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because ")
        terminal.wait_for("Because")
        terminal.hang_up()
        terminal.process.wait(20)

    assert messages(chatting)[1][1].strip() == "Because"


def test_stopped_part_is_sent_on(chatting: Shell, service: Conducted) -> None:
    """After a resume the part that was stopped is in the conversation."""
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("Why?", service.answer()).say("Because ")
        terminal.wait_for("Because")
        answer.wait_closed()
        terminal.send(CTRL_C)
        terminal.read_until(answer.closed.is_set)
        terminal.wait_for("stopped")
        assert terminal.leave() == 0
    with ChatTerminal(chatting, "-c").ready() as terminal:
        answer = terminal.ask("Go on.", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert answer.heard[0] == ("user", "Why?")
    assert "Because" in answer.heard[1][1]
