"""What an error says, and what it does not say twice."""

import pytest
from ollama_cli.terminal.sentences import hint_of, lines, message_of, sentence, without_repetition
from provider_sdk import (
    AllProvidersFailedError,
    Attempt,
    ChatResponse,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    StreamInterruptedError,
    StreamTimeoutError,
)

from ._terminal import Terminal

PAGE = "https://huggingface.co/settings/tokens"


@pytest.mark.parametrize(
    ("message", "hint", "kept"),
    [
        ("no", "Wait.", "Wait."),
        ("Slow down. Wait a minute.", "Wait a minute.", ""),
        ("slow down, wait a minute!", "Wait a minute.", ""),
        (f"bad token, see {PAGE}", f"Check the token at {PAGE}.", ""),
        (
            f"bad token, see {PAGE}",
            f"Check the token at {PAGE}. It came from X.",
            "It came from X.",
        ),
        ("please try again later", "Try again later, or use another one.", "Use another one."),
        ("use another one", "Try again later, or use another one.", "Try again later."),
        ("no", "Try again later, or use another one.", "Try again later, or use another one."),
        ("no", "", ""),
    ],
)
def test_hint_is_what_the_message_lacks(message: str, hint: str, kept: str) -> None:
    """Sentences, alternatives and addresses of the message are not repeated in the hint."""
    assert without_repetition(hint, message) == kept


def test_model_that_does_not_exist_is_named() -> None:
    """The model is named if the service does not, and the command that lists models too."""
    error = ProviderModelNotFoundError("no such model", model="org/x", provider="hf")

    assert sentence(error) == (
        "model 'org/x': no such model. List the models with 'ollama-cli models --provider hf'."
    )


def test_hint_that_begins_with_the_list_says_it_once() -> None:
    """A sentence that begins with it says how, too."""
    error = ProviderModelNotFoundError("no", provider="hf", hint="List the models to see which.")

    assert (
        sentence(error)
        == "no. List the models with 'ollama-cli models --provider hf' to see which."
    )


def test_hint_to_list_models_names_the_command() -> None:
    """A hint to list the models says how."""
    error = ProviderModelNotFoundError("no", provider="hf", hint="Check it, or list the models.")

    assert hint_of(error) == (
        "Check it, or list the models with 'ollama-cli models --provider hf'."
    )


def test_model_that_the_service_names_is_not_named_again() -> None:
    """A message that names the model stays as it is."""
    error = ProviderModelNotFoundError("org/x is not served", model="org/x")

    assert message_of(error) == "org/x is not served"


@pytest.mark.parametrize("kind", [StreamInterruptedError, StreamTimeoutError])
@pytest.mark.parametrize(
    ("text", "shown", "hint"),
    [
        ("Bl", True, "Ask again; what had arrived is on standard output."),
        ("Bl", False, "Ask again."),
        ("", True, "Ask again."),
    ],
)
def test_partial_answer_is_mentioned_if_it_was_shown(kind, text, shown, hint) -> None:
    """The hint of a cut answer mentions a partial answer only if it was written."""
    error = kind("cut", hint="Ask again; what had arrived is kept as a partial answer.")
    error.partial = ChatResponse(text=text)

    assert hint_of(error, partial_shown=shown) == hint


def test_missing_key_can_be_stored() -> None:
    """What the environment lacks may be stored as well, and the message says how."""
    error = ProviderAuthError(
        "HF_TOKEN is not set",
        provider="hf",
        hint=f"Make a token at {PAGE} and set HF_TOKEN to it.",
    )

    assert sentence(error) == (
        f"HF_TOKEN is not set. Make a token at {PAGE} and set HF_TOKEN to it. Or store a key with "
        "'ollama-cli login hf'."
    )


def test_all_who_failed_have_a_line_for_people() -> None:
    """On a terminal the reasons of several providers are told apart."""
    busy, unset = ProviderError("busy", hint="Wait."), ProviderAuthError("KEY is not\nset")
    error = AllProvidersFailedError("no provider could answer: ...", hint="Mend one.")
    error.attempts = (Attempt("a", "m", "failed", busy), Attempt("b", "", "skipped", unset))

    assert lines(error) == [
        "no provider could answer:",
        "  a: busy. Wait.",
        "  b: KEY is not set",
        "Mend one.",
    ]


def test_one_who_failed_needs_no_list() -> None:
    """The sentence says it all."""
    error = AllProvidersFailedError("no provider could answer: a: busy", hint="Mend it.")
    error.attempts = (Attempt("a", "m", "failed", ProviderError("busy")),)

    assert lines(error) == [sentence(error)]


def test_choices_of_a_missing_argument_are_one_line(invoke) -> None:
    """An error is one line, whatever the parser makes of it."""
    result = invoke("completion")

    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "bash" in result.stderr


def test_nobody_answered_on_a_terminal(shell) -> None:
    """A newcomer without a key sees who could answer, a line each."""
    settings = {"HF_TOKEN": None, "OLLAMA_HOST": "127.0.0.1:9"}

    with Terminal(shell, "Why?", columns=300, **settings) as terminal:
        assert terminal.finish() == 4
        shown = terminal.lines()

    assert "Error: no provider could answer:" in shown
    assert any(line.startswith("  hf: HF_TOKEN is not set. ") for line in shown)
    assert shown[-1] == "Mend the cause of one of them, or name another provider."
