"""From the shell, every command writes one JSON object that follows its published schema."""

import pytest
from ollama_cli.command_line.catalogue import builtins

from ._hooks import hook, says, setting
from ._project import write_project
from ._schemas import checked
from ._settings import write_settings

VERBS = ("status", "resume", "retry", "report", "export")
ASK = ("run", "--provider", "hf", "Why is the sky blue?")

# The commands that manage models have theirs in test_managing_commands.
ROWS = [
    ("batch", "{questions}", "--out", "{answers}", "--provider", "hf", "--dry-run"),
    ("batch", "{questions}", "--out", "{answers}", "--provider", "hf"),
    ("batch", "status", "{answers}"),
    ("batch", "resume", "{answers}.run"),
    ("batch", "retry", "{answers}.run"),
    ("batch", "report", "{answers}.run"),
    ("batch", "export", "{answers}.run", "--out", "{answers}.csv"),
    ("run", "-c", "And the sea?", "--provider", "hf"),
    ("models", "--provider", "hf"),
    ("health", "--provider", "hf"),
    ("providers",),
    ("why",),
    ("version",),
    ("usage",),
    ("usage", "--by", "session"),
    ("sessions", "list"),
    ("sessions", "show", "{id}"),
    ("sessions", "search", "sky"),
    ("sessions", "fork", "{id}"),
    ("sessions", "rename", "{id}", "Sky"),
    ("sessions", "import", "{exported}"),
    ("sessions", "prune", "--days", "9", "--yes"),
    ("sessions", "delete", "{id}", "--yes"),
    ("config", "set", "model", "org/one"),
    ("config", "get", "model"),
    ("config", "list", "--sources"),
    ("config", "unset", "model"),
    ("config", "path"),
    ("config", "prompts"),
    ("hooks", "test", "PreRequest"),
    ("trust", "--yes"),
    ("trust", "--list"),
    ("trust", "--revoke"),
]


def schema_of(words: tuple[str, ...]) -> str:
    """Return the name of the schema of a command."""
    if words[0] == "batch":
        return (
            "batch-dry-run" if "--dry-run" in words else "-".join(words[: 1 + (words[1] in VERBS)])
        )
    return "-".join(words[:2]) if words[0] in ("sessions", "config") else words[0]


def test_every_json_of_every_command(own, tmp_path, monkeypatch) -> None:
    """Standard output is one object and a newline, and standard error is empty."""
    write_settings(tmp_path, hooks=setting("PreRequest", hook(says("{}"))))
    monkeypatch.chdir(write_project(tmp_path / "project", {".ollama/prompts/a.md": "A."}))
    asked = own.run(*ASK, "--format", "json", "--no-hooks")
    id = checked("run", asked.stdout)["session_id"]
    exported = tmp_path / "exported.jsonl"
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"prompt": "Why is the sky blue?"}\n')
    files = {"questions": questions, "answers": tmp_path / "answers.jsonl"}
    exported.write_text(own.run("sessions", "export", id).stdout)
    checked("sessions-export", exported.read_text())

    for words in ROWS:
        filled = [word.format(id=id, exported=exported, **files) for word in words]
        result = own.run(*filled, "--format", "json")

        assert result.returncode == 0, (filled, result.stderr)
        assert (result.stdout[-2:], result.stdout.count("\n")) == ("}\n", 1), filled
        checked(schema_of(words), result.stdout)
        notes = [checked("run-events", line) for line in result.stderr.splitlines()]
        assert all(each["type"] == "warning" for each in notes), filled


def test_every_command_is_among_them() -> None:
    """A new command gets a row here."""
    elsewhere = {"help", "pull", "show", "ps", "rm", "completion", "doctor", "login", "logout"}
    elsewhere |= {"chat"}  # it has lines for people only

    assert set(builtins()) - elsewhere == {words[0] for words in ROWS}


WRONG = [
    (2, ("batch",)),
    (2, ("batch", "/nowhere.jsonl", "--out", "x", "--provider", "hf")),
    (2, ("batch", "status", "/nowhere")),
    (2, ("run", "--provider", "nobody", "Why?")),
    (2, ("run", "-c", "Why?")),
    (2, ("models", "--provider", "nobody")),
    (2, ("providers", "x")),
    (2, ("why", "--nonsense")),
    (2, ("usage", "--by", "moon")),
    (2, ("sessions", "x")),
    (2, ("sessions", "list", "--limit", "0")),
    (2, ("sessions", "show", "x")),
    (2, ("sessions", "import", "/nowhere")),
    (2, ("sessions", "prune")),
    (2, ("sessions", "delete", "x", "--yes")),
    (2, ("config", "set", "modle", "x")),
    (2, ("hooks", "test", "Nothing")),
    (2, ("trust", "--yes", "--list")),
    (2, ("login", "nobody")),
    (2, ("logout", "nobody")),
    (4, ("ps", "--provider", "ollama")),
    (4, ("pull", "m", "--provider", "ollama")),
]


@pytest.mark.parametrize("output_format", ["json", "stream-json"])
def test_every_error_of_every_command(own, router, output_format) -> None:
    """Standard error is one object, and standard output is empty, or repeats it as an event."""
    for code, words in WRONG if output_format == "json" else WRONG[:1]:
        result = own.run(*words, "--format", output_format, OLLAMA_HOST="http://127.0.0.1:9")

        assert result.returncode == code, (words, result.stderr)
        *_, last = result.stderr.splitlines()
        checked("error", last)
        if output_format == "json":
            assert (result.stdout, result.stderr.count("\n")) == ("", 1), words
    assert router.exchanges == []
