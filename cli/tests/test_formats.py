"""An answer in its three formats."""

import json
import warnings

import pytest
from provider_sdk import (
    ChatResponse,
    ProviderRateLimitError,
    ProviderWarning,
    StreamInterruptedError,
    ToolCall,
    Usage,
)
from provider_sdk.testing import FakeProvider

from ._full import FULL


@pytest.fixture
def ask(invoke, fake):
    """Ask a provider that answers with these replies."""

    def ask(reply, *arguments):
        fake(FakeProvider(reply))
        return invoke("--provider", "fake", "Why?", *arguments)

    return ask


def events(stdout: str) -> list[dict]:
    """Return the events of a stream."""
    return [json.loads(line) for line in stdout.splitlines()]


def test_json_is_one_object_of_the_schema(ask) -> None:
    """The object has the fields of its schema, and no others."""
    result = ask(FULL, "--format", "json", "-m", "org/asked")
    found = json.loads(result.stdout)

    assert isinstance(found.pop("duration_s"), float)
    assert isinstance(found.pop("session_id"), str)
    assert isinstance(found["route"]["attempts"][0].pop("seconds"), float)
    assert found == {
        "schema": "ollama-cli/1",
        "provider": "fake",
        "model": "org/asked",
        "response_model": "org/served",
        "served_by": "novita",
        "text": "Blue.",
        "reasoning": "Rayleigh.",
        "refusal": None,
        "tool_calls": [{"id": "call_1", "name": "look_up", "arguments": {"what": "sky"}}],
        "finish_reason": "tool_calls",
        "usage": {
            "prompt_tokens": 3,
            "completion_tokens": 2,
            "total_tokens": 5,
            "source": "reported",
        },
        "cost_usd": None,
        "warnings": ["temperature was dropped"],
        "route": {
            "provider": "fake",
            "model": "org/asked",
            "attempts": [
                {
                    "provider": "fake",
                    "model": "org/asked",
                    "outcome": "answered",
                    "error": None,
                }
            ],
        },
    }
    assert result.stderr == ""


def test_json_names_the_model_that_was_found(invoke, fake) -> None:
    """A provider without a default model may find one, which was then asked."""

    class Finding(FakeProvider):
        async def missing_model(self):
            return "found"

    fake(Finding(ChatResponse(text="Blue.", model="found"), default_model=""))
    result = invoke("--provider", "fake", "Why?", "--format", "json")

    assert json.loads(result.stdout)["model"] == "found"


def test_json_names_the_default_model_as_asked(ask) -> None:
    """Where no model was named, the provider's default was asked."""
    assert json.loads(ask("Blue.", "--format", "json").stdout)["model"] == "fake-model"


def test_tokens_that_the_service_does_not_count_are_estimated(ask) -> None:
    """The source says so, and a total is theirs."""
    usage = json.loads(ask("Blue.", "--format", "json").stdout)["usage"]

    assert usage["source"] == "estimated"
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 2


def test_verbose_says_that_tokens_are_estimated(ask) -> None:
    """With -v an estimate is not taken for what the service counted."""
    assert ", usage estimated, " in ask("Blue.", "-v").stderr
    assert "estimated" not in ask(FULL, "-v").stderr


def test_cost_is_what_the_settings_say(ask, settings) -> None:
    """A price makes a cost, in JSON and with -v; without one it is null."""
    settings(prices={"org/asked": {"input": 1000, "output": 2000}})
    found = json.loads(ask(FULL, "--format", "json", "-m", "org/asked").stdout)

    assert found["cost_usd"] == 0.007
    assert ", cost $0.007" in ask(FULL, "-v", "-m", "org/asked").stderr


def test_a_model_that_costs_nothing_costs_nothing(ask, settings) -> None:
    """A price of zero is known: the cost is 0, not null."""
    settings(prices={"org/asked": {"input": 0, "output": 0}})
    found = json.loads(ask(FULL, "--format", "json", "-m", "org/asked").stdout)

    assert found["cost_usd"] == 0


def test_json_is_ascii(ask) -> None:
    """Whatever the model writes, the line can be printed anywhere and holds it all."""
    result = ask("naïve 🌍", "--format", "json")

    assert result.stdout.isascii()
    assert json.loads(result.stdout)["text"] == "naïve 🌍"


