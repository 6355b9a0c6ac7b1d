"""Finding the command, its options and the prompt."""

import json
import re

import pytest
from ollama_cli.command_line.catalogue import builtins
from ollama_cli.command_line.names import NOT_BUILT
from ollama_cli.inputs import prompt
from provider_sdk import OPTION_NAMES, ProviderRateLimitError
from provider_sdk.testing import FakeCall, FakeProvider


@pytest.fixture
def service(fake) -> FakeProvider:
    """A provider that answers whatever it is asked."""
    return fake(FakeProvider("Blue.", repeat=True))


def asked(service: FakeProvider) -> str:
    """Return the prompt of the one call."""
    (call,) = service.calls
    return call.messages[-1].text


def options_of(call: FakeCall) -> dict:
    """Return the options of a call, without the time that it may take."""
    return {name: value for name, value in call.options.items() if name != "timeout"}


def test_words_are_the_prompt(invoke, service) -> None:
    """What names no command is asked, quoted or not."""
    result = invoke("--provider", "fake", "Why", "is it", "blue?")

    assert (result.exit_code, result.stdout) == (0, "Blue.\n")
    assert asked(service) == "Why is it blue?"


def test_run_asks_too(invoke, service) -> None:
    """``run`` is the default by its name."""
    invoke("run", "--provider", "fake", "Why?")

    assert asked(service) == "Why?"


def test_input_is_the_prompt(invoke, service) -> None:
    """What is piped in is asked, without the newline that ends it."""
    invoke("--provider", "fake", input="\ufeffWhy?\n  Because?\n")

    assert asked(service) == "Why?\n  Because?"


@pytest.mark.parametrize("arguments", [("Summarize:",), ("run", "Summarize:")])
def test_input_follows_the_words(invoke, service, arguments) -> None:
    """What is piped in is appended to the words."""
    invoke("--provider", "fake", *arguments, input="A long text.\n")

    assert asked(service) == "Summarize:\n\nA long text."


def test_blank_input_is_none(invoke, service) -> None:
    """Blank input adds nothing to the words."""
    invoke("--provider", "fake", "Why?", input=" \n")

    assert asked(service) == "Why?"


@pytest.mark.parametrize("before", [(), ("run",)])
def test_missing_prompt_is_2(invoke, service, before) -> None:
    """Without words and input there is nothing to ask, and one sentence says so."""
    result = invoke(*before, "--provider", "fake")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: there is no prompt: ")
    assert result.stderr.count("\n") == 1


def test_input_that_is_no_text_is_2(invoke, service) -> None:
    """Bytes that are no UTF-8 are not sent to a model."""
    result = invoke("--provider", "fake", input=b"\x89PNG\r\n")

    assert result.exit_code == 2
    assert "not UTF-8" in result.stderr


def test_input_has_a_limit(invoke, service, monkeypatch) -> None:
    """Input without end is refused instead of filling the memory."""
    monkeypatch.setattr(prompt, "MAX_INPUT_BYTES", 4)

    result = invoke("--provider", "fake", input="12345")

    assert result.exit_code == 2
    assert "longer than 4 bytes" in result.stderr


def test_words_behind_two_dashes_are_a_prompt(invoke, service) -> None:
    """A prompt may begin with a dash."""
    invoke("--provider", "fake", "--", "-5 + 3 = ?")

    assert asked(service) == "-5 + 3 = ?"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--provider", "fake", "-m", "one", "--system", "Be brief.", "-o", "seed=5", "run", "Why?"),
        ("run", "--provider", "fake", "-m", "one", "--system", "Be brief.", "-o", "seed=5", "Why?"),
        ("run", "Why?", "--provider", "fake", "-m", "one", "--system", "Be brief.", "-o", "seed=5"),
        ("Why?", "--provider", "fake", "-m", "one", "--system", "Be brief.", "-o", "seed=5"),
        ("--provider", "fake", "run", "-m", "one", "Why?", "--system=Be brief.", "-o", "seed=5"),
    ],
    ids=["before", "behind", "last", "without-run", "around"],
)
def test_options_stand_anywhere(invoke, service, arguments) -> None:
    """Options mean the same before and behind the subcommand and the prompt."""
    result = invoke(*arguments)

    assert result.exit_code == 0
    (call,) = service.calls
    assert call.model == "one"
    assert [message.text for message in call.messages] == ["Be brief.", "Why?"]
    assert options_of(call) == {"seed": 5}


