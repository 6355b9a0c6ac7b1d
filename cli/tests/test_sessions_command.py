"""``ollama-cli sessions``: what is shown, and what is changed."""

import json
import os
import stat
from pathlib import Path

import pytest
from ollama_cli.conversation.store import Store
from provider_sdk import Message

from ._conversation import CALL, FULL, turn
from ._schemas import checked


@pytest.fixture
def store(invoke):
    """An open store, which the command sees too."""
    with Store.open(create=True) as store:
        yield store


@pytest.fixture
def run(invoke):
    """Run a verb, which succeeds, and return its standard output."""

    def run(*arguments, **extra):
        result = invoke("sessions", *arguments, **extra)
        assert (result.exit_code, result.stderr) == (0, "")
        return result.stdout

    return run


@pytest.fixture
def refused(invoke):
    """Run a verb, which is refused with 2, and return the one line that it says."""

    def refused(*arguments, **extra):
        result = invoke("sessions", *arguments, **extra)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.count("\n") == 1
        return result.stderr

    return refused


def test_sessions_are_listed_as_json(store, run) -> None:
    """The one that was used last is first."""
    first = store.begin(turn(), title="First")
    second = store.begin(turn(provider="ollama", model=None))
    store.append(first.id, turn())
    found = checked("sessions-list", run("list", "--format", "json"))["sessions"]

    assert [each["id"] for each in found] == [first.id, second.id]
    assert list(found[0]) == ["id", "title", "created", "updated", "provider", "model", "turns"]
    assert (found[0]["title"], found[0]["turns"]) == ("First", 2)
    assert (found[1]["provider"], found[1]["model"]) == ("ollama", None)
    assert found[0]["created"] <= found[0]["updated"]


@pytest.mark.parametrize("arguments", [("--format", "json", "list"), ("--format", "json")])
def test_options_may_stand_before_the_verb(store, run, arguments) -> None:
    """And the list needs no verb."""
    store.begin(turn())

    assert len(checked("sessions-list", run(*arguments))["sessions"]) == 1


def test_list_without_a_verb_may_be_limited(store, run) -> None:
    """Options of the list need no verb either."""
    store.begin(turn())
    store.begin(turn())

    assert len(checked("sessions-list", run("--limit", "1", "--format", "json"))["sessions"]) == 1
    assert len(json.loads(run("--limit", "1", "list", "--format", "json"))["sessions"]) == 1


def test_options_may_stand_before_the_command(store, invoke) -> None:
    """As everywhere."""
    assert invoke("--format", "json", "sessions", "list").stdout == '{"sessions": []}\n'


def test_sessions_are_listed_as_text(store, run) -> None:
    """A table, without control characters of a title."""
    session = store.begin(turn("Why\x1b[2J is\rthe sky\u202eblue?"))
    lines = run("list").splitlines()

    assert lines[0].split() == ["ID", "UPDATED", "TURNS", "MODEL", "TITLE"]
    assert lines[1].startswith(session.id)
    assert lines[1].endswith("1      hf/org/m  Why is the skyblue?")


def test_list_is_limited(store, run) -> None:
    """To twenty, or as many as asked for."""
    for _ in range(21):
        store.begin(turn())

    assert run().count("\n") == 21
    assert run("list", "--limit", "2").count("\n") == 3


def test_without_sessions_nothing_is_made(invoke, run, tmp_path) -> None:
    """A list of nothing is said, and no file appears."""
    assert run("list") == "There are no sessions.\n"
    assert not (tmp_path / "data").exists()


def test_session_is_shown_as_json(store, run) -> None:
    """The system prompt, each question and each answer; one that is not whole is marked."""
    session = store.begin(turn(), system="Be brief.")
    store.append(session.id, FULL)
    found = checked("sessions-show", run("show", session.id, "--format", "json"))

    assert (found["id"], found["title"]) == (session.id, "Why is the sky blue?")
    roles = ["system", "user", "assistant", "user", "assistant", "tool", "assistant"]
    assert [message["role"] for message in found["messages"]] == roles
    assert [message["content"] for message in found["messages"]][:2] == [
        "Be brief.",
        "Why is the sky blue?",
    ]
    assert [message["interrupted"] for message in found["messages"]] == [False] * 6 + [True]
    assert found["messages"][4]["tool_calls"][0]["function"]["name"] == "look"
    assert found["messages"][5]["tool_call_id"] == "c1"