@pytest.mark.parametrize(
    "number", [float("nan"), float("inf"), 10**5000], ids=["nan", "inf", "long"]
)
@pytest.mark.parametrize("output_format", ["json", "stream-json"])
def test_json_never_fails_on_a_number(ask, number, output_format) -> None:
    """What JSON cannot say is null, and the rest of the answer is there."""
    result = ask(ChatResponse(text="Blue.", usage=Usage(number, 2, 5)), "--format", output_format)
    usage = next(found for found in events(result.stdout) if "usage" in (*found, found.get("type")))

    assert result.exit_code == 0
    assert usage.get("usage", usage)["prompt_tokens"] is None


def test_arguments_that_are_not_json_are_null(ask) -> None:
    """The arguments of a call that hold ``NaN`` are written as null."""
    call = ToolCall.parse("call_1", "look_up", '{"what": NaN}')
    result = ask(ChatResponse(tool_calls=[call]), "--format", "json")

    assert json.loads(result.stdout)["tool_calls"][0]["arguments"] is None


def test_events_tell_the_answer_in_order(ask) -> None:
    """An event stream has a start, the pieces and the facts."""
    *found, _ = events(ask(FULL, "--format", "stream-json", "-m", "org/asked").stdout)

    assert found == [
        {"type": "start", "schema": "ollama-cli/1", "provider": "fake", "model": "org/asked"},
        {"type": "reasoning", "text": "Rayleigh."},
        {"type": "text", "text": "Blue."},
        {"type": "tool_call", "id": "call_1", "name": "look_up", "arguments": {"what": "sky"}},
        {"type": "warning", "message": "temperature was dropped"},
        {
            "type": "usage",
            "prompt_tokens": 3,
            "completion_tokens": 2,
            "total_tokens": 5,
            "source": "reported",
        },
    ]


def test_last_event_is_the_whole_answer(ask) -> None:
    """The finish has all that ``--format json`` writes."""
    finish = events(ask(FULL, "--format", "stream-json").stdout)[-1]
    whole = json.loads(ask(FULL, "--format", "json").stdout)

    assert finish.pop("type") == "finish"
    for found in (finish, whole):
        found["duration_s"] = found["session_id"] = found["route"]["attempts"][0]["seconds"] = None
    assert finish == whole


def test_each_piece_is_an_event(ask) -> None:
    """Text is told in the pieces in which it comes."""
    found = events(ask(["Bl", "ue."], "--format", "stream-json").stdout)

    assert [event["text"] for event in found if event["type"] == "text"] == ["Bl", "ue."]


def test_event_stream_that_fails_ends_with_the_error(ask) -> None:
    """The error is the last event, and stands on standard error as with json."""
    result = ask(["Bl", StreamInterruptedError("cut")], "--format", "stream-json")
    found = events(result.stdout)

    assert [event["type"] for event in found] == ["start", "text", "error"]
    assert json.loads(result.stderr) == {"error": found[-1]["error"]}
    assert result.exit_code == 8


def test_error_before_the_start_is_an_event(ask) -> None:
    """A call that fails at once still is a stream of events."""
    found = events(ask(ProviderRateLimitError("slow down"), "--format", "stream-json").stdout)

    assert [event["type"] for event in found] == ["error"]


def test_json_error_has_the_fields_of_its_schema(ask) -> None:
    """With json a failure is one object on standard error, and standard output stays empty."""
    error = ProviderRateLimitError("slow down", status=429, request_id="req_1", hint="Wait.")

    result = ask(error, "--format", "json")

    assert (result.exit_code, result.stdout) == (6, "")
    assert json.loads(result.stderr) == {
        "error": {
            "type": "ProviderRateLimitError",
            "message": "slow down",
            "hint": "Wait.",
            "provider": "fake",
            "status": 429,
            "request_id": "req_1",
        }
    }


def test_text_error_is_a_sentence_with_its_hint(ask) -> None:
    """As text a failure is a line that tells what to do."""
    result = ask(ProviderRateLimitError("slow down", hint="Wait."))

    assert result.stderr == "Error: slow down. Wait.\n"


def test_verbose_error_has_details(ask) -> None:
    """With -v a failure tells what a bug report needs."""
    result = ask(ProviderRateLimitError("slow down", status=429, request_id="req_1"), "-v")

    assert result.stderr == (
        "Error: slow down\n"
        "ProviderRateLimitError, provider fake, model fake-model, status 429, request_id req_1\n"
    )


