"""A project is trusted as it was read, and untrusted once anything in it is another."""

import json
import os
import stat
import threading
from pathlib import Path

import pytest
from ollama_cli.settings import snapshot as reading
from ollama_cli.settings import trust as trusting
from ollama_cli.settings.files import SettingsError, read_settings
from ollama_cli.settings.snapshot import take_snapshot
from ollama_cli.settings.trust import TrustError, revoke, trust, trusted_project, trusted_projects

from ._project import hooks, is_trusted, trust_project, write_project

SETTINGS = ".ollama/settings.json"


# What is not trusted.


def test_an_untrusted_project_sets_nothing(work) -> None:
    """One line says so, and what to do."""
    found = read_settings()

    assert (found.values, found.project) == ({}, None)
    (note,) = found.notes
    assert note.startswith(f"the project {work} is not trusted, so nothing in it is used")
    assert "'ollama-cli trust'" in note


@pytest.mark.parametrize("content", ["{", '{"zzz": 1}', '{"api_key": "x"}', "[" * 100_000])
def test_the_mistakes_of_an_untrusted_project_are_not_looked_at(work, content) -> None:
    """They are no error."""
    (work / SETTINGS).write_text(content)

    assert read_settings().values == {}


def test_an_empty_folder_is_not_told(tmp_path, work, monkeypatch) -> None:
    """There is nothing that trust would enable."""
    monkeypatch.chdir(write_project(tmp_path / "home" / "empty"))

    assert read_settings().notes == ()


def test_an_untrusted_project_is_not_opened(work, monkeypatch) -> None:
    """Nothing in it is read, so nothing in it can hang or be huge."""
    (work / SETTINGS).unlink()
    os.mkfifo(work / SETTINGS)
    monkeypatch.setattr(trusting, "take_snapshot", None)

    assert not is_trusted()


# What is trusted.


def test_a_trusted_project_is_used(trusted_work) -> None:
    """Its settings count, its files are at hand, and there is nothing to say."""
    found = read_settings()

    assert found.values["provider"] == "hf"
    assert found.notes == ()
    assert found.project is not None
    assert found.project.files == {
        SETTINGS: (trusted_work / SETTINGS).read_bytes(),
        ".ollama/prompts/review.md": b"Review.",
        ".env": b"HF_TOKEN=x",
        "tools/hook.py": b"print(1)",
    }


def test_it_is_trusted_in_every_folder_of_it(trusted_work, monkeypatch) -> None:
    """Not beside it."""
    (trusted_work / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(trusted_work / "a" / "b")
    assert is_trusted()
    monkeypatch.chdir(trusted_work.parent)
    assert not is_trusted()


def test_what_trust_does_not_cover_may_change(trusted_work) -> None:
    """A project that is worked in stays trusted."""
    (trusted_work / "unnamed.txt").write_text("y")
    (trusted_work / "tools" / "other.py").write_text("")
    (trusted_work / SETTINGS).touch()

    assert is_trusted()


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def _execute(path: Path) -> None:
    path.chmod(0o755)


def _link(path: Path) -> None:
    kept = path.with_name("kept")
    path.rename(kept)
    path.symlink_to("kept")


@pytest.mark.parametrize("change", [_append, _execute, _link, Path.unlink])
@pytest.mark.parametrize("name", [SETTINGS, ".env", "tools/hook.py", ".ollama/prompts/review.md"])
def test_a_change_ends_trust(trusted_work, name, change) -> None:
    """Of content, of the right to be executed, into a link with the same content, or a loss."""
    change(trusted_work / name)

    found = read_settings()

    assert (found.values, found.project) == ({}, None)
    (note,) = found.notes
    assert note.startswith(f"the project {trusted_work} has changed since it was trusted")


@pytest.mark.parametrize(
    "name", [".ollama/x", ".ollama/.hidden", ".ollama/prompts/x.md", ".ollama/a/b/c"]
)
def test_an_addition_ends_trust(trusted_work, name) -> None:
    """Of any file."""
    path = trusted_work / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")

    assert not is_trusted()


def test_an_empty_folder_ends_trust(trusted_work) -> None:
    """It is a name, too."""
    (trusted_work / ".ollama" / "empty").mkdir()

    assert not is_trusted()


def test_what_is_put_back_is_trusted_again(trusted_work) -> None:
    """As on a branch of the repository that is left."""
    content = (trusted_work / SETTINGS).read_bytes()
    (trusted_work / SETTINGS).write_text("{}")
    (trusted_work / SETTINGS).write_bytes(content)

    assert is_trusted()


def test_a_script_that_appears_ends_trust(work) -> None:
    """A hook may name a file that is not there yet."""
    (work / "tools/hook.py").unlink()
    trust_project(work)
    assert is_trusted()

    (work / "tools/hook.py").write_text("evil")

    assert not is_trusted()


def test_a_moved_project_is_not_trusted(trusted_work, monkeypatch) -> None:
    """Nor is a copy."""
    moved = trusted_work.with_name("moved")
    trusted_work.rename(moved)
    monkeypatch.chdir(moved)

    assert not is_trusted()


def test_content_cannot_move_between_files(tmp_path, work) -> None:
    """Names and contents are told apart, whatever is in them."""
    digests = {
        take_snapshot(write_project(tmp_path / str(place), files)).digest
        for place, files in enumerate(
            [
                {".ollama/a": "bc", ".ollama/d": ""},
                {".ollama/ab": "c", ".ollama/d": ""},
                {".ollama/a": "b", ".ollama/c": "d"},
                {".ollama/a/bc": "", ".ollama/d": ""},
                {".ollama/a": "bcd"},
                {".ollama/a\nfile": "bc"},
            ]
        )
    }

    assert len(digests) == 6


def test_the_mistakes_of_a_trusted_project_are_errors(work) -> None:
    """They may be about what must not be sent."""
    (work / SETTINGS).write_text('{"provder": "hf"}')
    trust_project(work)

    with pytest.raises(SettingsError) as raised:
        read_settings()

    told = f"{work / SETTINGS}: unknown key 'provder'; did you mean 'provider'?"
    assert str(raised.value) == told


def test_what_was_compared_is_what_is_used(trusted_work) -> None:
    """A file that is swapped after the comparison changes nothing any more."""
    found = read_settings()
    (trusted_work / SETTINGS).write_text('{"provider": "evil"}')
    (trusted_work / "tools/hook.py").write_text("evil")

    assert found.project is not None
    assert found.values["provider"] == "hf"
    assert found.project.files["tools/hook.py"] == b"print(1)"
    assert not found.project.is_unchanged()


def test_no_swap_brings_in_other_bytes(trusted_work) -> None:
    """While somebody keeps swapping a file, it is used as it was trusted, or not at all."""
    path, spare = trusted_work / SETTINGS, trusted_work / "spare"
    good = path.read_bytes()
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for content in (b'{"provider": "evil"}', good):
                spare.write_bytes(content)
                spare.replace(path)

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        seen = [read_settings().values for _ in range(100)]
    finally:
        stop.set()
        swapper.join()

    assert {values.get("provider") for values in seen} <= {"hf", None}


# The list.


def test_the_list_is_private(trusted_work, tmp_path) -> None:
    """Nobody else can read or write it."""
    store = tmp_path / "data" / "trust.json"

    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.parent.stat().st_mode) == 0o700


