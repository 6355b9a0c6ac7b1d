"""The shapes of tools, of their choice and of the answer's format."""

import pytest
from provider_sdk import OpenAIDialect, ProviderRequestError
from provider_sdk.adapting import checked_options
from provider_sdk.testing import FakeProvider

from ._service import USER, AcmeProvider, Reply, Service, completion

TOOL = {"type": "function", "function": {"name": "f", "description": "F.", "parameters": {}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}}


def with_function(**function):
    """A good tool, and one whose function has these fields."""
    return [TOOL, {"type": "function", "function": {"name": "g", **function}}]


def with_schema(**schema):
    """A format whose schema has these fields too."""
    return {"type": "json_schema", "json_schema": {**SCHEMA["json_schema"], **schema}}


WRONG = {
    "a tool without type": ({"tools": [{"function": {"name": "f"}}]}, "tools[0].type is missing"),
    "a tool of another type": (
        {"tools": [TOOL, {"type": "retrieval"}]},
        "tools[1].type must be 'function', not 'retrieval'",
    ),
    "a tool without function": ({"tools": [{"type": "function"}]}, "tools[0].function is missing"),
    "a flat tool": (
        {"tools": [{"type": "function", "name": "f"}]},
        "tools[0].function is missing; it must be a mapping",
    ),
    "a function that is text": (
        {"tools": [{"type": "function", "function": "f"}]},
        "tools[0].function must be a mapping, not 'f'",
    ),
    "a function without name": (
        {"tools": [{"type": "function", "function": {}}]},
        "tools[0].function.name is missing; it must be text that is not empty",
    ),
    "an empty name": ({"tools": with_function(name=" ")}, "tools[1].function.name must be text"),
    "a name that is a number": (
        {"tools": with_function(name=5)},
        "tools[1].function.name must be text that is not empty, not 5",
    ),
    "parameters as text": (
        {"tools": with_function(parameters="{}")},
        "tools[1].function.parameters must be a JSON schema, not str",
    ),
    "parameters as a list": (
        {"tools": with_function(parameters=[])},
        "tools[1].function.parameters must be a JSON schema, not list",
    ),
    "a description that is none": (
        {"tools": with_function(description=5)},
        "tools[1].function.description must be text, not 5",
    ),
    "strict as text": (
        {"tools": with_function(strict="yes")},
        "tools[1].function.strict must be True or False, not 'yes'",
    ),
    "another word of choice": (
        {"tools": [TOOL], "tool_choice": "any"},
        "tool_choice must be 'auto', 'none', 'required' or one function by name, not 'any'",
    ),
    "a long word of choice": (
        {"tools": [TOOL], "tool_choice": "hf_0123456789012345678901234"},
        "one function by name, not str",
    ),
    "a choice without type": (
        {"tool_choice": {"function": {"name": "f"}}},
        "tool_choice.type is missing",
    ),
    "a choice of another type": (
        {"tool_choice": {"type": "tool"}},
        "tool_choice.type must be 'function', not 'tool'",
    ),
    "a flat choice": (
        {"tool_choice": {"type": "function", "name": "f"}},
        "tool_choice.function is missing",
    ),
    "a choice without name": (
        {"tool_choice": {"type": "function", "function": {}}},
        "tool_choice.function.name is missing",
    ),
    "a choice of no tool": (
        {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "g"}}},
        "tool_choice.function.name must be the name of one of the tools, not 'g'",
    ),
    "a format without type": ({"response_format": {}}, "response_format.type is missing"),
    "another format": (
        {"response_format": {"type": "json"}},
        "response_format.type must be 'text', 'json_object' or 'json_schema', not 'json'",
    ),
    "a type that is no text": (
        {"response_format": {"type": ["text"]}},
        "response_format.type must be",
    ),
    "a schema that is missing": (
        {"response_format": {"type": "json_schema"}},
        "response_format.json_schema is missing",
    ),
    "a bare schema": (
        {"response_format": {"type": "json_schema", "schema": {}}},
        "response_format.json_schema is missing",
    ),
    "a schema that is text": (
        {"response_format": {"type": "json_schema", "json_schema": "{}"}},
        "response_format.json_schema must be a mapping, not str",
    ),
    "a schema without name": (
        {"response_format": {"type": "json_schema", "json_schema": {"schema": {}}}},
        "response_format.json_schema.name is missing",
    ),
    "a name without schema": (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "s"}}},
        "response_format.json_schema.schema is missing",
    ),
    "an inner schema that is text": (
        {"response_format": with_schema(schema="{}")},
        "response_format.json_schema.schema must be a mapping, not str",
    ),
    "a strict that is text": (
        {"response_format": with_schema(strict=1)},
        "response_format.json_schema.strict must be True or False, not 1",
    ),
    "a schema's description that is none": (
        {"response_format": with_schema(description=1)},
        "response_format.json_schema.description must be text, not 1",
    ),
}
RIGHT = [
    {"tools": [TOOL]},
    {"tools": (TOOL,)},
    {"tools": [{"type": "function", "function": {"name": "f"}}]},
    {"tools": with_function(description=None, parameters=None, strict=None)},
    {"tools": with_function(strict=True, parameters={"type": "object"}), "tool_choice": "required"},
    {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "f"}}},
    {"tool_choice": {"type": "function", "function": {"name": "f"}}},
    {"tool_choice": "none"},
    {"response_format": {"type": "text"}},
    {"response_format": {"type": "json_object"}},
    {"response_format": SCHEMA},
    {"response_format": with_schema(strict=False, description="S.")},
]


