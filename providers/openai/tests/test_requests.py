"""Options become the fields of the protocol."""

import pytest
from provider_openai import ResponsesCompatibleProvider
from provider_sdk import UnsupportedCapabilityError

from ._api import MODEL, USER, Api, response, sent

TOOL = {
    "type": "function",
    "function": {
        "name": "look",
        "description": "Looks.",
        "parameters": {"type": "object", "properties": {"at": {"type": "string"}}},
    },
}
SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}}
POINT = {"type": "json_schema", "json_schema": {"name": "point", "schema": SCHEMA}}


async def test_plain_call():
    """A call keeps nothing at the service, and asks for reasoning that the next turn needs."""
    assert await sent() == {
        "model": MODEL,
        "input": [{"type": "message", "role": "user", "content": "Why is the sky blue?"}],
        "store": False,
        "stream": False,
        "include": ["reasoning.encrypted_content"],
    }


async def test_model_comes_first():
    """Routers read the model from the first bytes."""
    api = Api()
    async with api.provider() as provider:
        await provider.chat(USER, MODEL)

    assert api.requests[0].content.startswith(b'{"model":')
    assert api.requests[0].url.path == "/v1/responses"


async def test_stream():
    """A stream is asked for without padding, and of OpenAI only: others may not know that."""

    class AcmeProvider(ResponsesCompatibleProvider):
        name = "acme"
        base_url = "https://api.acme.example/v1"

    bodies = []
    for kind in (None, AcmeProvider):
        api = Api()
        async with api.provider(*([kind] if kind else [])) as provider:
            await (await provider.chat(USER, MODEL, stream=True)).collect()
        bodies.append(api.body)

    assert [body["stream"] for body in bodies] == [True, True]
    assert bodies[0]["stream_options"] == {"include_obfuscation": False}
    assert "stream_options" not in bodies[1]


async def test_plain_options():
    """Options that both protocols have go under the names of this one."""
    body = await sent(temperature=0.5, top_p=0.25, max_tokens=16)

    assert (body["temperature"], body["top_p"], body["max_output_tokens"]) == (0.5, 0.25, 16)


async def test_tools():
    """A tool is flat, and says that it is not strict: else each argument would be required."""
    body = await sent(tools=[TOOL])

    function = TOOL["function"]
    assert body["tools"] == [{"type": "function", "strict": False, **function}]


@pytest.mark.parametrize("strict", [True, False])
async def test_strict_tool(strict):
    """A tool is as strict as it says."""
    tool = {"type": "function", "function": {"name": "look", "strict": strict}}

    assert (await sent(tools=[tool]))["tools"][0]["strict"] is strict


@pytest.mark.parametrize("parameters", [None, {}, {"properties": {}}])
async def test_tool_without_parameters(parameters):
    """A tool without parameters has a schema of an empty object, which the service demands."""
    function = {"name": "look", "parameters": parameters}
    body = await sent(tools=[{"type": "function", "function": function}])

    assert body["tools"][0]["parameters"] == {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ({"type": "function", "function": {"name": "look"}}, {"type": "function", "name": "look"}),
    ],
)
async def test_tool_choice(choice, expected):
    """Each choice of a tool has its form."""
    assert (await sent(tools=[TOOL], tool_choice=choice))["tool_choice"] == expected


@pytest.mark.parametrize("more", [{}, {"strict": True, "description": "A point."}])
async def test_json_schema(more):
    """A JSON schema is the format of the text, as flat as a tool, and not strict either."""
    named = {**POINT["json_schema"], **more}
    body = await sent(response_format={"type": "json_schema", "json_schema": named})

    expected = {"type": "json_schema", "name": "point", "schema": SCHEMA, "strict": False, **more}
    assert body["text"] == {"format": expected}


@pytest.mark.parametrize("kind", ["json_object", "text"])
async def test_other_formats(kind):
    """The other formats have their types only."""
    assert (await sent(response_format={"type": kind}))["text"] == {"format": {"type": kind}}


async def test_effort():
    """An effort asks for reasoning, and for its summary."""
    assert (await sent(reasoning_effort="low"))["reasoning"] == {"effort": "low", "summary": "auto"}


async def test_no_reasoning():
    """Effort `none` turns reasoning off, and there is nothing to summarise."""
    assert (await sent(reasoning_effort="none"))["reasoning"] == {"effort": "none"}


@pytest.mark.parametrize("options", [{"seed": 1}, {"stop": "END"}])
async def test_what_the_protocol_lacks(options):
    """What the protocol cannot express is refused before anything is sent."""
    api = Api()
    async with api.provider() as provider:
        with pytest.raises(UnsupportedCapabilityError):
            await provider.chat(USER, MODEL, **options)

    assert api.requests == []


async def test_extra_body_wins():
    """The fields of `extra_body` replace those of the provider."""
    body = await sent(max_tokens=99, extra_body={"max_output_tokens": 20, "store": True, "x": 1})

    assert (body["max_output_tokens"], body["store"], body["x"]) == (20, True, 1)


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        (
            {"text": {"verbosity": "low"}},
            {"text": {"format": {"type": "json_object"}, "verbosity": "low"}},
        ),
        (
            {"reasoning": {"summary": "detailed"}},
            {"reasoning": {"effort": "low", "summary": "detailed"}},
        ),
        ({"reasoning": None}, {"reasoning": None}),
        (
            {"include": ["x", "reasoning.encrypted_content"]},
            {"include": ["reasoning.encrypted_content", "x"]},
        ),
        ({"include": None}, {"include": None}),
    ],
)
async def test_objects_of_extra_body(extra, expected):
    """An object of `extra_body` is merged into the provider's, and so is what it includes."""
    body = await sent(
        reasoning_effort="low", response_format={"type": "json_object"}, extra_body=extra
    )

    assert {name: body[name] for name in expected} == expected


async def test_extra_body_names_a_type():
    """An object that names its own type replaces the provider's."""
    choice = {"type": "allowed_tools", "mode": "auto", "tools": []}
    body = await sent(
        tools=[TOOL],
        tool_choice={"type": "function", "function": {"name": "look"}},
        extra_body={"tool_choice": choice},
    )

    assert body["tool_choice"] == choice


async def test_default_model():
    """A call that names no model asks the default one."""
    api = Api(response("Blue."))
    async with api.provider() as provider:
        await provider.chat(USER)

    assert api.body["model"] == provider.default_model == MODEL