_DAMAGED = (
    "",
    "{",
    "[]",
    "null",
    '{"version": 2, "projects": {}}',
    '{"version": 1, "projects": []}',
    '{"version": 1, "projects": {"/": 5}}',
    '{"version": 1, "projects": {"/": {"digest": 1}}}',
    "[" * 100_000,
    "\0" * 1000,
)


@pytest.mark.parametrize("content", _DAMAGED, ids=lambda content: content[:40])
def test_a_damaged_list_trusts_nobody(trusted_work, tmp_path, content) -> None:
    """A line says so; it is neither replaced nor a traceback."""
    store = tmp_path / "data" / "trust.json"
    store.write_text(content)

    found = trusted_project()

    told = f"no project is trusted, because {store} is damaged; delete it, and trust your projects "
    assert found == (None, (f"{told}again",))
    with pytest.raises(TrustError):
        trust_project(trusted_work)
    assert store.read_text() == content


def test_a_list_that_others_can_write_to_trusts_nobody(trusted_work, tmp_path) -> None:
    """Anybody could have trusted anything there."""
    (tmp_path / "data" / "trust.json").chmod(0o666)

    assert "others can write to it" in trusted_project().notes[0]
    assert not is_trusted()


def test_a_list_that_is_a_link_trusts_nobody(trusted_work, tmp_path) -> None:
    """It is not followed."""
    store = tmp_path / "data" / "trust.json"
    store.rename(tmp_path / "data" / "other")
    store.symlink_to("other")

    assert not is_trusted()


def test_a_project_does_not_bring_its_own_list(work, monkeypatch) -> None:
    """Even if its author knows where it will be, and the data folder is in it."""
    monkeypatch.setenv("OLLAMA_CLI_DATA_DIR", str(work / "data"))
    (work / "data").mkdir(mode=0o700)
    trust_project(work)

    assert str(work) in trusted_projects()
    assert not is_trusted()


def test_revoked_trust_is_gone(trusted_work) -> None:
    """At once."""
    assert revoke(trusted_work) is True
    assert revoke(trusted_work) is False
    assert not is_trusted()


def test_two_who_change_the_list_at_once_lose_nothing(work) -> None:
    """Each sees what the other wrote."""
    found = take_snapshot(work)

    def change(number: int) -> None:
        for count in range(10):
            trust(reading.Snapshot(Path(f"/{number}/{count}"), {}, frozenset(), found.digest, ()))

    threads = [threading.Thread(target=change, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(trusted_projects()) == 40


def test_the_list_holds_nothing_of_the_project(trusted_work, tmp_path) -> None:
    """But its path, a digest and a time."""
    (found,) = json.loads((tmp_path / "data" / "trust.json").read_text())["projects"].values()

    assert set(found) == {"digest", "at"}


def test_without_a_place_for_the_list_nobody_is_trusted(work, monkeypatch) -> None:
    """An error says what to set."""
    monkeypatch.setattr(trusting, "data_folder", lambda: None)

    assert not is_trusted()
    with pytest.raises(TrustError, match="set OLLAMA_CLI_DATA_DIR"):
        trust_project(work)


# Where each value comes from.


def test_the_place_of_each_value_is_known(trusted_work, tmp_path) -> None:
    """By its dotted key."""
    folder = tmp_path / "settings"
    folder.mkdir(mode=0o700)
    user = folder / "settings.json"
    user.write_text(json.dumps({"model": "m", "budgets": {"day_usd": 5}, "hooks": hooks("mine")}))
    user.chmod(0o600)
    values = {"budgets": {"day_usd": 9, "session_usd": 1}, "hooks": hooks("theirs")}
    write_project(trusted_work, provider="hf", **values)
    trust_project(trusted_work)

    found = read_settings()

    theirs = str(trusted_work / SETTINGS)
    assert found.sources == {
        "provider": theirs,
        "budgets.day_usd": str(user),
        "budgets.session_usd": theirs,
        "hooks.PreRequest": f"{user} and {theirs}",
    }
    assert [(found, place and place.root) for found, place in found.hooks] == [
        (hooks("mine"), None),
        (hooks("theirs"), trusted_work),
    ]
