"""Standard output and error that are slow, full, closed or gone."""

import fcntl
import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from ollama_cli.processes.streams import Notes

from ._router import PATIENCE_S, Exchange, Router, answer_blue
from ._shell import Shell, finish

ASK = ("--provider", "hf", "Why?")
LONG = "x" * 300_000
FORMATS = ["text", "json", "stream-json"]
WRITERS = [ASK, ("--help",), ("run", "--help"), ("help",), ("--version",), ("version",)]
CHECKS = [("models", "--provider", "hf"), ("health", "--provider", "hf")]


def without_blocking(descriptor: int) -> int:
    """Make a descriptor non-blocking, as parents do that are written in JavaScript."""
    fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_NONBLOCK)
    return descriptor


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe, whose ends are closed afterwards where they still are open."""
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            close(end)


def close(end: int) -> None:
    """Close an end once."""
    try:
        os.close(end)
    except OSError:
        return


def full(writing: int) -> int:
    """Fill a pipe, so that nothing more goes in."""
    without_blocking(writing)
    for piece in (b"x" * 4096, b"x"):
        try:
            while os.write(writing, piece):
                pass
        except BlockingIOError:
            pass
    return writing


@pytest.fixture
def long_answer(router: Router) -> None:
    """The service answers with more than a pipe holds."""

    @router.chat
    def answer(exchange: Exchange) -> None:
        if not exchange.body["stream"]:
            message = {"role": "assistant", "content": LONG}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            exchange.reply(200, {"model": "org/served", "choices": [choice]})
            return
        exchange.begin_stream()
        exchange.send_text(LONG)
        exchange.end_stream()


@pytest.mark.usefixtures("long_answer")
@pytest.mark.parametrize("output_format", FORMATS)
def test_nothing_is_lost_in_a_pipe_that_does_not_block(shell: Shell, output_format: str) -> None:
    """A non-blocking pipe gets the whole answer, however late it is read."""
    with pipe() as (reading, writing):
        without_blocking(writing)
        with shell.start(*ASK, "--format", output_format, stdout=writing) as process:
            os.close(writing)
            received = b""
            while piece := os.read(reading, 1 << 16):
                received += piece
            result = finish(process)

    assert (result.returncode, result.stderr) == (0, "")
    assert LONG.encode() in received


@pytest.mark.parametrize("arguments", [*WRITERS, *CHECKS], ids=" ".join)
def test_pipe_without_a_reader_is_quiet(shell: Shell, arguments: tuple[str, ...]) -> None:
    """Whatever is written, a reader that is gone ends the command with 0 and without a word."""
    with pipe() as (reading, writing):
        os.close(reading)
        result = shell.run(*arguments, stdout=writing)

    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [*WRITERS, *CHECKS], ids=" ".join)
def test_full_disk_is_an_error(shell: Shell, arguments: tuple[str, ...]) -> None:
    """Whatever is written, a full disk is an error with one line."""
    with Path("/dev/full").open("wb") as disk:
        result = shell.run(*arguments, stdout=disk)

    assert result.returncode == 1
    assert result.stderr == "Error: the result cannot be written: No space left on device\n"


def test_health_without_a_reader_keeps_its_code(shell: Shell) -> None:
    """The exit code of ``health`` is its result, whether or not the text is read."""
    with pipe() as (reading, writing):
        os.close(reading)
        result = shell.run("health", "--provider", "hf", stdout=writing, HF_TOKEN=None)

    assert result.returncode == 3


def redirected(shell: Shell, redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with a redirection that only a shell can express."""
    command = shell.command(*arguments)
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *command],
        env=dict(shell.environment),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=PATIENCE_S,
    )


