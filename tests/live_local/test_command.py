"""The installed command in front of a real server."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ._server import CONTEXT, MODEL, PATIENCE_S, Server

ASK = ("--provider", "hf", "-m", MODEL, "Why is the sky blue?")
SHORT = ("-o", "max_tokens=12")
REPEATABLE = ("-o", "temperature=0", "-o", "seed=1", "-o", 'extra_body={"cache_prompt": false}')
ENDLESS = ("-o", 'extra_body={"ignore_eos": true}')

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(server: Server, tmp_path: Path) -> dict[str, str]:
    """An empty home, and variables for the server alone."""
    return {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "HF_TOKEN": server.key,
        "HF_BASE_URL": server.base_url,
        "HF_ENDPOINT": server.address,
    }


@pytest.fixture
def run(environment: dict[str, str], server: Server, tmp_path: Path) -> Run:
    """Run the command to its end; keywords replace variables, ``None`` removes one."""

    def run(*arguments: str, stdin: str = "", **variables: str | None):
        changed = {**environment, **variables}
        result = subprocess.run(
            [_command(), *arguments],
            input=stdin,
            env={name: value for name, value in changed.items() if value is not None},
            cwd=tmp_path,
            text=True,
            capture_output=True,
            timeout=PATIENCE_S,
        )
        assert server.key not in result.stdout + result.stderr
        return result

    return run


def _command() -> str:
    return str(Path(sys.executable).with_name("ollama-cli"))


def test_streamed(run: Run):
    """A question gets text and a final newline; that its limit cut it off is all that is told."""
    result = run(*ASK, *SHORT, *ENDLESS)

    assert result.returncode == 0
    assert result.stderr.startswith("Warning: the answer is cut off")
    assert result.stderr.count("\n") == 1
    assert result.stdout.strip()
    assert result.stdout.endswith("\n")


def test_streamed_or_not(run: Run):
    """The text is the same, streamed or not."""
    results = [run(*ASK, *SHORT, *REPEATABLE, how) for how in ("--stream", "--no-stream")]

    assert [result.returncode for result in results] == [0, 0]
    assert results[0].stdout == results[1].stdout


@pytest.mark.parametrize("how", ["--stream", "--no-stream"])
def test_json(run: Run, how: str):
    """One object holds the answer and the usage that the server reported."""
    result = run(*ASK, *SHORT, *ENDLESS, how, "--format", "json")
    answer = json.loads(result.stdout)

    assert result.returncode == 0
    assert (answer["schema"], answer["provider"]) == ("ollama-cli/1", "hf")
    assert (answer["model"], answer["response_model"]) == (MODEL, MODEL)
    assert answer["text"]
    assert answer["finish_reason"] == "length"
    usage = answer["usage"]
    assert (usage["completion_tokens"], usage["source"]) == (12, "reported")
    assert usage["total_tokens"] == usage["prompt_tokens"] + 12


def test_stream_json(run: Run):
    """Each event is a line of JSON, from the start over text and usage to the finish."""
    result = run(*ASK, *SHORT, "--format", "stream-json")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    kinds = [event["type"] for event in events]

    assert result.returncode == 0
    assert (kinds[0], kinds[-1]) == ("start", "finish")
    assert kinds.count("text") > 3
    assert kinds.count("usage") == 1
    assert set(kinds) == {"start", "text", "usage", "finish"}


def test_subcommand(run: Run):
    """`run` asks as well, with its options behind it."""
    result = run("run", *ASK, *SHORT)

    assert result.returncode == 0
    assert result.stdout.strip()


def test_piped(run: Run):
    """What is piped in is the prompt."""
    asked = run("--provider", "hf", "-m", MODEL, *SHORT, *REPEATABLE, stdin=ASK[-1])

    assert asked.returncode == 0
    assert asked.stdout == run(*ASK, *SHORT, *REPEATABLE).stdout


def test_system(run: Run):
    """A system message reaches the model: it reads more, and answers otherwise."""
    answers = [
        json.loads(run(*ASK, *SHORT, *REPEATABLE, *system, "--format", "json").stdout)
        for system in ((), ("--system", "You know nothing but the number of all the seas: 7."))
    ]

    assert answers[0]["text"] != answers[1]["text"]


@pytest.mark.parametrize("name", ["models", "list"])
def test_models(run: Run, name: str):
    """The model is listed, an id a line."""
    result = run(name, "--provider", "hf")

    assert (result.returncode, result.stdout) == (0, f"{MODEL}\n")


def test_models_as_json(run: Run):
    """The list as JSON names the provider and each model."""
    listed = json.loads(run("models", "--provider", "hf", "--format", "json").stdout)

    assert listed["provider"] == "hf"
    assert [model["id"] for model in listed["models"]] == [MODEL]


@pytest.mark.parametrize("how", ["--stream", "--no-stream"])
def test_wrong_key_is_3(run: Run, how: str):
    """A wrong key exits with 3 and names the variable, not its value."""
    result = run(*ASK, how, HF_TOKEN="key-wrong")

    assert (result.returncode, result.stdout) == (3, "")
    assert "HF_TOKEN" in result.stderr
    assert "key-wrong" not in result.stderr


def test_wrong_key_as_json(run: Run):
    """With JSON the error is one object on standard error."""
    result = run(*ASK, "--format", "json", HF_TOKEN="key-wrong")
    error = json.loads(result.stderr)["error"]

    assert (result.returncode, result.stdout) == (3, "")
    assert (error["type"], error["status"]) == ("ProviderAuthError", 401)


def test_no_key_is_3(run: Run):
    """Without a key the command exits with 3."""
    assert run(*ASK, HF_TOKEN=None).returncode == 3


def test_nothing_listening_is_4(run: Run):
    """An address where nothing listens exits with 4."""
    result = run(*ASK, "--timeout", "5", HF_BASE_URL="http://127.0.0.1:9/v1")

    assert (result.returncode, result.stdout) == (4, "")


def test_time_is_up_is_4(run: Run):
    """An answer that takes too long exits with 4."""
    slow = "word " * (CONTEXT - 100)
    limits = ("--timeout", "0.05", "-o", "max_tokens=1", *REPEATABLE)
    result = run("--provider", "hf", "--no-stream", *limits, stdin=slow)

    assert (result.returncode, result.stdout) == (4, "")


def test_too_long_is_7(run: Run):
    """A prompt longer than the model reads exits with 7 and says what to do."""
    result = run("--provider", "hf", stdin="word " * 2 * CONTEXT)

    assert (result.returncode, result.stdout) == (7, "")
    assert "Shorten" in result.stderr


def test_unknown_option_is_2(run: Run):
    """A mistyped option exits with 2 and names the one that is meant."""
    result = run(*ASK, "-o", "temprature=1")

    assert (result.returncode, result.stdout) == (2, "")
    assert "temperature" in result.stderr


def test_unknown_provider_is_2(run: Run):
    """A mistyped provider exits with 2."""
    assert run("--provider", "hff", "Why?").returncode == 2


def test_health_without_hub_is_4(run: Run):
    """A server that is no Hub cannot vouch for the token."""
    result = run("health", "--provider", "hf")

    assert result.returncode == 4
    assert "is not a Hub" in result.stdout


def test_interrupted_is_130(environment: dict[str, str], server: Server, tmp_path: Path):
    """Text arrives while it is written; Ctrl-C ends it, and the server's work too."""
    process = subprocess.Popen(
        [_command(), *ASK, *ENDLESS], env=environment, cwd=tmp_path, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout.read(1)
        server.wait_busy(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 130

    server.wait_busy(0)
