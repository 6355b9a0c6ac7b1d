"""Signals that end the command: SIGTERM of other programs, and SIGHUP of a terminal that closes."""

import json
import signal
import subprocess
import sys
from threading import Event

import pytest

from ._hooks import hook, setting
from ._processes import pids_in
from ._router import PATIENCE_S, Exchange, Router
from ._settings import write_settings
from ._shell import Shell, finish
from .test_streams import pipe

ASK = ("--provider", "hf", "Why?")
ENDING = [(signal.SIGTERM, 143), (signal.SIGHUP, 129)]
ends = pytest.mark.parametrize(("number", "code"), ENDING, ids=["SIGTERM", "SIGHUP"])


@pytest.fixture
def begun(router: Router) -> None:
    """The service begins an answer, and goes on when the connection is closed."""

    @router.chat
    def answer(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("Begun\n")
        exchange.wait_until_closed()


def turn(shell: Shell) -> dict:
    """Return what is stored of the only session."""
    listed = json.loads(shell.run("sessions", "list", "--format", "json").stdout)
    (session,) = listed["sessions"]
    return json.loads(shell.run("sessions", "show", session["id"], "--format", "json").stdout)


@ends
def test_an_answer_that_has_begun_is_kept_and_marked(own, router, begun, number, code) -> None:
    """The connection is closed, and what arrived is stored as interrupted."""
    with own.start(*ASK) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        result = finish(process)

    assert (result.returncode, result.stderr) == (code, "")
    assert router.closed.wait(PATIENCE_S)
    answer = turn(own)["messages"][-1]
    assert (answer["content"], answer["interrupted"]) == ("Begun\n", True)


@ends
def test_a_request_without_an_answer_is_given_up(own, router, number, code) -> None:
    """Before the first byte of an answer, the connection is closed too."""
    asked = Event()

    @router.chat
    def wait(exchange: Exchange) -> None:
        asked.set()
        exchange.wait_until_closed()

    with own.start(*ASK) as process:
        assert asked.wait(PATIENCE_S)
        process.send_signal(number)
        result = finish(process)

    assert (result.returncode, result.stdout, result.stderr) == (code, "", "")
    assert router.closed.wait(PATIENCE_S)


@ends
def test_the_wait_for_input_ends(own, number, code) -> None:
    """Nobody has to close standard input."""
    with (
        pipe() as (reading, _),
        own.start(
            "--provider", "hf", stdin=reading, python=("-X", "importtime"), PYTHONWARNINGS=None
        ) as process,
    ):
        assert process.stderr is not None
        for line in process.stderr:
            if line.endswith("ollama_cli.inputs.stdin\n"):
                process.send_signal(number)
                break
        result = finish(process)

    assert result.returncode == code
    assert "Traceback" not in result.stderr


@ends
def test_hooks_are_told_that_the_session_ends(own, tmp_path, begun, number, code) -> None:
    """They get the exit code."""
    told = tmp_path / "told"
    write_settings(tmp_path, hooks=setting("SessionEnd", hook(f"cat >{told}")))

    with own.start(*ASK) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        finish(process)

    assert json.loads(told.read_text())["exit_code"] == code


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once(own, tmp_path, begun, second) -> None:
    """It does not wait for a hook, and neither does Ctrl-C."""
    file = tmp_path / "pid"
    slow = hook(f"echo $$ >{file}; sleep 100", timeout=60)
    write_settings(tmp_path, hooks=setting("SessionEnd", slow))

    with own.start(*ASK) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        pids_in(file)
        process.send_signal(second)
        result = finish(process)

    assert result.returncode == 143


def test_with_json_one_object_says_so(own, begun) -> None:
    """The error has the form of every other."""
    with own.start(*ASK, "--format", "stream-json") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "Begun" in line:
                break
        process.send_signal(signal.SIGTERM)
        result = finish(process)

    assert result.returncode == 143
    assert json.loads(result.stderr)["error"]["type"] == "Interrupted"


def test_an_answer_that_nobody_reads_is_given_up(own, router: Router) -> None:
    """A reader that pauses does not keep the command alive."""
    sent = Event()

    @router.chat
    def answer(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("x" * 300_000)
        exchange.end_stream()
        sent.set()

    with pipe() as (_, writing), own.start(*ASK, stdout=writing) as process:
        assert sent.wait(PATIENCE_S)
        process.send_signal(signal.SIGTERM)
        result = finish(process)

    assert (result.returncode, result.stderr) == (143, "")


def test_a_hang_up_that_the_parent_ignores_is_ignored(own, router: Router) -> None:
    """A command that was started with ``nohup`` goes on."""
    asked, go_on = Event(), Event()
    program = (
        "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )

    @router.chat
    def answer(exchange: Exchange) -> None:
        asked.set()
        go_on.wait(PATIENCE_S)
        exchange.begin_stream()
        exchange.send_text("Blue.")
        exchange.end_stream()

    with subprocess.Popen(
        [sys.executable, "-c", program, *own.command(*ASK)],
        env=dict(own.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert asked.wait(PATIENCE_S)
        process.send_signal(signal.SIGHUP)
        go_on.set()
        result = finish(process)

    assert (result.returncode, result.stdout) == (0, "Blue.\n")
