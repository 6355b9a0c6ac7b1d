"""The chat on a terminal, in front of a real server."""

import json
from pathlib import Path

import pytest

from cli.tests._chat_terminal import CTRL_C, ChatTerminal, messages, sessions, told
from cli.tests._shell import Shell

from ._server import MODEL, PATIENCE_S, Server

SHORT = ("-o", "max_tokens=12")
ENDLESS = ("-o", 'extra_body={"ignore_eos": true}')
WORDS = Path(__file__).parents[2].joinpath("README.md").read_text("utf-8").split()


@pytest.fixture
def shell(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The command, with three providers that all lead to the server."""
    monkeypatch.chdir(tmp_path)
    return Shell(
        {
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "OLLAMA_CLI_PROVIDER": "hf",
            "OLLAMA_CLI_CONFIG_DIR": str(tmp_path / "settings"),
            "OLLAMA_CLI_DATA_DIR": str(tmp_path / "data"),
            "HF_TOKEN": server.key,
            "HF_BASE_URL": server.base_url,
            "HF_ENDPOINT": server.address,
            "OPENAI_API_KEY": server.key,
            "OPENAI_BASE_URL": server.base_url,
            "ANTHROPIC_API_KEY": server.key,
            "ANTHROPIC_BASE_URL": server.address,
        }
    )


def answered(terminal: ChatTerminal, shell: Shell, count: int) -> list[tuple[str, str]]:
    """Wait until so many turns are stored; return who said what."""
    terminal.read_until(
        lambda: bool(found := sessions(shell)) and found[0]["turns"] == count, PATIENCE_S
    )
    return messages(shell)


def test_answer_streams(shell: Shell, server: Server) -> None:
    """Its words are on the screen while the server goes on."""
    with ChatTerminal(shell, "-m", MODEL, *ENDLESS).ready() as terminal:
        terminal.enter("Tell me of the sky.")
        terminal.read_until(lambda: len(after(terminal, "Tell me of the sky.")) > 80, PATIENCE_S)
        assert server.busy() == 1
        first = after(terminal, "Tell me of the sky.")[:40]
        terminal.read_until(lambda: len(after(terminal, first)) > 200, PATIENCE_S)
        terminal.send(CTRL_C)
        server.wait_busy(0)
        terminal.wait_for("stopped")
        assert terminal.leave() == 0

    assert "".join(first.split()) in "".join(messages(shell)[1][1].split())
    assert "[interrupted:" in told(shell)


def test_chat_goes_on_after_an_interruption(shell: Shell, server: Server) -> None:
    """The part is kept, and the next message is answered."""
    with ChatTerminal(shell, "-m", MODEL).ready() as terminal:
        terminal.enter("Tell me a very long story of the sea.")
        terminal.read_until(lambda: len(after(terminal, "story of the sea.")) > 40, PATIENCE_S)
        terminal.send(CTRL_C)
        server.wait_busy(0)
        terminal.enter("Is the sky blue? Say yes or no.")
        kept = answered(terminal, shell, 2)
        assert terminal.leave() == 0

    assert [role for role, _ in kept] == ["user", "assistant"] * 2
    assert all(text.strip() for _, text in kept)


def test_provider_is_switched(shell: Shell, server: Server) -> None:
    """Three protocols take part in one conversation: chat completions, Responses and Messages."""
    with ChatTerminal(shell, *SHORT, columns=100).ready() as terminal:
        for number, provider in enumerate(("hf", "codex", "claude", "openai"), 1):
            terminal.enter(f"/model {provider}/{MODEL}")
            terminal.wait_for(f"{provider} answers with {MODEL}")
            terminal.enter(f"Question {number}: is the sky blue?")
            answered(terminal, shell, number)
        assert terminal.leave() == 0
        assert "Error:" not in terminal.text()

    identifier = sessions(shell)[0]["id"]
    found = shell.run("sessions", "export", identifier, "--format", "jsonl")
    names = [
        json.loads(line)["provider"] for line in found.stdout.splitlines() if '"provider"' in line
    ]
    assert {"hf", "codex", "claude", "openai"} <= set(names)


def test_small_window_is_never_overflown(shell: Shell, server: Server) -> None:
    """That it is small is learnt from the server's error; every message is answered."""
    with ChatTerminal(shell, "-m", MODEL, "-o", "max_tokens=8").ready() as terminal:
        for number in range(6):
            words = " ".join(WORDS[100 * number : 100 * number + 100])
            terminal.paste(f"Message {number}. {words}")
            terminal.send("\r")
            answered(terminal, shell, number + 1)
        assert terminal.leave() == 0
        shown = terminal.text()

    assert "Compacted" in shown
    assert "Error:" not in shown
    asked = [text for role, text in messages(shell) if role == "user"]
    assert [text.split()[1] for text in asked] == ["0.", "1.", "2.", "3.", "4.", "5."]


def test_resumed_after_a_kill(shell: Shell, server: Server) -> None:
    """A chat that was killed while it streamed goes on with the turns that were whole."""
    with ChatTerminal(shell, "-m", MODEL, *SHORT).ready() as terminal:
        terminal.enter("Is the sky blue?")
        before = answered(terminal, shell, 1)
        terminal.enter("Tell me a story.")
        server.wait_busy(1)
        terminal.kill()
    server.wait_busy(0)
    with ChatTerminal(shell, "-c", *SHORT).ready() as terminal:
        terminal.enter("Is the sea blue?")
        kept = answered(terminal, shell, 2)
        assert terminal.leave() == 0

    assert kept[:2] == before
    assert kept[2] == ("user", "Is the sea blue?")


def test_key_that_is_rejected(shell: Shell, server: Server) -> None:
    """It is one line, never with the key; another provider answers the next message."""
    key = "sk-wrong-0123456789"
    with ChatTerminal(shell, *SHORT, columns=200, HF_TOKEN=key).ready() as terminal:
        terminal.enter("Is the sky blue?")
        terminal.wait_for("Error:")
        terminal.enter(f"/model openai/{MODEL}")
        terminal.wait_for(f"openai answers with {MODEL}")
        terminal.enter("Is the sea blue?")
        answered(terminal, shell, 1)
        assert terminal.leave() == 0
        assert terminal.times("Error:") == 1

    assert key.encode() not in terminal.written
    assert server.key.encode() not in terminal.written


def after(terminal: ChatTerminal, text: str) -> str:
    """Return what stands after a text, if it is there."""
    return terminal.text().partition(text)[2]
