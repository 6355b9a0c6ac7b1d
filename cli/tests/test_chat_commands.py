"""What is a slash command and what is a message, and what becomes of a mistake."""

import pytest
from ollama_cli.chat import slash
from provider_sdk.testing import FakeProvider

from ._chat import pasted

KEY = "sk-abcdefghijklmnop1234567"


def shown_back(view) -> list[str]:
    """Return the entries that were put back into the input."""
    return [entry.text for entry in view.back]


def test_message_is_answered(talk, fake) -> None:
    """What is not a slash command goes to the provider."""
    service = fake(FakeProvider("Blue."))

    view = talk("Why?")

    assert service.calls[0].messages[-1].text == "Why?"
    assert view.last == "Blue.\n"


@pytest.mark.parametrize(
    "text",
    [
        "/usr/bin/env is what?",
        "/1 is a number",
        " /help me",
        "// a comment in code",
        "/* a comment */",
        "/历史 is history",
        "/help/me",
        "/",
        "and/or",
    ],
)
def test_what_only_looks_like_a_command_is_a_message(talk, fake, text) -> None:
    """Paths, comments, and whatever begins with a space are sent as they are."""
    service = fake(FakeProvider("Blue."))

    talk(text)

    assert service.calls[0].messages[-1].text == text


def test_pasted_lines_are_a_message(talk, fake) -> None:
    """A text of several lines that was pasted calls no command, whatever it begins with."""
    service = fake(FakeProvider("Blue."))

    talk(pasted("/quit\nand more"))

    assert service.calls[0].messages[-1].text == "/quit\nand more"


def test_pasted_line_is_a_message(talk, fake) -> None:
    """What a view says was pasted calls no command; it may take a short paste for typed."""
    service = fake(FakeProvider("Blue."))

    talk(pasted("/think show"))

    assert service.calls[0].messages[-1].text == "/think show"


def test_argument_of_a_command_may_be_pasted(talk, fake) -> None:
    """The name was typed, so that the lines after it belong to the command."""
    fake(FakeProvider())

    view = talk(pasted("Be brief.\nBe kind.", typed="/system "))

    assert view.last == "system prompt: Be brief.\nBe kind.\n"


@pytest.mark.parametrize("text", ["/QUIT", "/quit  ", "/quit\n", "/exit", "/bye"])
def test_case_space_and_aliases_do_not_matter(talk, fake, text) -> None:
    """A command is known by its name in any case, and by its aliases."""
    fake(FakeProvider())

    assert talk(text, "/think").shown[2:] == []


def test_unknown_command_is_told_and_put_back(talk, fake) -> None:
    """A mistyped command is not sent; a line says what was meant, and how to send it."""
    service = fake(FakeProvider())

    view = talk("/modle gpt")

    assert view.last == (
        "Error: /modle is not known here; did you mean /model? To send it as a message, begin it "
        "with a space\n"
    )
    assert shown_back(view) == ["/modle gpt"]
    assert service.calls == []


def test_command_that_is_like_no_other_points_to_the_help(talk, fake) -> None:
    """Without a similar name the line says where to look."""
    fake(FakeProvider())

    assert "/help lists what there is" in talk("/xyzzyx").last


def test_message_that_begins_with_a_command_is_put_back(talk, fake) -> None:
    """A command that takes nothing refuses what follows it, and does nothing."""
    fake(FakeProvider())

    view = talk("/quit smoking is hard", "/think")

    assert "/quit stands alone; to send this as a message, begin it with a space" in view.shown[1]
    assert shown_back(view) == ["/quit smoking is hard"]
    assert view.last == "reasoning is hidden\n"


@pytest.mark.parametrize(
    "text", ["/provider", "/model", "/effort", "/think", "/copy", "/help", "/"]
)
def test_key_is_not_repeated(talk, fake, text) -> None:
    """A key that was pasted in the wrong place stands in no message about it."""
    service = fake(FakeProvider())

    view = talk(text + KEY if text == "/" else f"{text} {KEY}")

    assert "Error: " in view.last
    assert KEY not in view.text
    assert service.calls == []


@pytest.mark.parametrize("word", ["a" * 400_000, "eyJ-" * 100_000], ids=["letters", "hyphens"])
def test_a_long_word_holds_nothing_up(talk, fake, word) -> None:
    """Whether it is a key is known at once; it would take hours if each letter began a search."""
    service = fake(FakeProvider())

    view = talk(f"/{word}", f"/effort {word}")

    assert view.text.count("Error: ") == 2
    assert service.calls == []


def test_failure_leaves_the_chat_alive(talk, fake) -> None:
    """Whatever a command raises is a line, and the next entry is taken."""
    fake(FakeProvider())

    view = talk(lambda chat: setattr(chat, "options", None), "/effort", "/think")

    assert view.shown[1].startswith("Error: unexpected AttributeError")
    assert view.last == "reasoning is hidden\n"


@pytest.mark.parametrize("command", slash.built_in().values(), ids=slash.built_in())
def test_command_says_what_it_does(command) -> None:
    """The help of each is a sentence that fits a line, and more lines if there is more to say."""
    assert command.help.endswith(".")
    assert len(command.help) <= 90
    assert command.details.startswith(command.help)


def test_names_are_not_taken_twice() -> None:
    """No alias is the name or an alias of another command."""
    commands = slash.built_in().values()
    names = [name for each in commands for name in (each.name, *each.aliases)]

    assert len(names) == len({*names})
