"""Every JSON that the command writes follows its published schema."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, get_args

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ollama_cli.app import cli
from ollama_cli.command_line.catalogue import builtins
from ollama_cli.terminal.answers import Answer, answer_fields
from ollama_cli.terminal.failures import report
from ollama_cli.terminal.json_text import to_json
from provider_sdk import (
    Attempt,
    ChatResponse,
    FinishReason,
    ModelBackend,
    ModelInfo,
    ProviderError,
    ProviderOverloadedError,
    Route,
    StreamInterruptedError,
    ToolCall,
    Usage,
)
from provider_sdk.testing import FakeProvider

from ._full import FULL
from ._schemas import NAMES, checked, schema

SMALL = ChatResponse(refusal="No.", finish_reason="refusal")


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every part of a schema that describes an object with properties."""
    if isinstance(value, list):
        for item in value:
            yield from objects(item)
    elif isinstance(value, dict):
        if "properties" in value and "type" in value:
            yield value
        for item in value.values():
            yield from objects(item)


@pytest.mark.parametrize("name", NAMES)
def test_schema_is_a_schema(name) -> None:
    """Each is valid, and has a title that names its command."""
    found = schema(name)

    Draft202012Validator.check_schema(found)
    assert found["title"]


@pytest.mark.parametrize("name", NAMES)
def test_descriptions_speak_of_null_only_if_it_is_allowed(name) -> None:
    """A field whose description says when it is null may be null."""
    for found in objects(schema(name)):
        for field, about in found["properties"].items():
            if "; null " in about.get("description", ""):
                assert about.get("type") is None or "null" in about["type"], field