def test_verbose_error_has_no_empty_details(invoke, fake) -> None:
    """With -v a model that nobody knows is left out."""
    fake(FakeProvider(default_model=""))

    result = invoke("--provider", "fake", "Why?", "-v")

    assert result.stderr.endswith("\nProviderRequestError, provider fake\n")


def test_defect_is_no_traceback(ask) -> None:
    """An exception that nobody foresaw is a line, and exits with 1."""
    result = ask(ZeroDivisionError("division by zero"))

    assert result.exit_code == 1
    assert result.stderr == "Error: unexpected ZeroDivisionError: division by zero\n"


def test_text_is_the_answer_alone(ask) -> None:
    """Standard output holds the text; warnings and tool calls go to standard error."""
    result = ask(FULL)

    assert result.stdout == "Blue.\n"
    assert result.stderr == (
        'Warning: temperature was dropped\nTool call: look_up {"what": "sky"}\n'
    )


@pytest.mark.parametrize(("written", "shown"), [("a\n", "a\n"), ("a", "a\n"), ("", "")])
def test_text_ends_with_one_newline(ask, written, shown) -> None:
    """A newline is added where the text lacks it."""
    assert ask(written).stdout == shown


def test_verbose_text_tells_the_rest(ask) -> None:
    """With -v reasoning and facts are shown, on standard error."""
    result = ask(FULL, "-v")

    assert result.stdout == "Blue.\n"
    assert result.output.startswith("Rayleigh.\nBlue.\nWarning: ")
    assert result.stderr.splitlines()[-1].startswith(
        "fake: model org/served, served by novita, finish reason tool_calls, prompt tokens 3, "
        "completion tokens 2, request req_1, seconds "
    )


def test_reasoning_without_text_is_told(ask) -> None:
    """With -v reasoning that leads to no text is shown to its last word."""
    assert ask(ChatResponse(reasoning="a\nb"), "-v").stderr.startswith("a\nb\nfake: ")


@pytest.mark.parametrize("flag", ["--stream", "--no-stream"])
def test_words_of_a_refusal_are_the_text(ask, flag) -> None:
    """A refusal is what the model has to say."""
    refused = ChatResponse(refusal="I cannot.", finish_reason="refusal")

    result = ask(refused, flag)

    assert (result.exit_code, result.stdout) == (0, "I cannot.\n")


def test_cut_text_is_shown(ask) -> None:
    """What arrived before a failure is shown, and the error begins a line of its own."""
    result = ask(["Bl", StreamInterruptedError("cut")])

    assert (result.exit_code, result.stdout, result.stderr) == (8, "Bl\n", "Error: cut\n")


@pytest.mark.parametrize(
    ("output_format", "flags", "streamed"),
    [
        ("text", (), True),
        ("text", ("--no-stream",), False),
        ("json", (), False),
        ("json", ("--stream",), True),
        ("stream-json", (), True),
        ("stream-json", ("--no-stream",), False),
    ],
)
def test_answer_is_streamed_where_it_helps(invoke, fake, output_format, flags, streamed) -> None:
    """Text and events are streamed and json is not, unless told otherwise."""
    service = fake(FakeProvider("Blue."))

    result = invoke("--provider", "fake", "Why?", "--format", output_format, *flags)

    assert "Blue." in result.stdout
    assert service.calls[0].stream is streamed


class Whole(FakeProvider):
    capabilities = frozenset()


def test_provider_that_cannot_stream_answers_whole(invoke, fake) -> None:
    """Streaming is no condition of an answer."""
    fake(Whole("Blue."))

    assert invoke("--provider", "fake", "Why?").stdout == "Blue.\n"


def test_streaming_that_was_asked_for_is_not_dropped(invoke, fake) -> None:
    """A provider that cannot stream refuses ``--stream``."""
    fake(Whole("Blue."))

    assert invoke("--provider", "fake", "--stream", "Why?").exit_code == 7


@pytest.mark.parametrize("output_format", ["text", "json", "stream-json"])
def test_escapes_are_stripped(ask, output_format) -> None:
    """The model does not steer the terminal, however its sequences are cut."""
    result = ask(["\x1b", "[31mred\x1b]0;ti", "tle\x07."], "--stream", "--format", output_format)

    assert "\x1b" not in result.stdout
    assert "\\u001b" not in result.stdout
    assert "red" in result.stdout
    assert "title" not in result.stdout