def test_option_behind_the_subcommand_wins(invoke, service) -> None:
    """The nearer of two values counts."""
    invoke("-m", "far", "--provider", "fake", "run", "-m", "near", "Why?")

    assert service.calls[0].model == "near"


def test_call_options_add_up(invoke, service) -> None:
    """Options of the call before and behind the subcommand count together."""
    invoke("-o", "seed=5", "--provider", "fake", "run", "-o", "temperature=0.5", "Why?")

    assert options_of(service.calls[0]) == {"seed": 5, "temperature": 0.5}


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        ('stop=["a", "b"]', ["a", "b"]),
        ("stop=END", "END"),
        ("stop=a=b", "a=b"),
        ('stop="5"', "5"),
    ],
)
def test_values_that_are_json_are_taken_as_such(invoke, service, pair, expected) -> None:
    """A value is JSON where it parses, else text."""
    invoke("--provider", "fake", "-o", pair, "Why?")

    assert options_of(service.calls[0]) == {"stop": expected}


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("temprature=1", "temperature"),
        ("model=x", "-o knows no option 'model'"),
        ("temperature", "KEY=VALUE"),
        ("timeout=soon", "timeout"),
        ("response_format=json", "Error: response_format must be a mapping, not 'json'"),
        ("tools=abc", "Error: tools must be a list of mappings, not 'abc'"),
        ("temperature=hot", "Error: temperature must be a finite number, not 'hot'"),
        ("timeout=NaN", "Error: timeout must be a positive number of seconds, not nan"),
        ('seed="x"', "Error: seed must be a whole number, not '\"x\"'"),
        ("max_tokens=1.5", "Error: max_tokens must be a whole number, not 1.5"),
        (f"seed={'x' * 999}", f"not '{'x' * 60}...'"),
        ("tools=[NaN]", "Error: tools must be a list of mappings, not '[NaN]'"),
        ("extra_headers=hf_secret", "Error: extra_headers must be a mapping, not str"),
        ("extra_body=hf_secret", "Error: extra_body must be a mapping, not str"),
        ('extra_headers={"a": "b\\n"}', "Error: extra_headers must map text to text"),
        ("messages=[]", "-o knows no option 'messages'"),
        ("stream=no", "-o knows no option 'stream'"),
    ],
)
def test_call_option_that_makes_no_sense_is_2(invoke, service, pair, words) -> None:
    """An option of the call is refused in one sentence; a mistyped one with the nearest."""
    result = invoke("--provider", "fake", "-o", pair, "Why?")

    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert service.calls == []


def test_variable_names_the_provider(invoke, service, monkeypatch) -> None:
    """``OLLAMA_CLI_PROVIDER`` stands in for the option."""
    monkeypatch.setenv("OLLAMA_CLI_PROVIDER", "fake")

    assert invoke("Why?").exit_code == 0


def test_blank_variable_names_nobody(invoke, service, settings, monkeypatch) -> None:
    """A variable that is blank is not set, and the chain is asked."""
    settings(fallback_chain=["fake"])
    monkeypatch.setenv("OLLAMA_CLI_PROVIDER", " ")

    assert invoke("Why?").stdout == "Blue.\n"


def test_option_wins_over_the_variable(invoke, service, monkeypatch) -> None:
    """The option counts, also before the subcommand."""
    monkeypatch.setenv("OLLAMA_CLI_PROVIDER", "nobody")

    assert invoke("--provider", "fake", "run", "Why?").exit_code == 0


@pytest.mark.parametrize("name", sorted(NOT_BUILT))
@pytest.mark.parametrize("rest", [(), ("x",)], ids=["alone", "with-a-word"])
def test_command_that_is_not_built_is_2(invoke, service, name, rest) -> None:
    """A command of a later version is refused in one sentence and never sent to a model."""
    result = invoke("--provider", "fake", name, *rest)

    words = " ".join([name, *rest])
    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: the command {name!r} is not built yet. "
        f"To ask a model just that, write: ollama-cli run {words}\n"
    )
    assert service.calls == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("compare", "--resume"),
        ("compare", "--help"),
        ("help", "compare"),
        ("help", "compar"),
        ("help", "me"),
    ],
)
def test_call_of_a_command_that_is_not_built_is_2(invoke, service, arguments) -> None:
    """Verbs, options and help of a command of a later version are refused too."""
    result = invoke("--provider", "fake", *arguments)

    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert service.calls == []


