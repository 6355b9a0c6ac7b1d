"""Slash commands that are Markdown files."""

import pytest
from ollama_cli.chat.entries import Entry, Piece
from provider_sdk.testing import FakeProvider

from ._chat import pasted
from ._project import trust_project, write_project


@pytest.fixture
def command(tmp_path):
    """Write a slash command of the user, and return its file."""
    folder = tmp_path / "settings" / "commands"

    def write(text: str, name: str = "review"):
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        file = folder / f"{name}.md"
        file.write_text(text)
        file.chmod(0o600)
        return file

    return write


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a slash command, in which the chat runs; it is not trusted."""
    made = tmp_path / "home" / "work"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    write_project(made, {".ollama/commands/review.md": "Theirs: {{input}}"})
    monkeypatch.chdir(made)
    return made


def asked(service) -> list[str]:
    """Return the newest message of each call."""
    return [call.messages[-1].text for call in service.calls]


@pytest.mark.parametrize(
    ("text", "entry", "sent"),
    [
        ("Review {{input}}.", "/review this one", "Review this one."),
        ("Review.", "/review this one", "Review.\n\nthis one"),
        ("Review.", "/review", "Review."),
        ("Review.", "/REVIEW  a\n  b\n", "Review.\n\na\n  b"),
        ("{{input}} and {{input}}", "/review {{input}} $1", "{{input}} $1 and {{input}} $1"),
        ("---\nparams:\n  tone: kind\n---\nBe {{tone}}.", "/review", "Be kind."),
    ],
)
def test_file_is_asked_with(talk, fake, command, text, entry, sent) -> None:
    """What follows its name is its input."""
    service = fake(FakeProvider("Fine."))
    command(text)

    view = talk(entry)

    assert asked(service) == [sent]
    assert view.last == "Fine.\n"


def test_its_system_prompt_and_options_are_for_one_message(talk, fake, command) -> None:
    """The next message has those of the chat again."""
    service = fake(FakeProvider("Fine.", "Blue."))
    command("---\nsystem: Be strict.\noptions:\n  temperature: 0.5\n---\nReview.")

    talk("/review", "Why?", system="Be kind.")

    first, second = service.calls
    assert [first.messages[0].text, second.messages[0].text] == ["Be strict.", "Be kind."]
    assert [call.options.get("temperature") for call in service.calls] == [0.5, None]


def test_its_system_prompt_does_not_become_that_of_the_session(talk, fake, command) -> None:
    """Also if it is the first message, and the session has none."""
    service = fake(FakeProvider("Fine.", "Blue."))
    command("---\nsystem: Be strict.\n---\nReview.")

    talk("/review", "Why?")

    assert [message.role for message in service.calls[1].messages] == ["user", "assistant", "user"]


def test_its_provider_and_model_are_for_one_message(talk, fake, command) -> None:
    """Who answered before answers the next message."""
    service, other = fake(FakeProvider("Blue.")), fake(FakeProvider("Fine."), "other")
    command("---\nprovider: other\nmodel: big\n---\nReview.")

    talk("/review", "Why?")

    assert asked(service) == ["Why?"]
    assert [call.model for call in other.calls] == ["big"]


def test_its_model_is_one_of_who_answers(talk, fake, settings, command) -> None:
    """Not of whom the settings name."""
    settings(provider="other")
    service, other = fake(FakeProvider("Fine.")), fake(FakeProvider(), "other")
    command("---\nmodel: big\n---\nReview.")

    talk("/review")

    assert [call.model for call in service.calls] == ["big"]
    assert other.calls == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("---\nmodle: x\n---\nReview.", "review.md: unknown key 'modle'"),
        ("---\nparams: [tone]\n---\nBe {{tone}}.", "needs a default of 'tone'"),
        ("Review {{input}}.", "the slash command /review needs input: write it after its name"),
        ("", "the slash command /review has no text of its own"),
    ],
)
def test_file_that_cannot_be_used_is_one_line(talk, fake, command, text, problem) -> None:
    """Nothing is sent, the entry goes back into the input, and the chat goes on."""
    service = fake(FakeProvider("Blue."))
    command(text)

    view = talk("/review", "Why?")

    assert asked(service) == ["Why?"]
    assert view.shown[1].startswith("Error: ")
    assert problem in view.shown[1]
    assert view.shown[1].count("\n") == 1
    assert [entry.text for entry in view.back] == ["/review"]


def test_file_of_it_attaches_no_file(talk, fake, command, tmp_path) -> None:
    """What a person typed after its name does."""
    service = fake(FakeProvider("Fine."))
    (tmp_path / "folder" / "a.txt").write_text("alpha")
    (tmp_path / "folder" / "b.txt").write_text("beta")
    command("Compare @a.txt with {{input}}")

    talk("/review @b.txt")

    assert asked(service)[0].startswith("Compare @a.txt with @b.txt\n")
    assert "beta" in asked(service)[0]
    assert "alpha" not in asked(service)[0]


def test_pasted_input_attaches_no_file(talk, fake, command, tmp_path) -> None:
    """It is not typed, also if it follows the name of a slash command."""
    service = fake(FakeProvider("Fine."))
    (tmp_path / "folder" / "a.txt").write_text("alpha")
    command("Review {{input}}")

    talk(pasted("@a.txt", typed="/review "))

    assert asked(service) == ["Review @a.txt"]


def test_typed_and_pasted_input_stay_apart(talk, fake, command, tmp_path) -> None:
    """A file is attached for what was typed before and after a paste."""
    service = fake(FakeProvider("Fine."))
    for name in "abc":
        (tmp_path / "folder" / f"{name}.txt").write_text(f"in {name}")
    command("Review {{input}}")

    pieces = (Piece("/review @a.txt "), Piece("@b.txt ", typed=False), Piece("@c.txt"))
    talk(Entry(pieces, "/review"))

    sent = asked(service)[0]
    assert ["in a" in sent, "in b" in sent, "in c" in sent] == [True, False, True]


def test_file_alone_is_input(talk, fake, command, tmp_path) -> None:
    """A slash command that needs input is content with a file that was attached."""
    service = fake(FakeProvider("Fine."))
    (tmp_path / "folder" / "a.txt").write_text("alpha")
    command("Review this: {{input}}")

    talk("/file a.txt", "/review")

    assert "alpha" in asked(service)[0]


def test_it_is_offered(talk, fake, command) -> None:
    """Completion and /help have it with its description."""
    fake(FakeProvider())
    command("---\ndescription: Reviews a change.\n---\nReview.")
    command("x", "plain")
    command("---\nmodle: x\n---\n", "broken")

    view = talk("/help")

    offered = view.chat.slash_commands()
    assert offered["review"] == "Reviews a change."
    assert offered["plain"] == "asks with plain.md"
    assert offered["broken"].startswith("cannot be used: unknown key 'modle'")
    assert "/review" in view.last
    assert "Reviews a change." in view.last


def test_it_is_noticed_while_the_chat_runs(talk, fake, command) -> None:
    """A file that is written, or changed, counts when it is called."""
    service = fake(FakeProvider("Fine.", "Fine."))

    talk(
        lambda _: command("One"),
        "/review",
        lambda _: command("Two"),
        "/review",
    )

    assert asked(service) == ["One", "Two"]


def test_file_that_is_deleted_is_called_no_longer(talk, fake, command) -> None:
    """Its name is not known any more."""
    service = fake(FakeProvider("Fine."))
    file = command("One")

    view = talk("/review", lambda _: file.unlink(), "/review")

    assert asked(service) == ["One"]
    assert "/review is not known here" in view.last


@pytest.mark.parametrize("name", ["help", "exit", "Quit"])
def test_what_comes_with_the_chat_wins(talk, fake, command, name) -> None:
    """A file of the same name is hidden; a line says so once."""
    service = fake(FakeProvider("Blue."))
    command("Mine", name)

    view = talk("Why?", "/help")

    assert asked(service) == ["Why?"]
    assert view.text.count(f"{name}.md is hidden by /") == 1
    assert "Mine" not in view.last


def test_name_that_cannot_be_called_is_told(talk, fake, command) -> None:
    """A file with dots in its name is not silently useless."""
    fake(FakeProvider())
    command("Mine", "a.b")

    view = talk()

    assert "a.b.md cannot be called: name it with letters, digits and dashes" in view.text


def test_file_that_others_can_write_is_not_used(talk, fake, command) -> None:
    """Somebody else could have written it."""
    service = fake(FakeProvider())
    command("Mine").chmod(0o666)

    view = talk("/review")

    assert asked(service) == []
    assert "it is ignored, because others can write to it" in view.last


def test_project_that_is_not_trusted_has_none(talk, fake, project) -> None:
    """Its file is not offered, and cannot be called."""
    service = fake(FakeProvider())

    view = talk("/review x")

    assert asked(service) == []
    assert "/review is not known here" in view.last


def test_trusted_project_hides_the_users_own(talk, fake, project, command) -> None:
    """Of two with one name the project's counts, as with saved prompts."""
    service = fake(FakeProvider("Fine."))
    command("Mine: {{input}}")
    trust_project(project)

    talk("/review x")

    assert asked(service) == ["Theirs: x"]


def test_project_that_changes_has_none_any_more(talk, fake, project, command) -> None:
    """The user's own of the same name counts again."""
    service = fake(FakeProvider("Fine.", "Fine."))
    command("Mine: {{input}}")
    trust_project(project)

    def change(_) -> None:
        write_project(project, {".ollama/commands/review.md": "Steal {{input}}"})

    talk("/review x", change, "/review x")

    assert asked(service) == ["Theirs: x", "Mine: x"]


def test_failed_call_can_be_asked_again(talk, fake, command) -> None:
    """What was entered is kept as it was, and asked with the file again."""
    service = fake(FakeProvider("Fine.", "Fine."))
    command("Review {{input}}")

    view = talk("/review x", lambda chat: chat.ask(chat.newest.entry))

    assert asked(service) == ["Review x", "Review x"]
    assert view.chat.newest.entry.text == "/review x"
