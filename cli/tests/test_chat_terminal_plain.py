"""The chat in lines, on a real terminal: what it writes, Ctrl-C, and how it ends."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from ._chat_terminal import CTRL_C, CTRL_D, LEAVE, PROMPT, messages, plainly, told
from ._conducted import Conducted
from ._hooks import hook, setting
from ._processes import pids_in
from ._router import PATIENCE_S
from ._settings import write_settings
from ._shell import Shell
from .test_streams import LONG

HOW = pytest.mark.parametrize("how", [{}, {"TERM": "dumb"}], ids=["--plain", "dumb"])
SIGNALS = pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
TRICKS = "\x1b]0;title\x07\x1b[2J\x1b]52;c;aGk=\x07\x9b1A\x1b[?1049h\u202eend\rover\x08"

STUCK = """
import asyncio, os, sys
from pathlib import Path

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "ollama_cli.commands.chat":
            sys.meta_path.remove(self)
            from ollama_cli.chat.chat import Chat
            Chat.ask = ask

async def ask(self, entry):
    file = Path(os.environ["STUCK_FILE"])
    file.write_text("asked")
    try:
        await asyncio.sleep(100)
    finally:
        file.write_text("cancelled")
        await asyncio.sleep(100)

sys.meta_path.insert(0, Finder())
"""
"""Makes every message hang, also after it was cancelled."""


@HOW
def test_no_escape_sequence(chatting: Shell, service: Conducted, how: Mapping[str, str]) -> None:
    """Nothing but text and line ends is written, whatever happens."""
    with plainly(chatting, **how) as terminal:
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


@HOW
def test_model_cannot_steer_the_terminal(
    chatting: Shell, service: Conducted, how: Mapping[str, str]
) -> None:
    """Its escape sequences are gone, and so is what moves the cursor."""
    with plainly(chatting, **how) as terminal:
        terminal.ask("Why?", service.answer()).say("a", TRICKS, "z").end()
        terminal.wait_for("z")
        assert terminal.leave() == 0

    assert b"\x1b" not in terminal.written
    assert "\u202e" not in terminal.text()
    assert {byte for byte in terminal.written if byte < 32} <= set(b"\r\n")


def test_reasoning_has_no_styles(chatting: Shell, service: Conducted) -> None:
    """It comes in whole lines, before the answer."""
    with plainly(chatting, "--show-reasoning") as terminal:
        terminal.ask("Why?", service.answer()).think("First ").think("this.").say("Blue.").end()
        terminal.wait_for("First this.\nBlue.")
        assert terminal.leave() == 0
        assert b"\x1b" not in terminal.written


def test_output_in_a_pipe_has_no_prompt(chatting: Shell, service: Conducted) -> None:
    """Somebody types, and a program takes the answers; what is not an answer stays visible."""
    master, slave = pty.openpty()
    with chatting.start("chat", stdin=slave, has_terminal=True) as process:
        os.close(slave)
        assert process.stdout is not None
        os.write(master, b"Why?\n")
        assert process.stdout.readline() == "Blue.\n"
        os.write(master, CTRL_D.encode())
        stdout, stderr = process.communicate(timeout=PATIENCE_S)
    os.close(master)

    assert (process.returncode, stdout) == (0, "")
    assert stderr.startswith("Answers: hf")


def test_a_long_wait_is_told_once(chatting: Shell, service: Conducted) -> None:
    """In a line instead of an animation; not any more after the answer has begun."""
    with plainly(chatting) as terminal:
        answer = terminal.ask("Why?", service.answer())
        terminal.wait_for("Waiting for hf. Ctrl-C stops it.")
        answer.say("Late.").end()
        terminal.wait_for("Late." + PROMPT)
        assert terminal.times("Waiting for") == 1
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


def test_control_c_before_the_first_byte(chatting: Shell, service: Conducted) -> None:
    """A request that nobody answers yet is given up, and the chat goes on."""
    with plainly(chatting) as terminal:
        terminal.ask("Why?", service.answer().stay_silent())
        terminal.send(CTRL_C)
        terminal.wait_for("stopped\n>")
        terminal.enter("So?")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0


def test_control_c_stops_an_answer_that_does_not_stream(
    chatting: Shell, service: Conducted
) -> None:
    """Models that answer at once are no exception."""
    with plainly(chatting, "--no-stream") as terminal:
        terminal.ask("Why?", service.answer().stay_silent())
        terminal.send(CTRL_C)
        terminal.wait_for("stopped\n>")
        terminal.enter("So?")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0


def test_each_answer_begins_afresh(chatting: Shell, service: Conducted) -> None:
    """However many were stopped."""
    with plainly(chatting) as terminal:
        for number in range(3):
            answer = terminal.ask("Why?", service.answer()).say(f"Part {number}\n").wait_closed()
            terminal.wait_for(f"Part {number}")
            terminal.send(CTRL_C)
            terminal.read_until(answer.closed.is_set)
            terminal.read_until(lambda n=number: terminal.times("stopped") == n + 1)
        terminal.enter("Why?")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert told(chatting).count("[interrupted:") == 3


def test_control_c_stops_an_answer_that_nobody_reads(chatting: Shell, service: Conducted) -> None:
    """For example in a pager; the next answer begins on a line of its own."""
    master, slave = pty.openpty()
    with chatting.start("chat", stdin=slave, has_terminal=True) as process:
        os.close(slave)
        assert process.stdout is not None
        assert process.stderr is not None
        service.answer().say(f"{LONG}\n").end()
        os.write(master, b"Why?\n")
        assert process.stdout.read(10) == LONG[:10]
        os.write(master, CTRL_C.encode())
        while "stopped" not in (line := process.stderr.readline()):
            assert line
        os.write(master, b"So?\n")
        cut, answer = process.stdout.readline(), process.stdout.readline()
        os.write(master, CTRL_D.encode())
        process.communicate(timeout=PATIENCE_S)
    os.close(master)

    assert (process.returncode, answer) == (0, "Blue.\n")
    assert len(cut) < len(LONG)
    assert messages(chatting)[1:] == [
        ("assistant", f"{LONG}\n"),
        ("user", "So?"),
        ("assistant", "Blue."),
    ]


def test_two_signals_at_once_stop_one_answer(chatting: Shell, service: Conducted) -> None:
    """The chat goes on after both."""
    with plainly(chatting) as terminal:
        terminal.ask("Why?", service.answer()).say("First\n").wait_closed()
        terminal.wait_for("First")
        for _ in range(2):
            terminal.process.send_signal(signal.SIGINT)
        terminal.wait_for("stopped")
        terminal.enter("So?")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert messages(chatting)[1] == ("assistant", "First\n")


def test_control_c_ends_a_chat_that_does_not_stop(chatting: Shell, tmp_path: Path) -> None:
    """The second says so, and the third ends the process with 130."""
    file = tmp_path / "stuck"
    (tmp_path / "sitecustomize.py").write_text(STUCK)
    with plainly(chatting, PYTHONPATH=str(tmp_path), STUCK_FILE=str(file)) as terminal:
        terminal.enter("Why?")
        terminal.read_until(file.exists)
        terminal.send(CTRL_C)
        terminal.read_until(lambda: file.read_text() == "cancelled")
        terminal.send(CTRL_C)
        terminal.wait_for("Stopping. Ctrl-C once more ends the chat.")
        terminal.send(CTRL_C)
        assert terminal.finish() == 130


def test_control_c_twice_at_the_prompt_says_it_twice(chatting: Shell) -> None:
    """It ends nothing, however often."""
    with plainly(chatting) as terminal:
        for number in range(1, 4):
            terminal.send(CTRL_C)
            terminal.read_until(lambda n=number: terminal.times(LEAVE) == n)
        assert terminal.leave() == 0


def test_control_d_leaves_the_terminal_as_it_was(chatting: Shell) -> None:
    """The exit code is 0."""
    with plainly(chatting) as terminal:
        terminal.enter("/model")
        terminal.wait_for("hf answers")
        assert terminal.leave() == 0
        assert terminal.modes() == terminal.modes_before


@SIGNALS
def test_a_signal_at_the_prompt_ends_it(chatting: Shell, number, code) -> None:
    """Also after Ctrl-C, which says how to leave."""
    with plainly(chatting) as terminal:
        terminal.send(CTRL_C)
        terminal.wait_for(LEAVE)
        terminal.process.send_signal(number)
        assert terminal.finish() == code
        assert terminal.modes() == terminal.modes_before


@SIGNALS
def test_hooks_are_told_why_it_ends(
    chatting: Shell, service: Conducted, tmp_path, number, code
) -> None:
    """The exit code of the signal, and what had arrived is stored before."""
    file = tmp_path / "told"
    write_settings(tmp_path, hooks=setting("SessionEnd", hook(f"cat >{file}")))
    with plainly(chatting) as terminal:
        terminal.ask("Why?", service.answer()).say("First\n").wait_closed()
        terminal.wait_for("First")
        terminal.process.send_signal(number)
        assert terminal.finish() == code

    assert json.loads(file.read_text())["exit_code"] == code
    assert messages(chatting)[1] == ("assistant", "First\n")


def test_a_second_signal_does_not_wait_for_hooks(chatting: Shell, tmp_path) -> None:
    """The process ends at once."""
    file = tmp_path / "pid"
    slow = hook(f"echo $$ >{file}; sleep 100", timeout=60)
    write_settings(tmp_path, hooks=setting("SessionEnd", slow))
    with plainly(chatting) as terminal:
        terminal.process.send_signal(signal.SIGTERM)
        pids_in(file)
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.finish() == 143


IGNORING_SIGHUP = (
    "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


def test_a_terminal_that_is_gone_ends_it(chatting: Shell) -> None:
    """Also with ``nohup``: nobody can enter anything any more."""
    master, slave = pty.openpty()
    command = [sys.executable, "-c", IGNORING_SIGHUP, *chatting.command("chat", "--plain")]
    with subprocess.Popen(
        command, env=chatting.environment, stdin=slave, stdout=slave, stderr=slave
    ) as process:
        os.close(slave)
        shown = b""
        while b"> " not in shown:
            shown += os.read(master, 4096)
        os.close(master)

        assert process.wait(PATIENCE_S) in (0, 1)