def test_session_is_shown_as_text(store, run) -> None:
    """What was said, by whom, and what is not whole."""
    session = store.begin(turn(), system="Be brief.")
    store.append(session.id, FULL)
    text = run("show", session.id[7:])

    assert "system:\nBe brief.\n\n1 user:\nWhy is the sky blue?\n\n1 hf:\nRayleigh.\n" in text
    assert '[calls look({"a": [1, "ü"]})]' in text
    assert "[image]\nLook" in text
    assert text.endswith("空は青い \N{GRINNING FACE}\n\n[interrupted: the answer is not whole]\n")


def test_stored_escapes_cannot_move_the_cursor(store, run) -> None:
    """They are removed from text and JSON, unless asked for."""
    session = store.begin(turn(answer="\x1b[2JBlue.\x07"), title="\x1b]0;x\x07T")

    assert "\x1b" not in run("show", session.id)
    assert "\\u001b" not in run("show", session.id, "--format", "json")
    assert "\x1b[2JBlue." in run("show", session.id, "--raw")


def test_unknown_session_is_2(store, refused) -> None:
    """The one line says what to do."""
    assert "there is no session 'zzz'; 'ollama-cli sessions list'" in refused("show", "zzz")


def test_error_is_json_too(store, invoke) -> None:
    """As of every command."""
    result = invoke("sessions", "--format", "json", "show", "zzz")

    assert checked("error", result.stderr)["error"]["type"] == "UsageError"


def test_verb_that_is_mistyped_is_never_a_prompt(store, invoke) -> None:
    """Nothing is sent."""
    result = invoke("sessions", "lsit")

    assert result.exit_code == 2
    assert "has no command 'lsit'" in result.stderr


def test_search_finds_words(store, run) -> None:
    """The text around the first word is shown; JSON has the session too."""
    session = store.begin(turn(answer="a " * 200 + "Rayleigh scattering\nof light." + " b" * 200))
    store.begin(turn("Why is grass green?", "Chlorophyll."))
    [found] = checked("sessions-search", run("search", "light", "RAYLEIGH", "--format", "json"))[
        "sessions"
    ]

    assert (found["id"], found["turn"]) == (session.id, 1)
    assert "Rayleigh scattering of light." in found["snippet"]
    assert found["snippet"].startswith("...")
    assert found["snippet"].endswith("...")
    assert run("search", "chlorophyll").splitlines()[1] == "  Why is grass green? Chlorophyll."
    assert run("search", "nowhere") == "No session has these words.\n"


def test_fork_goes_its_own_way(store, run) -> None:
    """It has the first turns and their summaries; the original stays as it is."""
    session = store.begin(FULL, system="Be brief.", folder="/here", calls=[CALL])
    store.append(session.id, turn("second"))
    store.add_summary(session.id, "One.", 1)
    store.add_summary(session.id, "Both.", 2)
    found = checked("sessions-fork", run("fork", session.id, "--at", "1", "--format", "json"))
    copy = store.find(found["id"])
    store.append(copy.id, turn("another"))

    assert found["id"] != session.id
    assert found["turns"] == 1
    assert store.turns(copy.id) == [FULL, turn("another")]
    assert store.turns(session.id) == [FULL, turn("second")]
    assert (copy.system, copy.folder) == ("Be brief.", "/here")
    assert store.summary(copy.id).text == "One."
    assert store.newest("/here").id == copy.id


def test_fork_counts_nothing_twice(store, run) -> None:
    """What calls used stays with the original alone."""
    session = store.begin(turn(), calls=[CALL])
    run("fork", session.id)

    assert [row.session for row in store.calls()] == [session.id]


@pytest.mark.parametrize("at", ["0", "2", "-1", "99999999999999999999"])
def test_fork_at_a_turn_that_is_not_there_is_2(store, refused, at) -> None:
    """The line says which there are."""
    session = store.begin(turn())

    assert "from 1 to 1" in refused("fork", session.id, "--at", at)
    assert len(store.sessions()) == 1


