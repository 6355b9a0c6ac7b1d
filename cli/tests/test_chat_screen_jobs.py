"""The chat on a terminal whose shell stops and continues it, and signals from outside."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from ._chat_terminal import CTRL_C, ChatTerminal
from ._conducted import Conducted
from ._shell import Shell

CTRL_U, CTRL_Z = "\x15", "\x1a"


class JobShell(Shell):
    """Runs the command as the job of a shell."""

    def command(self, *arguments: str | bytes, python: Sequence[str] = ()) -> list[str | bytes]:
        """Return the command of the shell."""
        job = Path(__file__).with_name("_jobs.py")
        return [sys.executable, str(job), *super().command(*arguments, python=python)]


@pytest.fixture
def jobs(chatting: Shell) -> Shell:
    """The chat as the job of a shell."""
    return JobShell(chatting.environment)


def job_of(terminal: ChatTerminal) -> int:
    """Return the process of the job, which is the only child of the shell."""
    children = Path(f"/proc/{terminal.process.pid}/task/{terminal.process.pid}/children")
    return int(children.read_text())


def test_control_z_stops_the_chat(jobs: Shell, service: Conducted) -> None:
    """The shell gets the terminal as it was; continued, the chat is there with what was typed."""
    with ChatTerminal(jobs).ready() as terminal:
        answer = terminal.ask("Why?", service.answer()).say("One.\n\nTwo ")
        terminal.wait_for("Two")
        terminal.send("typed")
        terminal.wait_for("> typed")
        terminal.send(CTRL_Z)
        terminal.wait_for("stopped, as before")
        assert terminal.modes_left_on() == set()
        assert "> typed" not in terminal.text()

        terminal.send("\n")
        terminal.wait_for("> typed")
        terminal.read_until(lambda: terminal.modes() != terminal.modes_before)
        answer.say("and three.").end()
        terminal.wait_for("Two and three.")
        terminal.send("!")
        terminal.wait_for("> typed!")
        assert terminal.times("One.") == terminal.times("Two") == terminal.times("typed") == 1
        terminal.send(CTRL_U)
        assert terminal.leave() == 0


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP])
def test_stopped_from_outside(jobs: Shell, service: Conducted, number: int) -> None:
    """Continued, the chat takes keys one by one again, and no finished line is lost."""
    with ChatTerminal(jobs).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        terminal.send("typed")
        terminal.wait_for("> typed")
        os.kill(job_of(terminal), number)
        terminal.wait_for("stopped, ")
        terminal.send("\n")
        terminal.read_until(lambda: terminal.modes() != terminal.modes_before)
        terminal.send("!")
        terminal.wait_for("> typed!")
        assert terminal.times("Because.") == 1
        terminal.send(CTRL_U)
        assert terminal.leave() == 0


def test_control_z_without_a_shell(chatting: Shell, service: Conducted) -> None:
    """If no shell could continue the chat, it goes on."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.send("typed")
        terminal.wait_for("> typed")
        terminal.send(CTRL_Z)
        terminal.send("!")
        terminal.wait_for("> typed!")
        terminal.send(CTRL_C)
        terminal.read_until(lambda: "typed" not in terminal.text())
        assert terminal.leave() == 0


def test_interrupted_from_outside(chatting: Shell, service: Conducted) -> None:
    """SIGINT does what Ctrl-C does: it stops the answer, and the chat stays."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because ")
        terminal.wait_for("Because")
        terminal.process.send_signal(signal.SIGINT)
        terminal.wait_for("stopped")
        terminal.process.send_signal(signal.SIGINT)
        terminal.wait_for("leaves the chat")
        assert terminal.leave() == 0


def test_typed_before_the_chat_is_there(chatting: Shell, service: Conducted) -> None:
    """What is typed while the command still starts is in the input, and only there."""
    with ChatTerminal(chatting) as terminal:
        terminal.send("typed early")
        terminal.ready()
        terminal.wait_for("> typed early")
        terminal.send("!")
        terminal.wait_for("> typed early!")

        assert terminal.times("typed early") == 1
        terminal.wait_for("hf · ")  # the status line, once the session has begun
        terminal.send(CTRL_C)
        terminal.read_until(lambda: "typed" not in terminal.text())
        assert terminal.leave() == 0