@pytest.mark.parametrize(
    "words",
    [
        ("why", "is", "the", "sky", "blue?"),
        ("compare", "apples", "and", "pears"),
        ("help", "me", "write", "a", "poem"),
        ("chat with me about cats",),
        ("Why?",),
        ("run", "chat"),
        ("run", "show", "me"),
        ("--", "chat"),
        ("--", "models", "are great"),
    ],
    ids=" ".join,
)
def test_words_that_begin_like_a_command_are_asked(invoke, service, words) -> None:
    """A sentence is asked, also if its first word is the name of a command of a later version."""
    result = invoke("--provider", "fake", *words)

    assert result.exit_code == 0
    expected = words[1:] if words[0] in ("run", "--") else words
    assert asked(service) == " ".join(expected)


@pytest.mark.parametrize(
    "words",
    [
        "list three colours",
        "batch jobs explained",
        "models hf",
        "health tips for winter",
        "rm q q2",
        "pull a b",
        "show me the weather",
        "ps now",
    ],
)
def test_words_that_a_command_does_not_take_are_2(invoke, service, words) -> None:
    """A command that takes no words refuses them, and the error says how to ask them."""
    result = invoke("--provider", "fake", *words.split())

    assert result.exit_code == 2
    assert result.stderr.endswith(f"write: ollama-cli run {words}\n")
    assert service.calls == []


@pytest.mark.parametrize("name", [None, *builtins(), "list"])
def test_help_is_the_help_of_the_command(invoke, name) -> None:
    """``help COMMAND`` shows what ``COMMAND --help`` shows."""
    named = builtins() if name in builtins() else {"list": "models"}
    asked_for = [] if name is None else [name]
    option = [] if name is None else [name if name in named and name != "list" else "models"]

    assert invoke("help", *asked_for).stdout == invoke(*option, "--help").stdout


def test_help_lists_the_options_of_the_call(invoke) -> None:
    """Every option that ``-o`` takes stands in the help of ``run``."""
    shown = invoke("run", "--help").stdout.partition("Options of the call")[2]

    assert {
        line.split("=")[0].strip() for line in shown.splitlines() if "=" in line
    } >= OPTION_NAMES


@pytest.mark.parametrize(
    "word", ["modles", "model", "modelss", "mdels", "MODELS", "lst", "heath", "chta", "hlep"]
)
def test_mistyped_command_is_2(invoke, service, word) -> None:
    """A single word one edit from a command is no paid prompt."""
    result = invoke("--provider", "fake", word)

    assert result.exit_code == 2
    assert "did you mean" in result.stderr
    assert service.calls == []


def test_mistyped_command_is_found_beside_options(invoke, service) -> None:
    """Options around the word change nothing."""
    result = invoke("modles", "--provider", "fake", "--format", "json")

    assert result.exit_code == 2
    assert "'models'" in json.loads(result.stderr)["error"]["message"]


@pytest.mark.parametrize("arguments", [("run", "modles"), ("modles", "please"), ("medals",)])
def test_other_words_are_asked(invoke, service, arguments) -> None:
    """A word behind ``run``, one of several, or one that is farther off is a prompt."""
    assert invoke("--provider", "fake", *arguments).exit_code == 0


def test_option_that_does_not_exist_is_2(invoke) -> None:
    """A mistyped option is refused, and the help of its command named."""
    result = invoke("models", "--bogus")

    assert result.exit_code == 2
    assert "--bogus" in result.stderr
    assert "ollama-cli models --help" in result.stderr