def test_raw_leaves_escapes(ask) -> None:
    """With --raw the text is what the model wrote."""
    assert ask("\x1b[31mred\x1b[0m", "--raw").stdout == "\x1b[31mred\x1b[0m\n"


def test_raw_leaves_escapes_in_json(ask) -> None:
    """With --raw the field is what the model wrote."""
    result = ask("\x1b[31mred", "--raw", "--format", "json")

    assert json.loads(result.stdout)["text"] == "\x1b[31mred"


@pytest.mark.parametrize("output_format", ["text", "json"])
def test_escapes_in_errors_are_stripped(ask, output_format) -> None:
    """A service does not steer the terminal by its errors."""
    result = ask(
        ProviderRateLimitError("\x1b[31mslow", hint="\x1b[2JWait."), "--format", output_format
    )

    assert "slow" in result.stderr
    assert "[31m" not in result.stderr
    assert "[2J" not in result.stderr


SLY = ChatResponse(
    text="a\u202eb",
    reasoning="c\u202ed",
    tool_calls=[ToolCall.parse("call\u202e_1", "look\u202e_up", '{"what": "e\u202ef"}')],
    finish_reason="tool_calls",
    model="org/\u202eserved",
    served_by="novi\u202eta",
    warnings=["odd\u202e"],
)


@pytest.mark.parametrize("output_format", ["json", "stream-json"])
def test_no_id_turns_the_text_around(ask, output_format) -> None:
    """Neither ids, names nor warnings do; only arguments are left as they are, for programs."""
    result = ask(SLY, "--format", output_format, "-v")

    assert result.stdout.count("\\u202e") == result.stdout.count("e\\u202ef") > 0
    assert "\u202e" not in result.stderr


@pytest.mark.parametrize("output_format", ["json", "stream-json"])
def test_no_model_that_was_found_turns_the_text_around(invoke, fake, output_format) -> None:
    """A service names the model that a provider without a default asks."""

    class Finding(FakeProvider):
        async def missing_model(self):
            return SLY.model

    fake(Finding(SLY, default_model=""))
    result = invoke("--provider", "fake", "Why?", "--format", output_format)

    assert result.stdout.count("\\u202e") == result.stdout.count("e\\u202ef") > 0


def test_no_text_turns_around(ask) -> None:
    """All that is shown of an answer is clean, on both streams."""
    result = ask(SLY, "-v")

    assert result.stdout == "ab\n"
    assert "\u202e" not in result.stderr


@pytest.mark.parametrize(("output_format", "count"), [("json", 8), ("stream-json", 14)])
def test_raw_leaves_every_character(ask, output_format, count) -> None:
    """With --raw the fields hold what the service sent."""
    result = ask(SLY, "--format", output_format, "--raw")

    assert {*SLY.text, *SLY.served_by, *SLY.model, *SLY.warnings[0]} <= {
        *result.stdout.encode().decode("unicode_escape")
    }
    assert result.stdout.count("\\u202e") == count


def test_the_id_of_a_failed_request_is_stripped(ask) -> None:
    """Wherever an error shows it."""
    error = ProviderRateLimitError("slow", request_id="req\u202e_1", status=429)

    assert json.loads(ask(error, "--format", "json").stderr)["error"]["request_id"] == "req_1"
    assert "req_1" in ask(error, "-v").stderr


class Warner(FakeProvider):
    async def chat(self, *arguments, **options):
        """Warn as a provider does that drops an option."""
        warnings.warn("temperature was dropped", ProviderWarning, stacklevel=1)
        return await super().chat(*arguments, **options)


def test_warning_is_told_once(invoke, fake) -> None:
    """What the answer names as a warning is not printed by Python as well."""
    fake(Warner(FULL))

    result = invoke("--provider", "fake", "Why?")

    assert result.exit_code == 0
    assert result.stderr.count("temperature was dropped") == 1


@pytest.mark.parametrize(
    ("reason", "says"), [("length", "-o max_tokens"), ("content_filter", "filter"), ("stop", "")]
)
def test_answer_that_ended_early_is_told(invoke, fake, reason, says) -> None:
    """As text, one line on standard error; nobody takes half an answer for a whole one."""
    fake(FakeProvider(ChatResponse(text="Because", finish_reason=reason)))

    result = invoke("--provider", "fake", "Why?")

    assert (result.exit_code, result.stdout) == (0, "Because\n")
    assert (says in result.stderr, result.stderr.count("\n")) == (True, 1 if says else 0)
