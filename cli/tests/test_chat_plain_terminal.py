"""The chat in lines while somebody types: what waits, Ctrl-C, and terminals that go."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ._chat_terminal import CTRL_C, CTRL_D, ENTER, ChatTerminal, messages, told
from ._conducted import Conducted
from ._hooks import hook, setting
from ._processes import pids_in
from ._router import PATIENCE_S
from ._settings import write_settings
from ._shell import Shell
from .test_streams import LONG

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

PROMPT = "\n>"
LEAVE = "To leave, press Ctrl-D or enter /quit."


def plainly(shell: Shell, *arguments: str, **changes: str | None) -> ChatTerminal:
    """Start the chat, and return when it waits."""
    terminal = ChatTerminal(shell, "--plain", *arguments, **changes)
    terminal.wait_for(PROMPT)
    return terminal


def said(service: Conducted) -> list[str]:
    """Return the newest message of each call."""
    return [call[-1][1] for call in service.asked]


def test_what_is_typed_meanwhile_is_sent_next(chatting: Shell, service: Conducted) -> None:
    """A line says that it waits."""
    with plainly(chatting) as terminal:
        answer = terminal.ask("Why?", service.answer()).say("First\n")
        terminal.wait_for("First")
        terminal.enter("So?")
        terminal.wait_for("This is sent after the answer.")
        answer.say("line.\n").end()
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert said(service) == ["Why?", "So?"]


def test_what_waits_is_not_sent_after_control_c(chatting: Shell, service: Conducted) -> None:
    """It is told, so that it can be entered again."""
    with plainly(chatting) as terminal:
        answer = terminal.ask("Why?", service.answer()).say("First\n").wait_closed()
        terminal.wait_for("First")
        terminal.enter("So?")
        terminal.wait_for("This is sent after the answer.")
        terminal.send(CTRL_C)
        terminal.wait_for("Not sent: So?")
        terminal.read_until(answer.closed.is_set)
        assert terminal.leave() == 0

    assert said(service) == ["Why?"]


def test_what_waits_is_not_sent_after_control_d(chatting: Shell, service: Conducted) -> None:
    """The answer is stopped, its part is kept, and the chat is left."""
    with plainly(chatting) as terminal:
        terminal.ask("Why?", service.answer()).say("First\n").wait_closed()
        terminal.wait_for("First")
        terminal.enter("So?")
        terminal.wait_for("This is sent after the answer.")
        assert terminal.leave() == 0
        assert "Not sent: So?" in terminal.text()

    assert said(service) == ["Why?"]
    assert messages(chatting) == [("user", "Why?"), ("assistant", "First\n")]


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


def test_a_long_wait_is_told_once(chatting: Shell, service: Conducted) -> None:
    """In a line instead of an animation; not any more after the answer has begun."""
    with plainly(chatting) as terminal:
        answer = terminal.ask("Why?", service.answer())
        terminal.wait_for("Waiting for hf. Ctrl-C stops it.")
        answer.say("Late.").end()
        terminal.wait_for("Late." + PROMPT)
        assert terminal.times("Waiting for") == 1
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


def test_control_c_twice_at_the_prompt_says_it_twice(chatting: Shell) -> None:
    """It ends nothing, however often."""
    with plainly(chatting) as terminal:
        for number in range(1, 4):
            terminal.send(CTRL_C)
            terminal.read_until(lambda n=number: terminal.times(LEAVE) == n)
        assert terminal.leave() == 0


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


def test_a_message_that_is_not_complete_is_forgotten(chatting: Shell, service: Conducted) -> None:
    """Ctrl-C clears it."""
    with plainly(chatting) as terminal:
        terminal.enter('"""one')
        terminal.wait_for("\n...")
        terminal.send(CTRL_C)
        terminal.wait_for(LEAVE + PROMPT)
        terminal.enter("two")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert said(service) == ["two"]


def test_a_message_of_several_lines(chatting: Shell, service: Conducted) -> None:
    """Further lines have another prompt."""
    with plainly(chatting) as terminal:
        terminal.enter("one\\")
        terminal.wait_for("\n...")
        terminal.enter("two")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert said(service) == ["one\ntwo"]


@pytest.mark.parametrize("rest", ["", "ee"])
def test_pasted_lines_are_one_message(chatting: Shell, service: Conducted, rest) -> None:
    """They wait for an empty line, because the last one is often not ended; they name no file."""
    Path("note.txt").write_text("a note")
    with plainly(chatting) as terminal:
        terminal.send("/quit @note.txt\r\rtwo\\\rthr" + ("" if rest else "ee\r"))
        terminal.wait_for("These lines are one message. An empty line sends it, Ctrl-C forgets it.")
        if rest:
            terminal.enter(rest)
        terminal.read_until(lambda: terminal.times("...") == 1 + bool(rest))
        terminal.enter("")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert said(service) == ["/quit @note.txt\n\ntwo\\\nthree"]