@pytest.mark.parametrize(
    "text", ["- [ ] write tests", "--version is missing", "-1 + 2 = ?", "---\ntitle: x\n---\n"]
)
@pytest.mark.parametrize("before", [(), ("run",)])
def test_prompt_that_begins_with_a_dash_needs_two_dashes(invoke, fake, before, text) -> None:
    """It is not an option that somebody mistyped, and the message says how to ask it."""
    fake(service := FakeProvider("Yes."))
    ask = ("--provider", "fake", *before)

    result = invoke(*ask, text)

    assert result.exit_code == 2
    assert result.stderr == (
        "Error: text that begins with a dash is taken for an option; write -- before it\n"
    )
    assert invoke(*ask, "--", text).exit_code == 0
    assert [call.messages[-1].text for call in service.calls] == [text]


def test_time_that_is_no_number_is_told_in_plain_words(invoke) -> None:
    """Not in those of a programmer."""
    result = invoke("Why?", "--timeout", "soon")

    assert result.exit_code == 2
    assert "'soon' is not a valid number" in result.stderr


def test_error_of_the_parser_is_json(invoke) -> None:
    """The format counts even where the rest of the command line is wrong."""
    result = invoke("--format", "json", "models", "--bogus")

    assert (result.exit_code, result.stdout) == (2, "")
    assert json.loads(result.stderr)["error"]["type"] == "NoSuchOption"


def test_format_within_a_prompt_is_no_option(invoke, fake) -> None:
    """What stands behind two dashes says nothing of the format."""
    fake(FakeProvider(ProviderRateLimitError("slow down")))

    assert invoke("--provider", "fake", "--", "--format", "json").stderr == "Error: slow down\n"


def test_option_without_use_is_ignored_before_the_subcommand(invoke, fake) -> None:
    """An alias with options for questions still lists models."""
    fake(FakeProvider())

    result = invoke("--provider", "fake", "--system", "Be brief.", "-o", "seed=5", "models")

    assert (result.exit_code, result.stdout) == (0, "fake-model\n")


@pytest.mark.parametrize("entry", builtins().values(), ids=lambda entry: entry.name)
def test_help_tells_what_the_command_says(entry) -> None:
    """What is read from the text of a command's file agrees with the command."""
    command = entry.load()

    assert command.name == entry.name
    assert command.get_short_help_str(limit=100) == entry.help


@pytest.mark.parametrize("arguments", [(), ("run",)])
def test_help_shows_the_options_in_sections(invoke, arguments) -> None:
    """Each option stands once, below what it is about."""
    shown = invoke(*arguments, "--help").stdout
    sections = ["Who answers", "The question", "The session", "The answer", "Other options"]
    places = [shown.index(f"\n{title}:\n") for title in sections]

    assert places == sorted(places)
    assert places[0] < shown.index("  -m, --model ") < places[1]
    assert places[2] < shown.index("  -c, --continue ") < places[3]
    names = [param.opts[-1] for param in builtins()["run"].load().params if param.opts[-1:]]
    for name in (name for name in names if name.startswith("-")):
        assert len(re.findall(rf"^  (-\w, )?{name}\b", shown, re.MULTILINE)) == 1, name


@pytest.mark.parametrize("arguments", [(), ("run",)])
def test_help_fits_a_narrow_terminal(invoke, monkeypatch, arguments) -> None:
    """In 40 columns only the examples, which stay as they are, have longer lines."""
    monkeypatch.setenv("COLUMNS", "40")

    lines = invoke(*arguments, "--help").stdout.splitlines()

    assert [line for line in lines if len(line) > 40 and "--provider hf" not in line] == []


def test_help_shows_examples_line_by_line(invoke) -> None:
    """The examples in the help keep their lines."""
    assert '\n    git diff | ollama-cli --provider hf "Write a commit' in invoke("--help").stdout


def test_help_shows_aliases(invoke) -> None:
    """The other names of a command stand beside it."""
    assert "models, list" in invoke("--help").stdout


@pytest.mark.parametrize("arguments", [("--version",), ("version",)])
def test_version_is_shown(invoke, arguments) -> None:
    """Option and command show the same line."""
    from ollama_cli import __version__

    assert invoke(*arguments).stdout == f"ollama-cli {__version__}\n"


def test_version_is_json_where_asked(invoke) -> None:
    """The version has a form for programs."""
    from ollama_cli import __version__

    found = json.loads(invoke("version", "--format", "json").stdout)
    more = dict.fromkeys(("provider_sdk", "python", "transport"))
    assert found == {"version": __version__, **more}
