"""``/export`` in the chat."""

import json
import stat
from pathlib import Path

import pytest
from ollama_cli.conversation.portable import import_from
from ollama_cli.conversation.store import Store
from provider_sdk import StreamInterruptedError
from provider_sdk.testing import FakeProvider


def test_markdown_is_readable(talk, fake) -> None:
    """Title, questions and answers stand below each other, with who wrote them."""
    fake(FakeProvider("It is **Rayleigh** scattering.", ["We", StreamInterruptedError("cut")]))

    view = talk("Why is the sky blue?", "And the sea?", "/export talk.md", system="Be brief.")

    text = Path("talk.md").read_text()
    lines = [line for line in text.splitlines() if line]
    assert lines[0] == "# Why is the sky blue?"
    assert lines[1].startswith("Session ")
    assert lines[2:] == [
        "## System prompt",
        "Be brief.",
        "## You",
        "Why is the sky blue?",
        "## fake (fake-model)",
        "It is **Rayleigh** scattering.",
        "## You",
        "And the sea?",
        "## fake (fake-model)",
        "We",
        "*The answer was interrupted.*",
    ]
    assert view.last == "Wrote 2 turns to talk.md.\n"


@pytest.mark.parametrize("no_session", [True, False])
def test_json_can_be_imported(talk, fake, no_session) -> None:
    """It is what ``sessions export`` writes, also of a conversation that is not stored."""
    fake(FakeProvider("a", "b"))

    talk("1", "2", "/export talk.jsonl", no_session=no_session)

    with Store.open(create=True) as store, Path("talk.jsonl").open("rb") as file:
        for session in store.sessions():
            store.database.run("DELETE FROM sessions WHERE id = ?", session.id)
        (found,) = import_from(store, file)
        texts = [m.text for turn in store.turns(found.stored_as) for m in turn.messages]
    assert texts == ["1", "a", "2", "b"]


def test_escapes_of_a_model_are_not_written(talk, fake) -> None:
    """A file that is shown with ``cat`` does nothing to the terminal."""
    fake(FakeProvider("\x1b]0;title\x07Blue.\x1b[2J"))

    talk("# Why `\x1b[31m`?", "/export talk.md")

    text = Path("talk.md").read_text()
    assert "\x1b" not in text
    assert text.startswith("# \\# Why")


def test_only_the_user_can_read_it(talk, fake) -> None:
    """A conversation is nobody else's business."""
    fake(FakeProvider("a"))

    talk("1", "/export talk.md")

    assert stat.S_IMODE(Path("talk.md").stat().st_mode) == 0o600


@pytest.mark.parametrize("agrees", [True, False])
def test_file_that_is_there_is_overwritten_on_request_only(talk, fake, agrees) -> None:
    """Somebody is asked, and a no leaves it as it is."""
    fake(FakeProvider("a"))
    Path("talk.md").write_text("mine")

    view = talk("1", "/export talk.md", answers=[agrees])

    assert view.questions == ["talk.md is there already. Overwrite it?"]
    assert (Path("talk.md").read_text() == "mine") != agrees
    assert ("/export talk.md! overwrites it" in view.last) != agrees


@pytest.mark.parametrize("argument", ["talk.md!", "talk.md !"])
def test_exclamation_mark_overwrites(talk, fake, argument) -> None:
    """Nobody is asked."""
    fake(FakeProvider("a"))
    Path("talk.md").write_text("mine")

    view = talk("1", f"/export {argument}")

    assert view.questions == []
    assert Path("talk.md").read_text() != "mine"


def test_working_folder_that_is_gone_is_told(talk, fake, tmp_path, monkeypatch) -> None:
    """The sentence says what is wrong; an absolute name still works."""
    fake(FakeProvider("a"))
    gone = tmp_path / "gone"
    gone.mkdir()

    def leave(_: object) -> None:
        monkeypatch.chdir(gone)
        gone.rmdir()

    view = talk("1", leave, "/export talk.md", f"/export {tmp_path}/talk.md")

    assert (
        "Error: /export 'talk.md' cannot be written, because the working folder cannot be found "
        "(No such file or directory)\n"
    ) in view.text
    assert (tmp_path / "talk.md").exists()


def test_home_folder_may_be_short(talk, fake, tmp_path, monkeypatch) -> None:
    """``~`` is the home folder, as in a shell, and quotes are left away."""
    monkeypatch.setenv("HOME", str(tmp_path))
    fake(FakeProvider("a"))

    talk("1", '/export "~/my talk.md"')

    assert (tmp_path / "my talk.md").exists()


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ("", "name the file"),
        ("talk", "the name of the file says its form"),
        ("talk.pdf", "the name of the file says its form"),
        ("missing/talk.md", "no file can be made in its folder"),
        ("folder.md", "it is a folder"),
        ("a" * 300 + ".md", "File name too long"),
        ("~nobody-at-all/talk.md", "nobody has such a home folder"),
    ],
)
def test_wrong_file_is_a_line(talk, fake, argument, told) -> None:
    """It says what is wrong, and the chat goes on."""
    fake(FakeProvider("a", "b"))
    Path("folder.md").mkdir()

    view = talk("1", f"/export {argument}", "2", answers=[True])

    assert told in view.shown[2]
    assert view.last == "b\n"


def test_nothing_is_exported_before_anything_was_said(talk, fake) -> None:
    """A line says so."""
    fake(FakeProvider())

    assert "nothing was said yet" in talk("/export talk.md").last
    assert list(Path().iterdir()) == []


def test_what_could_not_be_stored_is_exported(talk, fake, tmp_path) -> None:
    """The conversation is in memory, and whole."""
    fake(FakeProvider("a", "b"))
    (tmp_path / "data").write_text("a file")

    talk("1", "2", "/export talk.json")

    assert len(json.loads(Path("talk.json").read_text())["turns"]) == 2
