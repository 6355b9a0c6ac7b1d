"""What people reported of other chats on terminals, tried on this one."""

from dataclasses import dataclass

import pytest

from ._chat_terminal import CTRL_C, ENTER, ChatTerminal
from ._conducted import Conducted
from ._shell import Shell

CTRL_Z = "\x1a"


@dataclass(frozen=True)
class JobShell(Shell):
    """Starts the command as a job of a shell, which continues it once when it is stopped."""

    def command(self, *arguments, python=()):
        """Return a shell that runs the command."""
        return ["sh", "-mc", '"$@"; echo now-stopped; fg', "sh", *super().command(*arguments)]


def test_ctrl_z_gives_the_terminal_to_the_shell(chatting: Shell, service: Conducted) -> None:
    """Meanwhile no mode is left on; afterwards the chat goes on, with what was typed."""
    with ChatTerminal(JobShell(chatting.environment)).ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        terminal.send("typed")
        terminal.wait_for("typed")
        terminal.send(CTRL_Z)
        terminal.wait_for("now-stopped")
        before, _, _ = terminal.written.partition(b"now-stopped")
        assert before.count(b"\x1b[?2004h") == before.count(b"\x1b[?2004l")
        terminal.read_until(lambda: "typed" in terminal.shown().partition("now-stopped")[2])
        answer = service.answer().say("Well.").end()
        terminal.send(" on" + ENTER)
        terminal.wait_for("Well.")
        assert terminal.leave() == 0

    assert answer.heard[-1] == ("user", "typed on")


@pytest.mark.parametrize("reflows", [False, True])
def test_dragged_window_leaves_no_copies(chatting: Shell, service: Conducted, reflows) -> None:
    """Fifty widths one after the other add nothing to what scrolled away, and wipe nothing."""
    with ChatTerminal(chatting, reflows=reflows, first="$ ls\r\n").ready() as terminal:
        terminal.ask("Why?", service.answer()).say("Because.").end()
        terminal.wait_for("Because.")
        terminal.send("typed")
        terminal.wait_for("typed")
        for columns in [*range(80, 55, -1), *range(55, 80)]:
            terminal.resize(columns)
        terminal.send(" on")
        terminal.wait_for("typed on")
        assert terminal.times("Because.") == 1
        assert terminal.times("typed") == 1
        assert terminal.lines()[0] == "$ ls"

    assert b"\x1b[2J" not in terminal.written
    assert b"\x1b[3J" not in terminal.written


def test_cursor_stands_behind_wide_characters(chatting: Shell) -> None:
    """What is typed in the middle of wide characters lands where the cursor is."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.send("空青空")
        terminal.wait_for("空青空")
        terminal.send("\x1b[D\x1b[Dx")
        terminal.wait_for("空x青空")
        row = terminal.shown().splitlines()[terminal.cursor[1]]
        assert row == "> 空x青空"
        assert terminal.cursor[0] == len("> ") + 2 + 1


@pytest.mark.parametrize("tail", ["\x1b", "\x1b[", "\x1b[2"])
def test_paste_that_ends_within_a_sequence(chatting: Shell, service: Conducted, tail: str) -> None:
    """The end of the paste is still noticed: the next Enter sends."""
    with ChatTerminal(chatting).ready() as terminal:
        terminal.paste(f"abc{tail}")
        terminal.wait_for("abc")
        answer = service.answer().say("Well.").end()
        terminal.send(ENTER)
        terminal.wait_for("Well.")

    assert answer.heard[0][1].startswith("abc")


def test_long_conversation_is_printed_once(chatting: Shell, service: Conducted) -> None:
    """When answers get higher than the screen, nothing is printed anew: greeting and all."""
    with ChatTerminal(chatting).ready() as terminal:
        for number in range(3):
            answer = terminal.ask(f"q{number}", service.answer())
            answer.say("".join(f"a{number}-{line:02}\n\n" for line in range(30))).end()
            terminal.wait_for(f"a{number}-29")
        assert terminal.leave() == 0
        shown = terminal.text()

    assert shown.count("Answers:") == 1
    assert all(shown.count(f"a{n}-{line:02}") == 1 for n in range(3) for line in range(30))


def test_control_c_many_times(chatting: Shell, service: Conducted) -> None:
    """Pressed in impatience while an answer streams, it stops that and breaks nothing."""
    with ChatTerminal(chatting).ready() as terminal:
        answer = terminal.ask("Why?", service.answer()).say("Because ")
        terminal.wait_for("Because")
        answer.wait_closed()
        terminal.send(CTRL_C * 5)
        terminal.read_until(answer.closed.is_set)
        terminal.ask("Again?", service.answer()).say("Well.").end()
        terminal.wait_for("Well.")
        assert terminal.leave() == 0
        assert "Traceback" not in terminal.text()