@pytest.mark.parametrize("redirection", [">&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("arguments", [ASK, ("--help",)], ids=" ".join)
def test_closed_output_is_1(shell: Shell, redirection: str, arguments: tuple[str, ...]) -> None:
    """Nothing is written successfully to a closed standard output."""
    assert redirected(shell, redirection, *arguments).returncode == 1


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "<&- 2>&-"])
@pytest.mark.parametrize(
    ("arguments", "code", "stdout"),
    [
        ((*ASK, "-v"), 0, "Blue.\n"),
        (("--provider", "hff", "Why?"), 2, ""),
        ((*ASK, "-o", "seed=x", "--format", "json"), 2, ""),
    ],
    ids=["answer", "error", "json-error"],
)
def test_error_output_that_fails_changes_nothing(
    shell: Shell, redirection: str, arguments: tuple[str, ...], code: int, stdout: str
) -> None:
    """A closed or full standard error changes neither the result nor the exit code."""
    result = redirected(shell, redirection, *arguments)

    assert (result.returncode, result.stdout) == (code, stdout)


@pytest.mark.parametrize(("arguments", "code"), [((*ASK, "-v"), 0), (("--provider", "hff"), 2)])
def test_error_output_without_a_reader_changes_nothing(
    shell: Shell, arguments: tuple[str, ...], code: int
) -> None:
    """A standard error whose reader is gone changes no exit code."""
    with pipe() as (reading, writing):
        os.close(reading)
        result = shell.run(*arguments, stderr=writing)

    assert result.returncode == code


def test_error_output_that_nobody_reads_is_dropped() -> None:
    """A full pipe that nobody reads stops neither the first line for ever nor any later one."""
    with pipe() as (_, writing):
        full(writing)
        with os.fdopen(os.dup(writing), "wb", buffering=0) as raw:
            notes = Notes(raw, grace_s=0.0)
            assert [notes.write(b"one\n"), notes.write(b"two\n")] == [4, 4]


def test_slow_reader_of_error_output_gets_all() -> None:
    """A pipe that does not block gets every line, if it is read in time."""
    with pipe() as (reading, writing):
        without_blocking(writing)
        received: list[bytes] = []
        reader = Thread(target=lambda: received.append(read_all(reading)))
        reader.start()
        with os.fdopen(os.dup(writing), "wb", buffering=0) as raw:
            Notes(raw, grace_s=PATIENCE_S).write(LONG.encode())
        os.close(writing)
        reader.join(PATIENCE_S)

    assert received == [LONG.encode()]


def read_all(reading: int) -> bytes:
    """Read to the end."""
    return b"".join(iter(lambda: os.read(reading, 4096), b""))


def test_terminal_that_does_not_block_gets_the_answer(shell: Shell) -> None:
    """A terminal in non-blocking mode, for all three streams, shows the answer."""
    ours, theirs = pty.openpty()
    without_blocking(theirs)
    with shell.start(*ASK, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        assert process.wait(PATIENCE_S) == 0
    shown = os.read(ours, 100)
    os.close(theirs)
    os.close(ours)

    assert shown == b"Blue.\r\n"


@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["c", "c-without-utf-8-mode", "posix-without-utf-8-mode"],
)
def test_letters_pass_in_the_locale_c(shell: Shell, router: Router, locale: Any) -> None:
    """The locale C changes neither the prompt nor the answer."""

    @router.chat
    def answer(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text(exchange.body["messages"][0]["content"])
        exchange.send_text(exchange.body["messages"][1]["content"])
        exchange.end_stream()

    result = shell.run(
        "--provider", "hf", "--system", "\u00fc ", "na\u00efve \U0001f30d".encode(), **locale
    )

    assert (result.returncode, result.stdout) == (0, "\u00fc na\u00efve \U0001f30d\n")


@pytest.mark.parametrize("option", [(), ("-m",), ("--system",)])
def test_argument_that_is_not_utf8_is_2(shell: Shell, option: tuple[str, ...]) -> None:
    """Bytes that are not UTF-8 are not sent; the argument is named by its place."""
    result = shell.run("--provider", "hf", "run", *option, b"caf\xe9")

    assert result.returncode == 2
    assert result.stderr.startswith(f"Error: argument {4 + len(option)} is not UTF-8 text: 'caf")


def test_answer_to_everything_is_still_there(shell: Shell, router: Router) -> None:
    """The three streams may be one and the same full pipe without harm to the exit code."""
    router.chat(answer_blue)
    with Path("/dev/full").open("wb") as disk:
        assert shell.run(*ASK, "-v", stdout=disk, stderr=disk).returncode == 1
