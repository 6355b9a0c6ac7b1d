"""The chat on a terminal, in front of a real server."""

import json
import re
import time
from pathlib import Path

import pytest

from cli.tests._chat_terminal import CTRL_C, ChatTerminal, messages, sessions, told
from cli.tests._shell import Shell

from ._server import MODEL, PATIENCE_S, Server

SHORT = ("-o", "max_tokens=12")
ENDLESS = ("-o", 'extra_body={"ignore_eos": true}')
SKY = "Tell me a very long story of the sky."
EVERY_S = 1.5
"""How often the stored sessions are looked at, which takes a process each time."""
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


def said(terminal: ChatTerminal, question: str) -> str:
    """Return what stands below a question: as much of the answer as there is."""
    rest = terminal.text().partition(f"> {question}\n")[2]
    return re.split(r"\n(?:> ?|\w+, \d+ s; |stopped\n)", f"\n{rest}")[0].strip()


def switch_to(terminal: ChatTerminal, provider: str) -> None:
    """Let another provider answer, with the model that the server has."""
    terminal.enter(f"/provider {provider}")
    terminal.wait_for(f"{provider} answers with ")
    terminal.enter(f"/model {MODEL}")
    terminal.wait_for(f"{provider} answers with {MODEL}")


def answered(terminal: ChatTerminal, shell: Shell, count: int) -> list[tuple[str, str]]:
    """Wait until so many turns are stored; return who said what.

    A small model that summarizes on a busy machine takes its time.
    """
    looked = 0.0

    def is_stored() -> bool:
        nonlocal looked
        if time.monotonic() - looked < EVERY_S:
            return False
        found = sessions(shell)
        looked = time.monotonic()
        return bool(found) and found[0]["turns"] == count

    terminal.read_until(is_stored, 3 * PATIENCE_S)
    return messages(shell)


def test_answer_streams(shell: Shell, server: Server) -> None:
    """Its words are on the screen while the server goes on."""
    with ChatTerminal(shell, "-m", MODEL, *ENDLESS).ready() as terminal:
        terminal.enter(SKY)
        terminal.read_until(lambda: len(said(terminal, SKY)) > 40, PATIENCE_S)
        first = said(terminal, SKY)[:40]
        assert server.busy() == 1
        terminal.read_until(lambda: len(said(terminal, SKY)) > 120, PATIENCE_S)
        terminal.send(CTRL_C)
        server.wait_busy(0)
        terminal.wait_for("stopped")
        assert terminal.leave() == 0

    assert "".join(first.split()) in "".join(messages(shell)[1][1].split())
    assert "[interrupted:" in told(shell)


def test_chat_goes_on_after_an_interruption(shell: Shell, server: Server) -> None:
    """The part is kept, and the next message is answered."""
    with ChatTerminal(shell, "-m", MODEL).ready() as terminal:
        terminal.enter(SKY)
        terminal.read_until(lambda: len(said(terminal, SKY)) > 20, PATIENCE_S)
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
            switch_to(terminal, provider)
            terminal.enter(f"Question {number}: is the sky blue?")
            answered(terminal, shell, number)
        assert terminal.leave() == 0
        assert "Error:" not in terminal.text()

    exported = json.loads(shell.run("sessions", "export", sessions(shell)[0]["id"]).stdout)
    names = [turn["provider"] for turn in exported["turns"]]
    assert names == ["hf", "codex", "claude", "openai"]


def test_small_window_is_never_overflown(shell: Shell, server: Server) -> None:
    """That it is small is learnt from the server's error; every message is answered."""
    with ChatTerminal(shell, "-m", MODEL, "-o", "max_tokens=4").ready() as terminal:
        for number in range(4):
            words = " ".join(WORDS[200 * number : 200 * number + 200])
            terminal.paste(f"Message {number}. {words}")
            terminal.send("\r")
            answered(terminal, shell, number + 1)
        assert terminal.leave() == 0
        shown = terminal.text()

    assert "Compacted" in shown
    assert "Error:" not in shown
    asked = [text for role, text in messages(shell) if role == "user"]
    assert [text.split()[1] for text in asked] == ["0.", "1.", "2.", "3."]


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
        switch_to(terminal, "openai")
        terminal.enter("Is the sea blue?")
        answered(terminal, shell, 1)
        assert terminal.leave() == 0
        assert terminal.times("Error:") == 1

    assert key.encode() not in terminal.written
    assert server.key.encode() not in terminal.written