def test_session_is_renamed(store, run, refused) -> None:
    """Its title is another one, which is not empty."""
    session = store.begin(turn())
    found = checked("sessions-rename", run("rename", session.id, "Sky", "--format", "json"))

    assert found["title"] == store.find(session.id).title == "Sky"
    assert run("rename", session.id, "A\x1b[2Jb") == f"{session.id}\tAb\n"
    assert "a title is not empty" in refused("rename", session.id, " ")


def _bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_deleted_session_is_erased(store, run, tmp_path) -> None:
    """Nothing that was said is left in any file; other sessions and the usage stay."""
    canary = "canary" * 2000
    session = store.begin(
        turn(canary, canary, provider="secret-provider"), system=canary, calls=[CALL]
    )
    store.append(session.id, turn(canary))
    store.add_summary(session.id, canary, 1)
    other = store.begin(turn("stays"))
    assert b"canary" in _bytes(tmp_path / "data")
    assert run("delete", session.id[7:], "--yes") == "Deleted 1 session.\n"

    assert b"canary" not in _bytes(tmp_path / "data")
    assert [each.id for each in store.sessions()] == [other.id]
    assert [(row.session, row.prompt_tokens) for row in store.calls()] == [(None, 30)]


def test_delete_without_a_terminal_wants_yes(store, refused) -> None:
    """Nothing is deleted by a script that did not say so."""
    session = store.begin(turn())

    assert "deletes 1 session for good; add --yes" in refused("delete", session.id)
    assert "deletes 1 session for good; add --yes" in refused("delete", "--all")
    assert len(store.sessions()) == 1


def test_delete_of_several_is_all_or_nothing(store, run, refused) -> None:
    """An unknown one among them keeps the others; the same one twice counts once."""
    ids = [store.begin(turn()).id for _ in range(3)]

    assert "there is no session" in refused("delete", ids[0], "nobody", "--yes")
    assert len(store.sessions()) == 3
    found = run("delete", ids[0], ids[0], ids[1], "--yes", "--format", "json")
    assert checked("sessions-delete", found) == {"deleted": ids[:2]}


def test_all_are_deleted(store, run, refused) -> None:
    """With --all, which names no session."""
    ids = [store.begin(turn()).id for _ in range(2)]

    assert "or use --all" in refused("delete", ids[0], "--all", "--yes")
    assert "or use --all" in refused("delete", "--yes")
    assert run("delete", "--all", "--yes") == "Deleted 2 sessions.\n"
    assert run("delete", "--all") == "Deleted 0 sessions.\n"


def test_reader_keeps_the_log_and_is_told(store, invoke) -> None:
    """While another process reads, what was deleted cannot be erased from the log."""
    session = store.begin(turn())
    with Store.open(create=False) as reader:
        reader.database.run("BEGIN")
        reader.sessions()
        store.begin(turn())
        result = invoke("sessions", "delete", session.id, "--yes")
        reader.database.run("COMMIT")

    assert result.exit_code == 0
    assert "another process is reading" in result.stderr


def test_outdated_sessions_are_pruned(store, run, refused, settings) -> None:
    """Those that were not continued for so many days, by the option or the setting."""
    old, new = store.begin(turn()), store.begin(turn())
    store.database.run(
        "UPDATE sessions SET updated = '2020-01-01T00:00:00+00:00' WHERE id = ?", old.id
    )

    assert "use --days, or set 'retention_days'" in refused("prune")
    assert run("prune", "--days", "99999999999") == "Deleted 0 sessions.\n"
    settings(retention_days=30)
    found = checked("sessions-prune", run("prune", "--yes", "--format", "json"))
    assert found == {"deleted": [old.id]}
    assert [each.id for each in store.sessions()] == [new.id]


