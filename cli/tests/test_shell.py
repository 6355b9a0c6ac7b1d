"""What is seen from the shell: exit codes, arrival, interruption, closed pipes."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from ._router import PATIENCE_S, Exchange, Router
from ._shell import TOKEN, Shell, finish

ASK = ("--provider", "hf", "Why is the sky blue?")


def test_answer_is_printed(shell: Shell) -> None:
    """A question gets the model's text, a final newline, and nothing else."""
    result = shell.run(*ASK)

    assert (result.returncode, result.stdout, result.stderr) == (0, "Blue.\n", "")


def test_missing_token_is_3(shell: Shell, router: Router) -> None:
    """Without a token the command exits with 3, and sends nothing."""
    result = shell.run(*ASK, HF_TOKEN=None)

    assert result.returncode == 3
    assert "HF_TOKEN is not set" in result.stderr
    assert router.exchanges == []


def test_nothing_listening_is_4(shell: Shell) -> None:
    """A service that is not there makes it 4."""
    result = shell.run(*ASK, "--timeout", "0.4", HF_BASE_URL="http://127.0.0.1:9/v1")

    assert result.returncode == 4
    assert "cannot be reached" in result.stderr


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        pytest.param(400, {"error": {"message": "bad temperature"}}, 7, id="rejected"),
        pytest.param(401, {"error": "Invalid username or password."}, 3, id="wrong-token"),
        pytest.param(402, {"error": "You have exceeded your credits"}, 6, id="quota"),
        pytest.param(403, {"error": "insufficient permissions"}, 3, id="permission"),
        pytest.param(
            400,
            {"error": {"message": "not supported", "code": "model_not_supported"}},
            5,
            id="model-not-supported",
        ),
        pytest.param(404, {"error": {"message": "no such model"}}, 5, id="model-not-found"),
        pytest.param(429, {"error": "slow down"}, 6, id="rate-limit"),
        pytest.param(503, {"error": "busy"}, 4, id="overloaded"),
        pytest.param(200, {"unexpected": True}, 8, id="not-an-answer"),
    ],
)
def test_error_of_the_service_has_its_code(
    shell: Shell, router: Router, status: int, body: object, code: int
) -> None:
    """Each kind of failure exits with its own code, and leaves standard output empty."""
    router.chat(lambda exchange: exchange.reply(status, body))

    result = shell.run(*ASK)

    assert (result.returncode, result.stdout) == (code, "")
    assert result.stderr.startswith("Error: ")


def test_html_page_is_8(shell: Shell, router: Router) -> None:
    """A page of a proxy, with status 200, is a broken answer."""
    router.chat(lambda exchange: exchange.reply(200, "<html>Welcome</html>", "text/html"))

    result = shell.run(*ASK)

    assert result.returncode == 8
    assert "HTML" in result.stderr


