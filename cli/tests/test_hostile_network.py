"""Nothing is sent but the request: what the interpreter notes of the command's sockets."""

import json

import pytest

from ._project import write_project
from ._router import Router
from ._settings import write_settings
from ._shell import Shell
from ._watch import Watch

SILENT = [
    ("--help",),
    ("providers",),
    ("config", "list", "--sources"),
    ("config", "set", "provider", "hf"),
    ("hooks", "list"),
    ("sessions", "show", "{id}"),
    ("sessions", "export", "--all"),
    ("sessions", "delete", "{id}", "--yes"),
    ("usage",),
    ("healt",),
]


@pytest.fixture
def watched(shell: Shell, tmp_path, monkeypatch):
    """Run the command, with its own folders, and return the result and the sockets it used."""
    watch = Watch(tmp_path / "watch")
    home = write_project(tmp_path / "work", {".ollama/prompts/a.md": "A."})
    monkeypatch.chdir(home)
    write_settings(tmp_path)
    folders = {
        "OLLAMA_CLI_CONFIG_DIR": str(tmp_path / "settings"),
        "OLLAMA_CLI_DATA_DIR": str(tmp_path / "data"),
    }

    def run(*arguments: str):
        result = shell.run(*arguments, **folders, **watch.variables)
        return result, watch.seen()

    return run


def test_a_question_connects_once(watched, router: Router) -> None:
    """A stored question, and one that continues it, open one connection to the service each."""
    place = router.server_address
    for arguments in (("Why is the sky blue?",), ("-c", "And the sea?")):
        result, seen = watched("--provider", "hf", *arguments)

        assert (result.returncode, result.stdout) == (0, "Blue.\n")
        assert seen == [("socket.connect", f"[{place}]")]
    assert [each.path for each in router.exchanges] == ["/v1/chat/completions"] * 2


def test_other_commands_use_no_socket(watched, router: Router) -> None:
    """What is not a question, nor about a service, stays on this machine."""
    asked, _ = watched("--provider", "hf", "Why is the sky blue?", "--format", "json")
    id = json.loads(asked.stdout)["session_id"]
    router.exchanges.clear()

    for arguments in SILENT:
        words = [word.format(id=id) for word in arguments]
        result, seen = watched(*words)

        assert (words, seen) == (words, [])
        assert result.returncode == (2 if words == ["healt"] else 0), words
    assert router.exchanges == []
