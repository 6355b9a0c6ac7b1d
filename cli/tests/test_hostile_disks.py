"""Folders and disks that do not do what they should: the answer is given, and nothing is lost."""

import json
import sqlite3
import subprocess

import pytest

from ._hostile import permissions_bind, run_after
from ._router import PATIENCE_S
from ._settings import write_settings
from ._shell import Shell

ASK = ("--provider", "hf", "Why?", "--format", "json")


def bound(shell: Shell, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command so that permissions bind it."""
    return subprocess.run(
        shell.command(*arguments),
        env=dict(shell.environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=PATIENCE_S,
        preexec_fn=permissions_bind(),
    )


def messages(own: Shell) -> list[str]:
    """Return the texts of the newest session."""
    (session, *_) = json.loads(own.run("sessions", "list", "--format", "json").stdout)["sessions"]
    shown = own.run("sessions", "show", session["id"], "--format", "json").stdout
    return [each["content"] for each in json.loads(shown)["messages"]]


def assert_answered_and_not_stored(result: subprocess.CompletedProcess[str]) -> None:
    """Fail unless the answer is there, with one line on standard error, and no session."""
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert (found["text"], found["session_id"]) == ("Blue.", None)
    (line,) = result.stderr.splitlines()
    assert "not stored" in json.loads(line)["message"]


def deny(data):
    """Make the data folder one in which nothing can be made."""
    data.mkdir(mode=0o500)


def put_file(data):
    """Put a file in its place."""
    data.write_text("")


def put_link(data):
    """Put a link to a folder in its place."""
    data.with_name("elsewhere").mkdir(mode=0o700)
    data.symlink_to(data.with_name("elsewhere"))


def put_open_folder(data):
    """Put a folder there that everybody can write to."""
    data.mkdir()
    data.chmod(0o777)


@pytest.mark.parametrize("prepare", [deny, put_file, put_link, put_open_folder])
def test_data_folder_that_cannot_be_used(shell, own, router, tmp_path, prepare) -> None:
    """A question is answered with a line; one that is to continue a session is not sent."""
    data = tmp_path / "above" / "data"
    data.parent.mkdir()
    own = Shell({**own.environment, "OLLAMA_CLI_DATA_DIR": str(data)})
    prepare(data)

    assert_answered_and_not_stored(bound(own, *ASK))
    assert len(router.exchanges) == 1
    refused = bound(own, *ASK, "-c")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert json.loads(refused.stderr)["error"]["message"]
    assert len(router.exchanges) == 1
    data.parent.chmod(0o700)


@pytest.mark.parametrize("folder_mode", [0o500, 0o700], ids=["folder", "file"])
def test_sessions_that_became_read_only(own, router, tmp_path, folder_mode) -> None:
    """A question is answered with a line, one that is to continue them is not sent."""
    assert own.run(*ASK).returncode == 0
    data = tmp_path / "data"
    (data / "sessions.db").chmod(0o400)
    data.chmod(folder_mode)

    assert_answered_and_not_stored(bound(own, *ASK))
    continued = bound(own, *ASK, "-c")

    assert (continued.returncode, continued.stdout) == (2, "")
    assert len(router.exchanges) == 2
    data.chmod(0o700)
    (data / "sessions.db").chmod(0o600)
    assert messages(own) == ["Why?", "Blue."]


@pytest.mark.parametrize("blocks", [8, 100])
def test_full_disk_loses_nothing(own, router, tmp_path, blocks) -> None:
    """No file may grow: the answer is given with a line, and what was stored before is whole."""
    first = own.run(*ASK)
    assert json.loads(first.stdout)["session_id"]
    wal = tmp_path / "data" / "sessions.db-wal"
    wal.unlink(missing_ok=True)
    text = "long " * 20_000

    for more in ((), ("-c",)):
        router.exchanges.clear()
        result = run_after(own, f"ulimit -f {blocks}", *ASK, *more, input=text)

        if more and result.returncode == 2:  # the session could not even be opened
            assert (result.stdout, router.exchanges) == ("", [])
            continue
        assert result.returncode == 0, result.stderr
        found = json.loads(result.stdout)
        assert found["text"] == "Blue."
        assert (found["session_id"] is None) == bool(result.stderr)
    with sqlite3.connect(tmp_path / "data" / "sessions.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    shown = own.run("sessions", "show", json.loads(first.stdout)["session_id"], "--format", "json")
    texts = [each["content"] for each in json.loads(shown.stdout)["messages"]]
    assert texts[:2] == ["Why?", "Blue."]
    assert len(texts) % 2 == 0


def test_full_disk_for_settings_and_out(own, tmp_path) -> None:
    """A file that cannot be written whole stays as it was, and nothing is left beside it."""
    file = write_settings(tmp_path, model="org/one")
    before = file.read_bytes()
    out = tmp_path / "empty" / "out.txt"
    out.write_text("before")

    changed = run_after(own, "ulimit -f 0", "config", "set", "model", "org/two")
    asked = run_after(own, "ulimit -f 0", *ASK, "--no-session", "--out", str(out))

    assert changed.returncode in (1, 2)
    assert changed.stderr.startswith("Error: ")
    assert (asked.returncode, asked.stdout) == (1, "")
    assert file.read_bytes() == before
    assert out.read_text() == "before"
    assert list(out.parent.iterdir()) == [out]
    assert [each for each in file.parent.iterdir() if each.suffix != ".lock"] == [file]


@pytest.mark.parametrize("words", [("-c", "Why?"), ("config", "set", "model", "x")])
def test_settings_file_that_is_a_folder_is_2(own, router, tmp_path, words) -> None:
    """Nobody knows what it would forbid, so nothing is sent, and it stays."""
    (tmp_path / "settings" / "settings.json").mkdir(mode=0o700, parents=True)

    result = own.run("--provider", "hf", *words) if words[0] != "config" else own.run(*words)

    assert (result.returncode, result.stdout) == (2, "")
    assert "settings.json" in result.stderr
    assert result.stderr.count("\n") == 1
    assert router.exchanges == []
    assert (tmp_path / "settings" / "settings.json").is_dir()
