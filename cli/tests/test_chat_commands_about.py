"""``/status``, ``/usage``, ``/cost``, ``/why``, ``/hooks`` and ``/help``: what is so now."""

import pytest
from ollama_cli.terminal.markdown.widths import width_of
from ollama_cli.terminal.pairs import fitted, pairs
from provider_sdk import ChatResponse, ProviderUnavailableError, Usage
from provider_sdk.testing import FakeProvider

from ._hooks import hook, setting

PRICES = {"fake-model": {"input": 100_000, "output": 200_000}}
"""A tenth of a dollar for a token that is read, and two for one that is written."""


def answer(text: str = "Blue.", **more) -> ChatResponse:
    """Return an answer with usage that the service reported."""
    return ChatResponse(text=text, usage=Usage(10, 5, source="reported"), **more)


def rows(text: str) -> dict[str, str]:
    """Return pairs by their left side."""
    return {line.split("  ")[0]: line.split("  ", 1)[-1].strip() for line in text.splitlines()}


@pytest.fixture(autouse=True)
def wide(monkeypatch) -> None:
    """The terminal is wide, so that no line is wrapped."""
    monkeypatch.setenv("COLUMNS", "300")


def test_status_before_the_first_message(talk, fake) -> None:
    """Without a turn, what is not known yet is said to be so."""
    fake(FakeProvider())

    found = rows(talk("/status").last)

    assert found["answers"] == "fake answers with fake-model, as --provider says"
    assert found["session"] == "not stored yet"
    assert found["window"] == "32,768 tokens (assumed)"
    assert found["system"] == "none"
    assert found["attached"] == "nothing"
    assert found["settings"] == "no file"
    assert found["project"] == "none"
    assert found["hooks"] == "none"


def test_status_after_an_answer(talk, fake, settings) -> None:
    """Session, title, window, and what was changed are there."""
    path = settings(context_window=100, hooks=setting("Error", hook("true")))
    fake(FakeProvider(answer(served_by="novita")))

    view = talk("Why?", "/system Be\nbrief.", "/effort high", "/think show", "/status")

    found = rows(view.last)
    assert view.chat is not None
    assert found["session"] == f"{view.chat.session.id} Why?"
    assert found["served by"] == "novita"
    assert found["window"] == "15 of 100 tokens, 15 % (by the settings)"
    assert found["system"] == "Be brief."
    assert found["effort"] == "high"
    assert found["reasoning"] == "shown"
    assert found["settings"] == str(path)
    assert found["hooks"] == "1 on"


def test_status_without_a_key(talk, settings) -> None:
    """It also works if who was named cannot be asked."""
    settings(providers={"acme": {"base_url": "https://a.invalid/v1", "api_key_env": "ACME_KEY"}})

    found = rows(talk("/status", provider="acme").last)

    assert found["answers"].startswith("acme is to answer, as --provider says, and cannot")


def test_status_of_a_chat_that_stores_nothing(talk, fake) -> None:
    """With ``--no-session`` it says so."""
    fake(FakeProvider())

    assert rows(talk("/status", no_session=True).last)["session"] == "not stored"


def test_status_cuts_long_texts_and_escapes(talk, fake) -> None:
    """A long system prompt is its first words, on one line and without control characters."""
    fake(FakeProvider())

    found = rows(talk("/system " + "word\x1b[2J\n" * 100, "/status").last)

    assert found["system"].startswith("word word ")
    assert found["system"].endswith("...")
    assert len(found["system"]) < 100


@pytest.mark.parametrize("trusted", [True, False])
def test_status_tells_whether_the_project_is_trusted(request, talk, fake, trusted) -> None:
    """The project is named; if it is not trusted, what that means is said."""
    work = request.getfixturevalue("trusted_work" if trusted else "work")
    fake(FakeProvider())

    found = rows(talk("/status").last)["project"]

    assert found.startswith(str(work))
    assert ("not trusted" in found) is not trusted


def test_usage_is_by_provider_model_and_source(talk, fake) -> None:
    """Reported and estimated figures are lines of their own; what failed is counted."""
    fake(FakeProvider(answer(), answer(), "estimated", ProviderUnavailableError("down")))
    fake(FakeProvider(answer()), "other")

    view = talk("a", "b", "c", "d", "/provider other", "e", "/usage")

    lines = view.last.splitlines()
    assert "fake fake-model   20 in, 10 out (reported), 2 calls" in lines
    assert "other fake-model  10 in, 5 out (reported), 1 call" in lines
    assert any("(estimated), 1 call" in line for line in lines)


def test_usage_before_the_first_call(talk, fake) -> None:
    """There is nothing to add up."""
    fake(FakeProvider())

    assert talk("/usage").last == "no call was made in this session yet\n"


def test_cost_names_the_source_of_the_price(talk, fake, settings) -> None:
    """The last answer and the session have their costs."""
    settings(prices=PRICES)
    fake(FakeProvider(answer(), answer()))

    found = rows(talk("a", "b", "/cost").last)

    assert found["last answer"] == "$2 (the setting 'prices')"
    assert found["session"] == "$4"


def test_cost_is_that_of_who_answered(talk, fake, settings) -> None:
    """After a switch, earlier answers keep the price of their own model."""
    settings(prices={**PRICES, "cheap": {"input": 0, "output": 0}})
    fake(FakeProvider(answer()))
    fake(FakeProvider(answer(), default_model="cheap"), "other")

    found = rows(talk("a", "/provider other", "b", "/cost").last)

    assert found["last answer"] == "$0 (the setting 'prices')"
    assert found["session"] == "$2"