def test_export_goes_to_a_private_file(store, run, invoke, tmp_path) -> None:
    """From its first byte; a file that is there is replaced by a whole one."""
    session = store.begin(FULL)
    out = tmp_path / "out.jsonl"
    out.write_text("before")
    out.chmod(0o600)
    result = invoke("sessions", "export", "--all", "--out", str(out))

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"Wrote 1 session to {out}.\n"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert checked("sessions-export", out.read_text())["id"] == session.id
    assert out.read_text() == run("export", session.id)
    invoke("sessions", "export", "--all", "--out", str(tmp_path / "new"))
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


@pytest.mark.parametrize("out", ["missing/out.jsonl", ".", ""])
def test_export_to_what_is_no_file_is_2(store, refused, tmp_path, out) -> None:
    """One line says why, and nothing is left behind."""
    store.begin(turn())
    (tmp_path / "folder").mkdir()

    assert "Error: --out" in refused("export", "--all", "--out", f"{tmp_path}/folder/{out}")
    assert list((tmp_path / "folder").iterdir()) == []


def test_what_can_be_read_of_a_damaged_file_is_exported(store, invoke, tmp_path) -> None:
    """The session that is damaged is named."""
    ids = [store.begin(turn()).id for _ in range(3)]
    store.database.run("UPDATE turns SET body = '{' WHERE session = ?", ids[1])
    result = invoke("sessions", "export", "--all", "--out", str(tmp_path / "out"))
    found = [json.loads(line)["id"] for line in (tmp_path / "out").read_text().splitlines()]

    assert result.exit_code == 1
    assert found == [ids[2], ids[0]]
    assert f"Warning: session {ids[1]} is left out." in result.stderr
    assert "Wrote 2 sessions" in result.stderr


def test_export_is_imported_elsewhere(store, run, monkeypatch, tmp_path) -> None:
    """Through a pipe or a file; a second time nothing is doubled."""
    session = store.begin(FULL, system="Be brief.", calls=[CALL])
    text = run("export", "--all")
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", str(tmp_path / "other"))

    assert run("import", "-", input=text) == f"Imported {session.id}.\n"
    (tmp_path / "in").write_text(text)
    assert run("import", str(tmp_path / "in")) == f"{session.id} is already here.\n"
    assert run("export", "--all") == text
    found = checked("sessions-import", run("import", "-", "--format", "json", input=text))
    assert found == {"sessions": [{"id": session.id, "stored_as": session.id, "is_new": False}]}


@pytest.mark.parametrize("name", ["missing", "."])
def test_import_of_what_is_no_file_is_2(refused, tmp_path, name) -> None:
    """One line says so."""
    assert "cannot be read" in refused("import", str(tmp_path / name))


def test_import_of_something_else_is_2(refused, tmp_path) -> None:
    """The line is named, and no session appears."""
    assert "line 2: " in refused("import", "-", input=b"\n\xff\n")
    assert "line 1: " in refused("import", "-", input='{"id": "x"}')


def test_damaged_file_is_one_line(invoke, tmp_path) -> None:
    """Which says what to do; the file stays as it is."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    (folder / "sessions.db").write_bytes(b"garbage" * 1000)
    result = invoke("sessions", "list")

    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "is damaged" in result.stderr
    assert "move the file" in result.stderr
    assert (folder / "sessions.db").read_bytes() == b"garbage" * 1000


def test_json_of_show_is_what_was_said(store, run) -> None:
    """An empty system prompt is no message."""
    session = store.begin(turn(messages=[Message("user", "x")]))
    found = json.loads(run("show", session.id, "--format", "json"))

    assert [message["role"] for message in found["messages"]] == ["user"]


def test_list_fits_a_narrow_terminal(store, invoke, shell, tmp_path) -> None:
    """On 40 columns a session takes two lines, none of which is wider."""
    import pty
    import subprocess

    store.begin(turn("A long question " * 10))
    master, slave = pty.openpty()
    try:
        with shell.start(
            "sessions",
            "list",
            stdin=subprocess.DEVNULL,
            stdout=slave,
            OLLAMA_CLI_DATA_DIR=str(tmp_path / "data"),
            COLUMNS="40",
        ) as process:
            os.close(slave)
            process.wait(20)
        lines = os.read(master, 10_000).decode().splitlines()
    finally:
        os.close(master)

    assert len(lines) == 2
    assert all(len(line) <= 40 for line in lines)