def test_cut_stream_is_8(shell: Shell, router: Router) -> None:
    """A stream that is cut exits with 8; what had arrived is shown as lines of their own."""

    @router.chat
    def cut(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("Because of")

    result = shell.run(*ASK)

    assert (result.returncode, result.stdout) == (8, "Because of\n")
    assert result.stderr.startswith("Error: ")


def test_unknown_provider_is_2(shell: Shell) -> None:
    """A provider that is not installed is a mistake in the command line."""
    result = shell.run("--provider", "hff", "Why?")

    assert result.returncode == 2
    assert "did you mean 'hf'?" in result.stderr


def test_base_url_that_is_none_is_2(shell: Shell) -> None:
    """A base URL that makes no sense is a mistake in the settings."""
    result = shell.run(*ASK, HF_BASE_URL="router.example")

    assert result.returncode == 2
    assert "base URL in the environment variable HF_BASE_URL must look like" in result.stderr


@pytest.mark.parametrize("output_format", ["text", "json", "stream-json"])
def test_token_that_the_service_repeats_is_hidden(
    shell: Shell, router: Router, output_format: str
) -> None:
    """Not even a service that quotes the token in its error makes the command show it."""
    router.chat(lambda exchange: exchange.reply(400, {"error": f"bad key {TOKEN}"}))

    result = shell.run(*ASK, "-v", "--format", output_format)

    assert result.returncode == 7
    assert "bad key" in result.stderr


def test_text_arrives_as_it_is_written(shell: Shell, router: Router) -> None:
    """The first piece is on standard output before the service sends the second."""
    seen = Event()

    @router.chat
    def wait_for_reader(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("first\n")
        if seen.wait(PATIENCE_S):
            exchange.send_text("second")
            exchange.end_stream()

    with shell.start(*ASK) as process:
        first = process.stdout.readline()
        seen.set()
        result = finish(process)

    assert first == "first\n"
    assert (result.returncode, result.stdout) == (0, "second\n")


@pytest.mark.parametrize("output_format", ["text", "stream-json"])
def test_interrupt_is_130(shell: Shell, router: Router, output_format: str) -> None:
    """Ctrl-C exits with 130 and closes the connection, so that the model stops writing."""

    @router.chat
    def write_for_ever(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("first\n")
        exchange.wait_until_closed()

    with shell.start(*ASK, "--format", output_format) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        result = finish(process)

    assert router.closed.wait(PATIENCE_S)
    assert result.returncode == 130
    assert "Traceback" not in result.stderr
    assert "Error" not in result.stderr


def test_letters_that_the_terminal_lacks_are_replaced(shell: Shell, router: Router) -> None:
    """A terminal without a letter gets a question mark, and the rest of the answer."""

    @router.chat
    def answer(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("na\u00efve \U0001f30d!")
        exchange.end_stream()

    result = shell.run(*ASK, PYTHONIOENCODING="ascii")

    assert (result.returncode, result.stdout) == (0, "na?ve ?!\n")


def test_interrupt_before_the_answer_is_130(shell: Shell, router: Router) -> None:
    """Ctrl-C ends the wait for a service that does not answer."""
    asked = Event()

    @router.chat
    def stay_silent(exchange: Exchange) -> None:
        asked.set()
        exchange.wait_until_closed()

    with shell.start(*ASK, "--format", "json") as process:
        assert asked.wait(PATIENCE_S)
        process.send_signal(signal.SIGINT)
        result = finish(process)

    assert router.closed.wait(PATIENCE_S)
    assert (result.returncode, result.stdout) == (130, "")
    assert json.loads(result.stderr)["error"]["type"] == "Interrupted"


def test_closed_pipe_is_quiet(shell: Shell, router: Router) -> None:
    """A reader that has seen enough ends the command without a word, and the connection."""
    gone = Event()

    @router.chat
    def write_on(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("first\n")
        if gone.wait(PATIENCE_S):
            exchange.send_text("second\n")
            exchange.wait_until_closed()

    with shell.start(*ASK) as process:
        process.stdout.readline()
        process.stdout.close()
        gone.set()
        _, stderr = process.communicate(timeout=PATIENCE_S)

    assert router.closed.wait(PATIENCE_S)
    assert (process.returncode, stderr) == (0, "")


def test_failure_beside_a_closed_pipe_is_told(shell: Shell, router: Router) -> None:
    """A reader that is gone does not hide a failure."""
    gone = Event()

    @router.chat
    def cut(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("first")
        gone.wait(PATIENCE_S)

    with shell.start(*ASK, "--format", "stream-json") as process:
        process.stdout.readline()
        process.stdout.readline()
        process.stdout.close()
        gone.set()
        _, stderr = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 8
    assert json.loads(stderr)["error"]["type"] == "StreamInterruptedError"


def test_result_that_cannot_be_written_is_an_error(shell: Shell, tmp_path: Path) -> None:
    """An answer that nobody gets is no success, and no quiet end."""
    target = tmp_path / "read-only"
    target.touch()
    with target.open() as unwritable:
        result = shell.run(*ASK, stdout=unwritable)

    assert result.returncode == 1
    assert result.stderr == "Error: the result cannot be written: Bad file descriptor\n"


def run_with(redirection: str, shell: Shell) -> subprocess.CompletedProcess[str]:
    """Run the command with a redirection that only a shell can express."""
    command = [sys.executable, "-m", "ollama_cli", *ASK]
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *command],
        env=dict(shell.environment),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=PATIENCE_S,
    )


def test_closed_input_is_none(shell: Shell) -> None:
    """Without standard input the words are the prompt."""
    assert run_with("<&-", shell).stdout == "Blue.\n"


def test_closed_output_is_an_error(shell: Shell) -> None:
    """Without standard output there is no success either."""
    result = run_with(">&-", shell)

    assert result.returncode == 1
    assert result.stderr == "Error: the result cannot be written: standard output is closed\n"


def test_health_of_a_sound_provider_is_0(shell: Shell) -> None:
    """A token that the Hub accepts and a router that answers are health."""
    result = shell.run("health", "--provider", "hf")

    assert (result.returncode, result.stdout, result.stderr) == (0, "hf: ok\n", "")


def test_health_with_a_rejected_token_is_3(shell: Shell, router: Router) -> None:
    """A token that the Hub rejects is the problem, and the service's words tell it."""
    router.scripts["/api/whoami-v2"] = lambda exchange: exchange.reply(
        401, {"error": "\x1b[31mInvalid credentials"}
    )

    result = shell.run("health", "--provider", "hf")

    assert result.returncode == 3
    assert result.stdout.startswith("hf: not ok: Invalid credentials.")


def test_health_without_a_service_is_4(shell: Shell) -> None:
    """A router that is not there is no problem of the token."""
    result = shell.run("health", "--provider", "hf", HF_BASE_URL="http://127.0.0.1:9/v1")

    assert result.returncode == 4


def test_models_are_listed(shell: Shell) -> None:
    """A provider's models are shown, an id a line."""
    result = shell.run("models", "--provider", "hf")

    assert (result.returncode, result.stdout, result.stderr) == (0, "org/one\n", "")
