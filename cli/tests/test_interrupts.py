"""Ctrl-C at every moment."""

import asyncio
import json
import signal
import subprocess
import sys
from threading import Event

import click
import pytest
from ollama_cli.processes import interrupts
from ollama_cli.processes.loop import run
from ollama_cli.terminal.failures import report

from ._router import PATIENCE_S, Exchange, Router
from ._shell import Shell, finish
from .test_streams import LONG, pipe, without_blocking

ASK = ("--provider", "hf", "Why?")
MOMENTS = ["ollama_cli.processes.streams", "click.core", "provider_sdk.decoding", "asyncio.tasks"]
FORMATS = ["text", "json", "stream-json"]


@pytest.fixture
def silent(router: Router) -> None:
    """The service does not answer."""
    router.chat(lambda exchange: exchange.wait_until_closed())


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("module", MOMENTS)
@pytest.mark.parametrize("output_format", ["text", "json"])
def test_interrupt_while_starting_is_130(shell: Shell, module: str, output_format: str) -> None:
    """Ctrl-C while modules are imported exits with 130, and with json reports one object."""
    python = ("-X", "importtime")
    with shell.start(*ASK, "--format", output_format, python=python) as process:
        for line in process.stderr:
            if line.rpartition("|")[2].strip() == module:
                process.send_signal(signal.SIGINT)
                break
        result = finish(process)

    lines = [line for line in result.stderr.splitlines() if not line.startswith("import time:")]
    assert result.returncode == 130
    if output_format == "text":
        assert lines == []
    else:
        assert [json.loads(line)["error"]["type"] for line in lines] == ["Interrupted"]


@pytest.mark.parametrize("output_format", FORMATS)
def test_interrupt_while_input_is_awaited_is_130(shell: Shell, output_format: str) -> None:
    """Ctrl-C ends the wait for standard input."""
    with (
        pipe() as (reading, _),
        shell.start(
            *ASK, "--format", output_format, stdin=reading, python=("-X", "importtime")
        ) as process,
    ):
        for line in process.stderr:
            if line.endswith("ollama_cli.inputs.stdin\n"):
                process.send_signal(signal.SIGINT)
                break
        result = finish(process)

    assert result.returncode == 130
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "non-blocking"])
@pytest.mark.parametrize("output_format", FORMATS)
def test_interrupt_while_nobody_reads_is_130(
    shell: Shell, router: Router, output_format: str, blocking: bool
) -> None:
    """Ctrl-C ends a command whose reader pauses, for example in a pager."""
    sent = Event()

    @router.chat
    def answer(exchange: Exchange) -> None:
        if exchange.body["stream"]:
            exchange.begin_stream()
            exchange.send_text(LONG)
            exchange.end_stream()
        else:
            message = {"role": "assistant", "content": LONG}
            exchange.reply(200, {"choices": [{"message": message, "finish_reason": "stop"}]})
        sent.set()

    with pipe() as (_, writing):
        if not blocking:
            without_blocking(writing)
        with shell.start(*ASK, "--format", output_format, stdout=writing) as process:
            assert sent.wait(PATIENCE_S)
            process.send_signal(signal.SIGINT)
            result = finish(process)

    assert result.returncode == 130
    assert "Traceback" not in result.stderr


def test_interrupt_that_the_parent_ignores_is_ignored(shell: Shell, router: Router) -> None:
    """A command that a shell started in the background is not ended by Ctrl-C."""
    command = shell.command(*ASK)
    program = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    asked, go_on = Event(), Event()

    @router.chat
    def answer(exchange: Exchange) -> None:
        asked.set()
        go_on.wait(PATIENCE_S)
        exchange.begin_stream()
        exchange.send_text("Blue.")
        exchange.end_stream()

    with subprocess.Popen(
        [sys.executable, "-c", program, *command],
        env=dict(shell.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert asked.wait(PATIENCE_S)
        process.send_signal(signal.SIGINT)
        go_on.set()
        result = finish(process)

    assert (result.returncode, result.stdout) == (0, "Blue.\n")


def test_interrupt_in_the_last_step_is_an_interrupt() -> None:
    """A coroutine that is cancelled just before it returns counts as interrupted."""

    async def work() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    with pytest.raises(click.Abort):
        run(work())


def test_thread_that_cannot_be_stopped_is_not_awaited() -> None:
    """A result is returned while a thread of the loop, such as a name look-up, still runs."""
    held = Event()

    async def work() -> str:
        asyncio.get_running_loop().run_in_executor(None, held.wait)
        return "done"

    try:
        assert run(work()) == "done"
    finally:
        held.set()


def test_name_lookup_that_hangs_does_not_outlive_the_timeout(shell: Shell, tmp_path) -> None:
    """The process ends after ``--timeout``, although a name look-up still runs in a thread."""
    (tmp_path / "sitecustomize.py").write_text(
        "import socket, threading\nsocket.getaddrinfo = lambda *_, **__: threading.Event().wait()\n"
    )
    result = shell.run(
        *ASK, "--timeout", "0.2", PYTHONPATH=str(tmp_path), HF_BASE_URL="https://hub.example/v1"
    )

    assert result.returncode == 4


def test_early_report_is_the_usual_one(capsys: pytest.CaptureFixture[str]) -> None:
    """The error that is written before the other modules are there is the same as later."""
    report(KeyboardInterrupt(), ["--format", "json"])

    assert capsys.readouterr().err == "{" + interrupts.ERROR


def test_a_scope_that_ends_leaves_nothing_pressed() -> None:
    """Ctrl-C that stopped one thing interrupts nothing of what follows."""
    interrupts.install()
    heard: list[str] = []
    with (
        interrupts.Cancelling(lambda: heard.append("outer"), presses=None, error=OSError),
        interrupts.Cancelling(lambda: heard.append("inner"), presses=2, error=OSError),
    ):
        before = interrupts.answer()
        signal.raise_signal(signal.SIGINT)
        assert interrupts.is_pressed()
        with interrupts.Cancelling(lambda: heard.append("innermost"), error=OSError):
            assert not interrupts.is_pressed()
            assert interrupts.answer() != before
            signal.raise_signal(signal.SIGINT)
        assert not interrupts.is_pressed()
        assert heard == ["inner", "innermost"]
