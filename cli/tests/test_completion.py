"""Completing command lines in a shell: what may follow, from what is known here."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ollama_cli.completion.scripts import SHELLS

from ._router import PATIENCE_S

HF = ["zai-org/GLM-4.7-Flash:novita", "org/one"]


@pytest.fixture
def data(tmp_path):
    """The folder of what is known, with some models."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    file = folder / "completion.json"
    file.write_text(json.dumps({"hf": HF, "ollama": ["qwen3:8b"]}))
    file.chmod(0o600)
    return folder


@pytest.fixture
def complete(shell, data):
    """Return the words that may follow a line."""

    def run(line, **changes):
        changes.setdefault("OLLAMA_CLI_DATA_DIR", str(data))
        found = shell.run(_OLLAMA_CLI_COMPLETE="bash", _OLLAMA_CLI_LINE=line, **changes)
        assert (found.returncode, found.stderr) == (0, "")
        return [each.partition("\t")[0] for each in found.stdout.splitlines()]

    return run


def test_commands_are_completed(complete) -> None:
    """Also by their other names; nothing is imported for it."""
    assert complete("ollama-cli m") == ["models"]
    assert complete("ollama-cli lis") == ["list"]
    assert {"run", "login", "doctor", "completion"} <= set(complete("ollama-cli "))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ollama-cli sessions ren", ["rename"]),
        ("ollama-cli hooks ", ["list", "test"]),
        ("ollama-cli completion z", ["zsh"]),
        ("ollama-cli --prov", ["--provider"]),
        ("ollama-cli models --tim", ["--timeout"]),
        ("ollama-cli --format ", ["text", "json", "stream-json"]),
        ("ollama-cli --format=j", ["json"]),
        ("ollama-cli models --provider h", ["hf"]),
        ("ollama-cli login cl", ["claude"]),
        ("ollama-cli --provider hf -m zai", HF[:1]),
        ("ollama-cli --provider hf run -m org", HF[1:]),
        ("ollama-cli -m ", [*(f"hf/{id}" for id in HF), "ollama/qwen3:8b"]),
        ("ollama-cli show --provider ollama ", ["qwen3:8b"]),
        ("X=1 /usr/bin/ollama-cli models --provider o", ["ollama", "openai"]),
        ('ollama-cli run "why is', []),
        ("ollama-cli nothing such --x", []),
        ("ollama-cli 'half", []),
        ("", None),
    ],
)
def test_what_may_follow(complete, line, words) -> None:
    """Verbs, options, providers and models; nothing if the line is not understood."""
    found = complete(line)

    assert words is None or found == words


def test_the_provider_of_the_environment_counts(complete) -> None:
    """Its models need no prefix."""
    assert complete("ollama-cli -m ", OLLAMA_CLI_PROVIDER="hf") == HF


def test_providers_of_the_settings_are_completed(complete, tmp_path) -> None:
    """As those that are installed."""
    folder = tmp_path / "settings"
    folder.mkdir(mode=0o700)
    (folder / "settings.json").write_text('{"providers": {"mine": {"base_url": "http://a"}}}')
    (folder / "settings.json").chmod(0o600)

    words = complete("ollama-cli --provider m", OLLAMA_CLI_CONFIG_DIR=str(folder))

    assert words == ["mine"]


def test_sessions_are_completed_with_their_titles(shell, complete, data) -> None:
    """The newest first."""
    asked = shell.run("run", "--provider", "hf", "Why is it so?", OLLAMA_CLI_DATA_DIR=str(data))
    listed = shell.run("sessions", "list", "--format", "json", OLLAMA_CLI_DATA_DIR=str(data))
    (session,) = json.loads(listed.stdout)["sessions"]

    assert asked.returncode == 0
    assert complete("ollama-cli --session ") == [session["id"]]
    assert complete("ollama-cli sessions show ") == [session["id"]]


def test_models_are_those_that_were_listed_last(shell, complete, router, data) -> None:
    """Of each provider; completing sends nothing."""
    shell.run("models", "--provider", "hf", OLLAMA_CLI_DATA_DIR=str(data))
    asked = len(router.exchanges)

    assert complete("ollama-cli --provider hf -m ") == ["org/one"]
    assert complete("ollama-cli --provider ollama -m ") == ["qwen3:8b"]
    assert len(router.exchanges) == asked
    assert (data / "completion.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "id", ["$(touch pwned)", "`touch pwned`", "a b", "a;b", "-rf", "a\nb", "a\x1b[2J", "a'b", "~x"]
)
def test_a_name_that_a_shell_would_not_take_as_it_is_is_left_out(complete, data, id) -> None:
    """A service chose it, and the shell would run what is in it."""
    (data / "completion.json").write_text(json.dumps({"hf": [id, "org/two"]}))

    assert complete("ollama-cli --provider hf -m ") == ["org/two"]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"hf": 1}', '{"hf": [1]}', "[" * 99_999])