class TrustingDialect(OpenAIDialect):
    """A wire that takes the shapes for granted."""

    def chat_request(self, call):
        """Read without looking."""
        [tool["function"]["name"] for tool in call.options.get("tools", ())]
        if (form := call.options.get("response_format", {"type": ""}))["type"] == "json_schema":
            form["json_schema"]["schema"]["type"]
        return super().chat_request(call)


class TrustingProvider(AcmeProvider):
    """Speaks it."""

    dialect = TrustingDialect()


@pytest.mark.parametrize(("options", "problem"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_wrong_shape_is_refused_before_anything_is_sent(options, problem, stream):
    """One sentence names the place; no dialect sees what it cannot read."""
    service = Service(Reply(completion()))

    with pytest.raises(ProviderRequestError) as caught:
        await service.provider(TrustingProvider).chat(USER, stream=stream, **options)

    assert problem in caught.value.message
    assert service.requests == []


@pytest.mark.parametrize(("options", "problem"), WRONG.values(), ids=WRONG)
async def test_every_provider_and_adapter_refuses_it(options, problem):
    """The shapes are the contract's, not a wire's."""
    fake = FakeProvider("Blue.")
    with pytest.raises(ProviderRequestError):
        await fake.chat(USER, **options)
    with pytest.raises(ProviderRequestError):
        checked_options(options)

    assert fake.calls == []


@pytest.mark.parametrize("options", RIGHT)
async def test_the_contracts_shapes_are_sent(options):
    """As they were given."""
    service = Service(Reply(completion()))

    await service.provider().chat(USER, **options)

    for name, value in options.items():
        assert service.bodies[0][name] == (list(value) if isinstance(value, tuple) else value)
    assert checked_options(options) == options


async def test_whatever_else_a_service_takes_is_passed_in_the_body():
    """``extra_body`` is not looked into."""
    service = Service(Reply(completion()))
    form = {"type": "regex", "value": "a+"}

    await service.provider().chat(USER, extra_body={"response_format": form, "tool_choice": "any"})

    assert service.bodies[0]["response_format"] == form
    assert service.bodies[0]["tool_choice"] == "any"


NOT_JSON = [float("nan"), float("inf"), -float("inf")]


@pytest.mark.parametrize("number", NOT_JSON)
@pytest.mark.parametrize(
    ("place", "options"),
    [
        (
            "tools[1].function.parameters",
            lambda n: {"tools": with_function(parameters={"properties": {"x": {"minimum": n}}})},
        ),
        (
            "response_format.json_schema.schema",
            lambda n: {"response_format": with_schema(schema={"enum": [n]})},
        ),
        ("extra_body", lambda n: {"extra_body": {"a": [{"b": n}]}}),
    ],
)
async def test_a_number_that_json_has_not_is_refused(number, place, options):
    """It would arrive as null, and mean something else."""
    service = Service(Reply(completion()))

    with pytest.raises(ProviderRequestError) as caught:
        await service.provider().chat(USER, **options(number))

    assert str(caught.value).startswith(f"{place} holds NaN, an infinity or itself")
    assert not service.requests