# The last route that ``why`` shows may have been stored by another version; what a hook writes, and
# settings, are written by users.
_OPEN = ("why", "hook-output", "settings")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in _OPEN])
def test_schema_leaves_nothing_open(name) -> None:
    """Every field is always there, and there is no other."""
    for found in objects(schema(name)):
        assert found["additionalProperties"] is False
        assert found["required"] == list(found["properties"])


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield each command; of one that has verbs, each verb instead, unless it takes an argument."""
    for name in builtins():
        command = cli.get_command(click.Context(cli), name)
        if isinstance(command, click.Group):
            if any(isinstance(each, click.Argument) for each in command.params):
                yield name, command
            yield from ((f"{name}-{verb}", found) for verb, found in command.commands.items())
        elif command is not None:
            yield name, command


def test_every_command_with_a_format_has_a_schema() -> None:
    """The file of a command has its name."""
    with_format = {
        name
        for name, command in commands()
        if any(option.name == "output_format" for option in command.params)
    }

    others = {
        "batch-dry-run",
        "batch-events",
        "dry-run",
        "error",
        "hook-input",
        "hook-output",
        "run-events",
        "sessions-export",
        "settings",
        "status-line-input",
    }
    assert set(NAMES) == with_format | others


def test_events_repeat_the_other_schemas() -> None:
    """The finish is the answer, the error is the error, and usage is usage."""
    events = {part["properties"]["type"]["const"]: part for part in schema("run-events")["oneOf"]}
    answer = schema("run")["properties"]
    usage, _ = answer["usage"]["anyOf"]

    for name, other in (
        ("finish", answer),
        ("usage", usage["properties"]),
        ("error", schema("error")["properties"]),
    ):
        assert events[name]["properties"] == {"type": {"const": name}, **other}


def test_events_of_batch_repeat_the_other_schemas() -> None:
    """The finish is the report, the error is the error, and all reports are one."""
    events = {part["properties"]["type"]["const"]: part for part in schema("batch-events")["oneOf"]}

    for name, other in (("finish", schema("batch")), ("error", schema("error"))):
        assert events[name]["properties"] == {"type": {"const": name}, **other["properties"]}
    for verb in ("resume", "retry", "report"):
        assert schema(f"batch-{verb}")["properties"] == schema("batch")["properties"]


@pytest.fixture
def ask(invoke, fake, settings):
    """Ask a chain of two, of whom the first is busy, or one by its name."""

    def ask(reply, *arguments):
        settings(fallback_chain=["other", "fake"], prices={"fake-model": {"input": 1, "output": 2}})
        fake(FakeProvider(ProviderOverloadedError("busy")), "other")
        fake(FakeProvider(reply))
        return invoke("Why?", *arguments)

    return ask


@pytest.mark.parametrize("reply", [FULL, SMALL, "Blue.", ["Bl", "ue."]], ids=repr)
@pytest.mark.parametrize("arguments", [(), ("--provider", "fake"), ("--stream",)])
def test_answer_follows_its_schema(ask, reply, arguments) -> None:
    """Whatever is answered, on every way, and the note of a fallback too."""
    result = ask(reply, "--format", "json", *arguments)

    checked("run", result.stdout)
    for note in result.stderr.splitlines():
        checked("run-events", note)


@pytest.mark.parametrize(
    "reply", [FULL, SMALL, ["Bl", "ue."], ["Bl", StreamInterruptedError("cut")]], ids=repr
)
@pytest.mark.parametrize("arguments", [(), ("--provider", "fake"), ("--no-stream",)])
def test_events_follow_their_schema(ask, reply, arguments) -> None:
    """Each line does, and the last is a finish or an error."""
    *events, last = ask(reply, "--format", "stream-json", *arguments).stdout.splitlines()

    for event in events:
        assert checked("run-events", event)["type"] not in ("finish", "error")
    assert checked("run-events", last)["type"] in ("finish", "error")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--provider", "nobody", "Why?"),
        ("--task", "poetry", "Why?"),
        ("--nonsense",),
        ("models", "x"),
        ("--provider", "fake", "Why?"),
    ],
    ids=" ".join,
)
def test_error_follows_its_schema(invoke, fake, arguments) -> None:
    """Errors of users and of services do."""
    fake(FakeProvider(ProviderOverloadedError("busy", status=503, request_id="req_1")))

    checked("error", invoke(*arguments, "--format", "json").stderr)


MODEL = ModelInfo("org/one", 8192, 0.5, 1, ("text",), ("text",), True, None, "org", ())
ROUTED = ModelInfo("org/two", backends=(ModelBackend("novita", "live", 4096, 0.1, None, False),))


class Lister(FakeProvider):
    async def fetch_models(self):
        """Return models with all facts, with none, and with back ends."""
        return [MODEL, ModelInfo("org/bare"), ROUTED]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("models", ("--provider", "fake")),
        ("health", ("--provider", "fake")),
        ("version", ()),
    ],
)
def test_other_commands_follow_theirs(invoke, fake, name, arguments) -> None:
    """So do the commands that are not about answers."""
    fake(Lister())

    checked(name, invoke(name, *arguments, "--format", "json").stdout)


# Whatever a service sends.

_TEXT = st.text(max_size=20)
_NAME = st.none() | _TEXT
_COUNT = st.none() | st.integers(0, 2**70) | st.just(10**5000)
_JSON = st.recursive(st.none() | st.booleans() | st.floats() | _TEXT, st.lists, max_leaves=5)
_CALLS = st.builds(
    ToolCall, _TEXT, _TEXT, st.none() | st.dictionaries(_TEXT, _JSON, max_size=3), _TEXT
)
_ERRORS = st.builds(
    ProviderError, _TEXT, provider=_NAME, status=st.none() | st.integers(), request_id=_NAME
)
_ATTEMPTS = st.builds(
    Attempt,
    _TEXT,
    _TEXT,
    st.sampled_from(["answered", "failed", "skipped"]),
    st.none() | _ERRORS,
    st.floats(0, 1e9),
)
_USAGE = st.none() | st.builds(
    Usage,
    prompt_tokens=_COUNT,
    completion_tokens=_COUNT,
    total_tokens=_COUNT,
    source=st.sampled_from(["reported", "estimated"]),
)
_RESPONSES = st.builds(
    ChatResponse,
    text=_TEXT,
    reasoning=_NAME,
    refusal=_NAME,
    tool_calls=st.lists(_CALLS, max_size=2),
    finish_reason=st.sampled_from(get_args(FinishReason)),
    model=_TEXT,
    served_by=_NAME,
    warnings=st.lists(_TEXT, max_size=2),
)
_ANSWERS = st.builds(
    Answer,
    _RESPONSES,
    st.builds(Route, _TEXT, _TEXT, st.lists(_ATTEMPTS, max_size=3).map(tuple)),
    st.floats(0, 1e9),
    _USAGE,
    st.none() | st.decimals(0, Decimal("1e400"), allow_nan=False),
)


@given(answer=_ANSWERS, raw=st.booleans())
def test_any_answer_follows_the_schema(answer, raw) -> None:
    """However odd what a service sent, the object has its form."""
    checked("run", to_json(answer_fields(answer, raw=raw)))


@given(error=_ERRORS)
def test_any_error_follows_the_schema(error) -> None:
    """However odd an error is, the object has its form."""
    with CliRunner().isolation() as (_, stderr, *_rest):
        report(error, ["--format", "json"])
        checked("error", stderr.getvalue().decode())