def test_a_slash_in_quotes_calls_no_command(chatting: Shell, service: Conducted) -> None:
    """The rest was typed all the same, so it may mention a file."""
    Path("note.txt").write_text("a note")
    with plainly(chatting) as terminal:
        terminal.enter('"""/quit @note.txt"""')
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert "/quit @note.txt" in said(service)[0]
    assert "a note" in said(service)[0]


def test_pasted_quotes_need_no_empty_line(chatting: Shell, service: Conducted) -> None:
    """Where they end is known."""
    with plainly(chatting) as terminal:
        terminal.send('"""one\r\rtwo"""\r')
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert said(service) == ["one\n\ntwo"]


def test_control_c_forgets_a_paste(chatting: Shell, service: Conducted) -> None:
    """What is entered next is a message of its own."""
    with plainly(chatting) as terminal:
        terminal.send("one\rtwo\r")
        terminal.wait_for("These lines are one message.")
        terminal.send(CTRL_C)
        terminal.wait_for(LEAVE + PROMPT)
        terminal.enter("Why?")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert said(service) == ["Why?"]


def test_control_d_after_a_paste_leaves(chatting: Shell, service: Conducted) -> None:
    """It is not sent, and a line says so."""
    with plainly(chatting) as terminal:
        terminal.send("one\rtwo\r")
        terminal.wait_for("These lines are one message.")
        assert terminal.leave() == 0
        assert "the pasted lines are not sent" in terminal.text()

    assert service.asked == []


def test_control_d_within_quotes_leaves(chatting: Shell, service: Conducted) -> None:
    """The message is not sent, and a line says so."""
    with plainly(chatting) as terminal:
        terminal.enter('"""one')
        terminal.wait_for("\n...")
        assert terminal.leave() == 0
        assert "is not sent" in terminal.text()

    assert service.asked == []


@pytest.mark.parametrize(("answer", "is_attached"), [("y", True), ("", False), ("Yes", True)])
def test_a_question_is_answered_by_a_line(
    chatting: Shell, service: Conducted, answer, is_attached
) -> None:
    """And the line is not a message."""
    Path(".hidden").write_text("a secret")
    with plainly(chatting) as terminal:
        terminal.enter("Read @.hidden")
        terminal.wait_for("[y/N]")
        terminal.enter(answer)
        terminal.wait_for("Blue." if is_attached else "Error: ")
        assert terminal.leave() == 0

    assert len(service.asked) == is_attached
    assert all("a secret" in call[-1][1] for call in service.asked)


def test_control_d_at_a_question_is_no(chatting: Shell, service: Conducted) -> None:
    """The chat is left."""
    Path(".hidden").write_text("a secret")
    with plainly(chatting) as terminal:
        terminal.enter("Read @.hidden")
        terminal.wait_for("[y/N]")
        assert terminal.leave() == 0

    assert service.asked == []


def test_a_typed_mention_attaches_a_file(chatting: Shell, service: Conducted) -> None:
    """As in every prompt."""
    Path("note.txt").write_text("a note")
    with plainly(chatting) as terminal:
        terminal.enter("Read @note.txt")
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert "a note" in service.asked[0][-1][1]


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


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_at_the_prompt_ends_it(chatting: Shell, number, code) -> None:
    """Also after Ctrl-C, which says how to leave."""
    with plainly(chatting) as terminal:
        terminal.send(CTRL_C)
        terminal.wait_for(LEAVE)
        terminal.process.send_signal(number)
        assert terminal.finish() == code
        assert terminal.modes() == terminal.modes_before


def test_hooks_are_told_why_it_ends(chatting: Shell, service: Conducted, tmp_path) -> None:
    """The exit code of the signal, and what had arrived is stored before."""
    file = tmp_path / "told"
    write_settings(tmp_path, hooks=setting("SessionEnd", hook(f"cat >{file}")))
    with plainly(chatting) as terminal:
        terminal.ask("Why?", service.answer()).say("First\n").wait_closed()
        terminal.wait_for("First")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.finish() == 143

    assert '"exit_code": 143' in file.read_text() or '"exit_code":143' in file.read_text()
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


def test_reasoning_has_no_styles(chatting: Shell, service: Conducted) -> None:
    """It comes in whole lines, before the answer."""
    with plainly(chatting, "--show-reasoning") as terminal:
        terminal.ask("Why?", service.answer()).think("First ").think("this.").say("Blue.").end()
        terminal.wait_for("First this.\nBlue.")
        assert terminal.leave() == 0
        assert b"\x1b" not in terminal.written


def test_a_line_longer_than_the_terminal_takes(chatting: Shell, service: Conducted) -> None:
    """Up to what the system lets somebody type in one line, nothing is lost."""
    text = "x" * 4000
    with plainly(chatting) as terminal:
        terminal.send(text + ENTER)
        terminal.wait_for("Blue.")
        assert terminal.leave() == 0

    assert said(service) == [text]


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