def test_what_was_kept_may_be_damaged(complete, data, content) -> None:
    """Then nothing is known."""
    (data / "completion.json").write_text(content)

    assert complete("ollama-cli --provider hf -m ") == []


def test_a_damaged_file_of_sessions_is_not_told(complete, data) -> None:
    """Nobody wants an error while typing."""
    (data / "sessions.db").write_bytes(b"\0" * 5000)

    assert complete("ollama-cli --session ") == []


@pytest.mark.parametrize(
    ("line", "never"),
    [
        ("ollama-cli m", ("provider_sdk", "sqlite3", "httpx")),
        ("ollama-cli --provider h", ("provider_sdk", "sqlite3", "httpx")),
        ("ollama-cli -m h", ("provider_sdk", "sqlite3", "httpx")),
        ("ollama-cli models --provider h", ("provider_huggingface", "httpx")),
        ("ollama-cli sessions show 2", ("provider_huggingface", "httpx")),
    ],
)
def test_completing_imports_little(shell, data, line, never) -> None:
    """No provider, and nothing that takes long: a person waits for it."""
    result = shell.run(
        python=("-X", "importtime"),
        OLLAMA_CLI_DATA_DIR=str(data),
        _OLLAMA_CLI_COMPLETE="bash",
        _OLLAMA_CLI_LINE=line,
    )
    imported = {each.rpartition("|")[2].strip() for each in result.stderr.splitlines()}

    assert not imported & set(never)


# The shells.


@pytest.fixture
def home(shell, data, tmp_path):
    """Return the environment in which shells find the command."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "ollama-cli"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m ollama_cli "$@"\n')
    script.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    return {**shell.environment, "PATH": path, "OLLAMA_CLI_DATA_DIR": str(data), "TERM": "dumb"}


def told(home, *command):
    """Return what a shell writes."""
    found = subprocess.run(
        command,
        env=home,
        cwd=home["HOME"],
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )
    assert (found.returncode, found.stderr) == (0, "")
    return found.stdout


_IN_BASH = """
eval "$(ollama-cli completion bash)"
COMP_LINE="$1"; COMP_POINT=${#COMP_LINE}
_ollama_cli
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ollama-cli mod", ["models"]),
        ("ollama-cli --provider hf -m zai-org/GLM-4.7-Flash:n", ["novita"]),
        ("ollama-cli models --provider=hf", ["hf"]),
        ("ollama-cli --provider hf -m ", HF),
    ],
)
def test_bash_completes(home, line, words) -> None:
    """It replaces what follows the last colon only."""
    found = told(home, "bash", "--norc", "-c", _IN_BASH, "bash", line)

    assert found.splitlines() == words


def in_bash(home) -> None:
    """Complete the first word."""
    found = told(home, "bash", "--norc", "-c", _IN_BASH, "bash", "ollama-cli mod")
    assert found == "models\n"


def in_fish(home) -> None:
    """Complete with what a word means; with names of files where nothing else is known."""
    (Path(home["HOME"]) / "notes.txt").touch()

    def run(line):
        source = f'ollama-cli completion fish | source; complete -C "{line}"'
        return told(home, "fish", "--no-config", "-c", source).splitlines()

    assert run("ollama-cli --provider hf -m z") == HF[:1]
    assert run("ollama-cli mod") == ["models\tList the models of a provider."]
    assert run("ollama-cli run -f no") == ["notes.txt"]


def in_zsh(home) -> None:
    """Ask with the words of the line, as far as that can be tried without a terminal."""
    source = """
autoload -U compinit; compinit -u -D
eval "$(ollama-cli completion zsh)"
_describe() { print -rl ${(P)3} }
words=(ollama-cli --provider hf -m zai); CURRENT=5
_ollama_cli
"""
    assert told(home, "zsh", "-f", "-c", source) == "zai-org/GLM-4.7-Flash\\:novita:\n"


TRIALS = {"bash": in_bash, "fish": in_fish, "zsh": in_zsh}


@pytest.mark.parametrize("shell_name", [name for name in TRIALS if shutil.which(name)])
def test_each_shell_of_this_machine_takes_its_script(home, shell_name) -> None:
    """The script does in its shell what it is for."""
    TRIALS[shell_name](home)


@pytest.mark.parametrize("shell_name", list(SHELLS))
def test_a_script_names_the_variables(shell, shell_name) -> None:
    """Nothing in it is left to fill in."""
    found = shell.run("completion", shell_name)

    assert (found.returncode, found.stderr) == (0, "")
    assert f"_OLLAMA_CLI_COMPLETE={shell_name}" in found.stdout
    assert "_VARIABLE" not in found.stdout
