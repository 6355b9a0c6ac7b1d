"""The router in real processes: services on loopback that answer, fail, or are not there."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ._router import Exchange, Router, answer_blue
from ._shell import TOKEN, Shell

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def second() -> Iterator[Router]:
    """Another service that answers."""
    with Router() as service:
        yield service


@pytest.fixture
def configured(shell: Shell, tmp_path: Path) -> Any:
    """Run the command with settings."""

    def run(settings: dict[str, Any], *arguments: str, **changes: Any) -> Any:
        folder = tmp_path / "settings"
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / "settings.json").write_text(json.dumps(settings))
        changes = {"OLLAMA_CLI_CONFIG_DIR": str(folder), **changes}
        return shell.run(*arguments, OLLAMA_CLI_DATA_DIR=str(tmp_path / "data"), **changes)

    return run


def near(url: str) -> dict[str, Any]:
    """Return the settings of a provider on the user's own machine."""
    return {
        "base_url": f"{url}/v1",
        "credential": "none",
        "default_model": "near-model",
        "local": True,
    }


def test_default_chain_asks_ollama_first(shell: Shell) -> None:
    """Without any setting, a running Ollama answers, and nothing goes elsewhere."""
    serve = [sys.executable, "-m", "provider_conformance", "serve", "ollama", "--"]
    result = subprocess.run(
        [*serve, *map(str, shell.command("Why?", "--format", "json"))],
        env={**shell.environment, "HF_BASE_URL": NOBODY},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert found["text"] == "The scripted service heard: Why?"
    assert [attempt["provider"] for attempt in found["route"]["attempts"]] == ["ollama"]


def test_default_chain_ends_with_hf(shell: Shell, router: Router) -> None:
    """Without Ollama and without other credentials hf answers, and one line says so."""
    result = shell.run("Why?", OLLAMA_HOST=NOBODY)

    assert (result.returncode, result.stdout) == (0, "Blue.\n")
    assert result.stderr.startswith(
        "Fallback: ollama did not answer, so the conversation leaves your own machines: hf is asked"
    )
    assert result.stderr.count("\n") == 1
    assert len(router.exchanges) == 1


def test_nobody_in_the_default_chain_is_4(shell: Shell) -> None:
    """Each of the five is named with its reason."""
    result = shell.run("Why?", OLLAMA_HOST=NOBODY, HF_TOKEN=None)

    assert (result.returncode, result.stdout) == (4, "")
    assert result.stderr.count("\n") == 1
    places = [result.stderr.index(f"{name}: ") for name in ("ollama", "claude", "gemini", "codex")]
    assert places == sorted(places)
    assert "HF_TOKEN is not set" in result.stderr


def test_busy_service_is_left_for_the_next(configured, router: Router, second: Router) -> None:
    """A service that is overloaded is asked again shortly, then the next is asked."""
    router.chat(lambda exchange: exchange.reply(503, {"error": {"message": "overloaded"}}))
    providers = {"near": near(router.url), "next": near(second.url)}

    result = configured({"providers": providers, "fallback_chain": ["near", "next"]}, "Why?")

    assert (result.returncode, result.stdout) == (0, "Blue.\n")
    assert "near did not answer, so next is asked (" in result.stderr
    assert len(second.exchanges) == 1


def test_broken_answer_is_not_asked_again(configured, router: Router, second: Router) -> None:
    """A stream that breaks is shown as far as it came; nobody else answers the question."""

    @router.chat
    def answer(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.send_text("Bl")

    providers = {"near": near(router.url), "next": near(second.url)}

    result = configured({"providers": providers, "fallback_chain": ["near", "next"]}, "Why?")

    assert (result.returncode, result.stdout) == (8, "Bl\n")
    assert second.exchanges == []


@pytest.fixture
def falling_back(configured, second: Router) -> Any:
    """Ask one that is not there, then one that answers."""
    providers = {"near": near(NOBODY), "next": near(second.url)}
    settings = {"providers": providers, "fallback_chain": ["near", "next"]}
    return lambda *arguments, **changes: configured(settings, "Why?", *arguments, **changes)


@pytest.mark.parametrize("output_format", ["text", "json", "stream-json"])
def test_full_disk_is_one_error_after_a_fallback(falling_back, output_format) -> None:
    """A result that cannot be written is told once, whichever part of it was the first."""
    with Path("/dev/full").open("wb") as disk:
        result = falling_back("--format", output_format, stdout=disk)
    *fallbacks, error = result.stderr.splitlines()

    assert result.returncode == 1
    assert "the result cannot be written: No space left on device" in error
    assert len(fallbacks) == (output_format == "text")


@pytest.mark.parametrize("output_format", ["text", "json", "stream-json"])
def test_reader_that_is_gone_is_no_error_after_a_fallback(falling_back, output_format) -> None:
    """Who has seen enough gets no error, whichever part was the first that it did not read."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = falling_back("--format", output_format, stdout=writing)
    finally:
        os.close(writing)

    assert result.returncode == 0
    assert len(result.stderr.splitlines()) == (output_format == "text")


def test_local_only_asks_the_local_one(configured, router: Router, second: Router) -> None:
    """With ``local_only`` nobody else is asked, whether or not it can answer."""
    settings = {
        "providers": {"near": near(second.url)},
        "fallback_chain": ["hf", "near"],
        "local_only": True,
    }

    assert configured(settings, "Why?").stdout == "Blue.\n"
    second.chat(lambda exchange: exchange.reply(503, {"error": {"message": "overloaded"}}))
    assert configured(settings, "Why?").returncode == 4
    assert router.exchanges == []


def test_provider_of_settings_can_be_named(configured, router: Router) -> None:
    """``--provider`` takes what only the settings know."""
    router.chat(answer_blue)

    result = configured({"providers": {"near": near(router.url)}}, "Why?", "--provider", "near")

    assert (result.returncode, result.stdout, result.stderr) == (0, "Blue.\n", "")
    assert router.exchanges[0].body["model"] == "near-model"


@pytest.mark.parametrize("output_format", ["text", "json", "stream-json"])
def test_nothing_remembered_is_secret(configured, tmp_path, output_format) -> None:
    """The remembered route is the user's alone and has no credential, whatever failed."""
    far = {"base_url": f"{NOBODY}/{TOKEN}/v1", "api_key_env": "HF_TOKEN", "default_model": "m"}
    settings = {"providers": {"far": far}, "fallback_chain": ["far"]}

    result = configured(settings, "canary", "--format", output_format)

    assert result.returncode == 4
    path = tmp_path / "data" / "last_route.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "far" in path.read_text()
    assert TOKEN not in path.read_text()
    assert "canary" not in path.read_text()


def test_what_a_plugin_prints_is_not_the_answer(shell: Shell, tmp_path: Path) -> None:
    """Modules that print while they are imported do not reach standard output."""
    (tmp_path / "provider_ollama.py").write_text("print('loud')\nraise ImportError('no')\n")

    result = shell.run("Why?", PYTHONPATH=str(tmp_path))

    assert (result.returncode, result.stdout, result.stderr) == (0, "Blue.\n", "loud\n")
