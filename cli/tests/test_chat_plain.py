"""The chat in lines, in a pipe: messages come in, answers go out, and all else is on stderr."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ._chat_terminal import messages
from ._conducted import Conducted, said
from ._router import PATIENCE_S
from ._shell import Shell, finish
from .test_streams import LONG, pipe

WHY, BECAUSE = ("user", "Why?"), ("assistant", "Blue.")


def piped(
    shell: Shell, data: bytes | str, *arguments: str, **changes: Any
) -> subprocess.CompletedProcess[str]:
    """Run the chat with this on its standard input."""
    data = data.encode() if isinstance(data, str) else data
    with shell.start("chat", *arguments, stdin=subprocess.PIPE, **changes) as process:
        assert process.stdin is not None
        try:
            process.stdin.buffer.write(data)
            process.stdin.buffer.flush()
        except BrokenPipeError:
            pass  # it ended before it had read all
        return finish(process)


def test_each_line_is_a_message(chatting: Shell, service: Conducted) -> None:
    """One after the other, in one conversation; only answers are on standard output."""
    result = piped(chatting, "Why?\nAnd then?\n")

    assert (result.returncode, result.stdout, result.stderr) == (0, "Blue.\nBlue.\n", "")
    assert service.asked == [[WHY], [WHY, BECAUSE, ("user", "And then?")]]


def test_it_needs_no_docstrings(chatting: Shell) -> None:
    """With ``python -OO`` slash commands work; only their help is empty."""
    result = piped(chatting, "/help\n/quit\n", python=["-OO"])

    assert (result.returncode, result.stderr) == (0, "")
    assert "/quit" in result.stdout


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("Why?", ["Why?"]),
        ("Why?\r\nSo?\r\n", ["Why?", "So?"]),
        ("\n  \nWhy?\n\n", ["Why?"]),
        ("\ufeffWhy?\n", ["Why?"]),
        ('"""one\n\n  two"""\nthree\n', ["one\n\n  two", "three"]),
        ('"""\none\ntwo\n"""\n', ["one\ntwo"]),
        ('"""one"""\ntwo\n', ["one", "two"]),
        ('""""""\ntwo\n', ["two"]),
        ('"""/quit"""\ntwo\n', ["/quit", "two"]),
        ("one\\\ntwo\\\nthree\nfour\n", ["one\ntwo\nthree", "four"]),
        ("C:\\\\\nnext\n", ["C:\\\\", "next"]),
        ("C:\\", ["C:\\"]),
        ("  indented\n", ["  indented"]),
        ("Grüße 空\n", ["Grüße 空"]),
    ],
    ids=repr,
)
def test_lines_become_messages(chatting: Shell, service: Conducted, data, expected) -> None:
    """Quotes and backslashes join lines; what is blank is not sent."""
    result = piped(chatting, data)

    assert (result.returncode, result.stderr) == (0, "")
    assert said(service) == expected


@pytest.mark.parametrize(
    ("data", "problem", "expected"),
    [
        (b"Why?\n\xff\xfa\nSo?\n", "line 2 is not UTF-8 text", ["Why?", "So?"]),
        (b"a\0b\nSo?\n", "line 1 is not text: character 1 is NUL", ["So?"]),
        (b'"""a\n\xff"""\nSo?\n', "line 2 is not UTF-8 text", ["So?"]),
        (b'Why?\n"""a\nb\n', 'is not sent, because the """ at its beginning', ["Why?"]),
        (b"x" * ((16 << 20) + 1) + b"\nSo?\n", "line 1 is longer than 16777216 bytes", ["So?"]),
        (
            b'"""' + (b"x" * (9 << 20) + b"\n") * 2 + b'"""\nSo?\n',
            "is not sent, because it is longer than 16777216 characters",
            ["So?"],
        ),
    ],
    ids=["not UTF-8", "NUL", "not UTF-8 within quotes", "open quotes", "long line", "long message"],
)
def test_a_message_that_cannot_be_sent(
    chatting: Shell, service: Conducted, data, problem, expected
) -> None:
    """One line says why, the others are sent, and the exit code is 2."""
    result = piped(chatting, data)

    assert said(service) == expected
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert result.stderr.startswith("Error: ")
    assert problem in result.stderr


def test_nothing_is_asked_of_an_empty_input(chatting: Shell, service: Conducted) -> None:
    """Its end leaves with 0."""
    result = piped(chatting, "")

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert service.asked == []


def test_a_closed_input_has_ended(chatting: Shell, service: Conducted) -> None:
    """The words are answered, and the chat ends."""
    command = ["sh", "-c", 'exec "$@" <&-', "sh", *chatting.command("chat", "Why?")]
    result = subprocess.run(
        command, env=chatting.environment, capture_output=True, timeout=PATIENCE_S, check=False
    )

    assert (result.returncode, result.stdout, result.stderr) == (0, b"Blue.\n", b"")


def test_an_input_that_cannot_be_read_is_an_error(chatting: Shell, tmp_path) -> None:
    """In one line, with 2."""
    with (tmp_path / "out").open("wb") as write_only:
        result = chatting.run("chat", stdin=write_only)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "Error: standard input cannot be read: Bad file descriptor\n"


def test_a_file_as_input(chatting: Shell, service: Conducted, tmp_path) -> None:
    """Is read like a pipe."""
    (tmp_path / "script").write_text("Why?\nSo?")
    with (tmp_path / "script").open("rb") as file:
        result = chatting.run("chat", stdin=file)

    assert (result.returncode, result.stdout) == (0, "Blue.\nBlue.\n")


def test_an_answer_comes_before_the_next_line(chatting: Shell, service: Conducted) -> None:
    """Whoever writes line by line gets each answer before writing on."""
    with chatting.start("chat", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        answers = []
        for text in ("Why?", "So?"):
            process.stdin.write(f"{text}\n")
            process.stdin.flush()
            answers.append(process.stdout.readline())
        result = finish(process)

    assert (result.returncode, answers) == (0, ["Blue.\n", "Blue.\n"])


def test_piped_line_attaches_no_hidden_file(chatting: Shell, service: Conducted, tmp_path) -> None:
    """The exit code says that a line could not be done."""
    (tmp_path / ".env").write_text("canary")

    result = piped(chatting, f"/file {tmp_path}/.env\nWhy?\n")

    assert result.returncode == 2
    assert ".env is not attached, because it " in result.stderr
    assert said(service) == ["Why?"]


def test_piped_text_mentions_no_file(chatting: Shell, service: Conducted, tmp_path) -> None:
    """Only what somebody types attaches a file."""
    (tmp_path / "empty" / "note.txt").write_text("a secret")
    piped(chatting, "Read @note.txt\n")

    assert said(service) == ["Read @note.txt"]


def test_the_last_failure_is_the_exit_code(chatting: Shell, service: Conducted) -> None:
    """A message that failed is told, the next is sent all the same."""
    service.answer().refuse(404, "model not found")
    service.answer().refuse(400, "bad request")
    result = piped(chatting, "one\ntwo\nthree\n")

    assert said(service) == ["one", "two", "three"]
    assert (result.returncode, result.stdout) == (7, "Blue.\n")
    assert [line[:7] for line in result.stderr.splitlines()] == ["Error: "] * 2


def test_slash_commands_are_heard(chatting: Shell, service: Conducted) -> None:
    """After /quit nothing is sent."""
    result = piped(chatting, "/model org/other\nWhy?\n/quit\nSo?\n")

    assert said(service) == ["Why?"]
    assert service.exchanges[-1].body["model"] == "org/other"
    assert result.returncode == 0


def test_an_unknown_slash_command_is_2(chatting: Shell, service: Conducted) -> None:
    """It is not sent to a model."""
    result = piped(chatting, "/modle x\n")

    assert (result.returncode, service.asked) == (2, [])
    assert "/modle is not known here" in result.stderr


def test_a_reader_that_is_gone_ends_it_quietly(chatting: Shell, service: Conducted) -> None:
    """What follows is not asked: nobody would see the answer."""
    with pipe() as (reading, writing):
        os.close(reading)
        with chatting.start("chat", stdin=subprocess.PIPE, stdout=writing) as process:
            result = finish_after(process, "Why?\nSo?\nAnd?\n")

    assert (result.returncode, result.stderr) == (0, "")
    assert said(service) == ["Why?"]


def test_a_full_disk_ends_it(chatting: Shell, service: Conducted) -> None:
    """With one line and 1."""
    with (
        Path("/dev/full").open("wb") as disk,
        chatting.start("chat", stdin=subprocess.PIPE, stdout=disk) as process,
    ):
        result = finish_after(process, "Why?\nSo?\n")

    assert result.returncode == 1
    assert result.stderr == "Error: the result cannot be written: No space left on device\n"
    assert said(service) == ["Why?"]


def finish_after(process: subprocess.Popen[str], data: str) -> subprocess.CompletedProcess[str]:
    """Write to a process, and wait for its end."""
    assert process.stdin is not None
    process.stdin.write(data)
    process.stdin.flush()
    return finish(process)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_it_while_it_waits(chatting: Shell, number, code) -> None:
    """Without a word."""
    with chatting.start("chat", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("Why?\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(number)
        process.wait(PATIENCE_S)
        result = finish(process)

    assert (result.returncode, result.stdout, result.stderr) == (code, "", "")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_it_while_it_streams(
    chatting: Shell, service: Conducted, number, code
) -> None:
    """What had arrived is kept and marked, the connection is closed, no further line is sent."""
    answer = service.answer().say("Begun\n").wait_closed()
    with chatting.start("chat", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("Why?\nSo?\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(number)
        process.wait(PATIENCE_S)
        result = finish(process)

    assert (result.returncode, result.stderr) == (code, "")
    assert answer.closed.wait(PATIENCE_S)
    assert messages(chatting) == [WHY, ("assistant", "Begun\n")]
    assert said(service) == ["Why?"]


def test_reasoning_is_whole_lines_on_standard_error(chatting: Shell, service: Conducted) -> None:
    """Apart from the answer."""
    answer = service.answer().think("First ").think("this.\nThen").say("Bl").say("ue.\nSky").end()
    result = piped(chatting, "Why?\n", "--show-reasoning")

    assert answer.asked.is_set()
    assert (result.stdout, result.stderr) == ("Blue.\nSky\n", "First this.\nThen\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_while_nobody_reads(
    chatting: Shell, service: Conducted, number, code
) -> None:
    """A reader that pauses does not keep it alive."""
    service.answer().say(f"{LONG}\n").end()
    with chatting.start("chat", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("Why?\nSo?\n")
        process.stdin.flush()
        process.stdout.read(10)
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == code
        result = finish(process)

    assert result.stderr == ""
    assert said(service) == ["Why?"]