def test_unknown_cost_is_not_nothing(talk, fake) -> None:
    """A price that is not known is said to be so, also in the sum."""
    fake(FakeProvider(answer()))

    found = rows(talk("a", "/cost").last)

    assert found["last answer"].startswith("unknown: no price of fake-model is known")
    assert found["session"] == "$0, and 1 call of which the price is not known"


def test_cost_shows_what_the_budgets_leave(talk, fake, settings) -> None:
    """Both limits have what was spent, also if asked twice; the day counts other sessions too."""
    settings(prices=PRICES, budgets={"session_usd": 5, "day_usd": 10.5})
    fake(FakeProvider(answer()))
    talk("a")
    fake(FakeProvider(answer()))

    view = talk("b", "/cost", "/cost")
    found = rows(view.last)

    assert found["budget of the session"] == "$2 of $5"
    assert found["budget of the day"] == "$4 of $10.5"
    assert view.shown[-2] == view.last


def test_why_explains_without_closing_anything(talk, fake) -> None:
    """The chat goes on with the same connections."""
    fake(FakeProvider("A", "B"))

    view = talk("a", "/why", "b")

    assert view.shown[2].startswith("fake would answer a question for the task agent.\n")
    assert "fake answered with fake-model" in view.shown[2]
    assert view.last == "B\n"


def test_why_names_the_slash_command(talk, fake) -> None:
    """How to ask another one is said as it is done in the chat."""
    fake(FakeProvider())

    assert "--provider" not in talk("/provider default", "/why").last


def test_hooks_are_listed(talk, fake, settings) -> None:
    """Each hook is a line with its event and command."""
    settings(hooks=setting("PreRequest", hook("check it")))
    fake(FakeProvider())

    last = talk("/hooks").last.splitlines()[-1]

    assert last == "PreRequest  check it (user, 10 s)"


def test_hooks_that_are_off_are_said_to_be(talk, fake, settings) -> None:
    """With ``--no-hooks`` a line says that none is run."""
    settings(hooks=setting("PreRequest", hook("check it")))
    fake(FakeProvider())

    assert "none of them is run, because " in talk("/hooks", no_hooks=True).last


def test_help_has_every_command(talk, fake) -> None:
    """Each stands there once, in a group, with its help; the keys follow."""
    fake(FakeProvider())

    view = talk("/help")

    assert view.chat is not None
    for name, help in view.chat.slash_commands().items():
        (line,) = (each for each in view.last.splitlines() if each.endswith(f"  {help}"))
        assert line.split()[0] == f"/{name}"
    assert "Yours" not in view.last
    assert "Ctrl-C" in view.last


def test_help_has_your_own_commands(talk, fake, settings) -> None:
    """A slash command that is a file stands in a group of its own."""
    folder = settings().parent / "commands"
    folder.mkdir(mode=0o700)
    (folder / "tidy.md").write_text("---\ndescription: Tidies a text.\n---\nTidy: {{input}}\n")
    fake(FakeProvider())

    view = talk("/help", "/help tidy")

    assert "Yours, from Markdown files\n/tidy [TEXT]  Tidies a text.\n" in view.shown[1]
    assert view.last == "/tidy [TEXT]\n\nTidies a text.\n\nIt is a Markdown file.\n"


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
@pytest.mark.parametrize(
    "entry", ["/help", "/help model", "/status", "/provider", "/cost", "/hooks", "/why"]
)
def test_lines_fit_the_width(talk, fake, monkeypatch, columns, entry) -> None:
    """No line of these is wider than the terminal, if its words are not."""
    monkeypatch.setenv("COLUMNS", str(columns))
    fake(FakeProvider(default_model="m"))

    for line in talk(entry).last.splitlines():
        longest = max(map(width_of, line.split()), default=0)
        assert width_of(line) < max(columns, longest + 5)


def test_help_of_one_command(talk, fake) -> None:
    """``/help NAME`` has usage, all of the help, and the other names."""
    fake(FakeProvider())

    view = talk("/help quit", "/help /model")

    assert view.shown[1] == "/quit\n\nLeave the chat; the session stays.\n\nAlso: /exit, /bye\n"
    assert view.shown[2].startswith("/model [NAME|PART|default|refresh]\n\nShow the models")


def test_help_of_an_unknown_command(talk, fake) -> None:
    """A name that does not exist is one line with the nearest."""
    fake(FakeProvider())

    assert "did you mean /model?" in talk("/help modle").last


def test_help_offers_the_commands(talk, fake) -> None:
    """Their names follow ``/help`` in completion."""
    fake(FakeProvider())
    offered = []

    talk(lambda chat: offered.append(chat.values_of("help")))

    assert {"model", "quit"} <= offered[0].keys()


def test_wide_characters_keep_their_columns() -> None:
    """What is two columns wide counts as two, so that the second column is straight."""
    lines = pairs([("蓝", "blue"), ("red", "rot")], 80).splitlines()

    assert lines == ["蓝   blue", "red  rot"]


def test_pairs_write_nothing_to_the_terminal() -> None:
    """Neither side has control characters or line breaks."""
    assert pairs([("a\x1b[2J\nb", "c\x07\nd")], 80) == "a b  c d"


def test_narrow_pairs_stand_below_each_other() -> None:
    """Where the right column would be too narrow, it stands below."""
    assert pairs([("name", "what it means here")], 20) == "name\n    what it means\n    here"


def test_fitted_lines_keep_their_indentation(monkeypatch) -> None:
    """What is broken goes on below its beginning."""
    monkeypatch.setenv("COLUMNS", "30")

    assert fitted("  one two three four five six seven\neight") == (
        "  one two three four five six\n  seven\neight"
    )
