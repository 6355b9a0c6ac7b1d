"""Options become the fields of the protocol."""

import pytest
from provider_sdk import ProviderRequestError, ProviderWarning, UnsupportedCapabilityError

from ._api import MODEL, USER, Api, sent

TOOL = {
    "type": "function",
    "function": {
        "name": "look",
        "description": "Looks.",
        "parameters": {"type": "object", "properties": {"at": {"type": "string"}}},
    },
}


@pytest.mark.parametrize(
    ("model", "limit"),
    [
        ("claude-opus-5", 128000),
        ("claude-haiku-4-5-20251001", 64000),
        ("anthropic/claude-opus-4.1", 32000),
        ("us.anthropic.claude-opus-4-20250514-v1:0", 32000),
        ("claude-3-5-haiku-20241022", 8192),
        ("claude-3-opus-20240229", 4096),
        ("claude-opus-9", 64000),
        ("acme-large", 8192),
    ],
)
async def test_max_tokens_of_the_model(model, limit):
    """Without `max_tokens` the most that the model writes is sent, or a documented default."""
    assert (await sent(model=model))["max_tokens"] == limit


async def test_max_tokens_of_the_caller():
    """The caller's `max_tokens` is sent as it is, 0 included, which only warms the cache."""
    assert (await sent(max_tokens=7))["max_tokens"] == 7
    assert (await sent(max_tokens=0))["max_tokens"] == 0


@pytest.mark.filterwarnings("ignore::provider_sdk.ProviderWarning")
async def test_sampling_is_not_in_the_version():
    """The default version has no sampling parameters: they are left out."""
    body = await sent(temperature=0.5, top_p=0.5)

    assert not body.keys() & {"temperature", "top_p"}


async def test_dropped_sampling_is_told():
    """What is dropped is told by a warning, in the response as well."""
    async with Api().provider() as provider:
        with pytest.warns(ProviderWarning, match="temperature"):
            response = await provider.chat(USER, MODEL, temperature=0.5)

    assert any("temperature" in warning for warning in response.warnings)


async def test_sampling_of_the_older_version():
    """The older version has them, for models that accept them."""
    config = {"api_version": "2023-06-01"}
    body = await sent(model="claude-haiku-4-5", config=config, temperature=0.5, top_p=0.5)

    assert (body["temperature"], body["top_p"]) == (0.5, 0.5)


@pytest.mark.filterwarnings("ignore::provider_sdk.ProviderWarning")
async def test_sampling_of_later_models():
    """Later models reject them on any version."""
    body = await sent(model="claude-opus-5", config={"api_version": "2023-06-01"}, temperature=0.5)

    assert "temperature" not in body


async def test_tools():
    """A tool has its name, description and schema in the protocol's places."""
    body = await sent(tools=[TOOL])

    function = TOOL["function"]
    schema = function["parameters"]
    assert body["tools"] == [{"name": "look", "description": "Looks.", "input_schema": schema}]


@pytest.mark.parametrize("parameters", [None, {}, {"properties": {}}])
async def test_tool_without_parameters(parameters):
    """A tool without parameters has a schema of an empty object, which the service demands."""
    function = {"name": "look", "parameters": parameters}
    body = await sent(tools=[{"type": "function", "function": function}])

    assert body["tools"][0]["input_schema"] == {"type": "object", "properties": {}}


async def test_strict_tool():
    """A strict tool says so."""
    body = await sent(tools=[{"type": "function", "function": {"name": "look", "strict": True}}])

    assert body["tools"][0]["strict"] is True


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", {"type": "auto"}),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        ({"type": "function", "function": {"name": "look"}}, {"type": "tool", "name": "look"}),
    ],
)
async def test_tool_choice(choice, expected):
    """Each choice of a tool has its word."""
    assert (await sent(tools=[TOOL], tool_choice=choice))["tool_choice"] == expected


@pytest.mark.parametrize("stop", ["END", ["END"]])
async def test_stop(stop):
    """`stop` is a list of sequences."""
    assert (await sent(stop=stop))["stop_sequences"] == ["END"]


async def test_json_schema():
    """A JSON schema is the format of the output."""
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "point", "schema": schema}}
    body = await sent(response_format=wanted)

    assert body["output_config"] == {"format": {"type": "json_schema", "schema": schema}}


async def test_text_format():
    """`response_format` of type `text` asks for nothing."""
    assert "output_config" not in await sent(response_format={"type": "text"})


@pytest.mark.parametrize("options", [{"seed": 1}, {"response_format": {"type": "json_object"}}])
async def test_what_the_protocol_lacks(options):
    """What the protocol cannot express is refused before anything is sent."""
    api = Api()
    async with api.provider() as provider:
        with pytest.raises(UnsupportedCapabilityError):
            await provider.chat(USER, MODEL, **options)

    assert api.requests == []


@pytest.mark.parametrize(("effort", "word"), [("minimal", "low"), ("high", "high"), ("max", "max")])
async def test_effort(effort, word):
    """An effort asks for adaptive thinking, whose summary is shown."""
    body = await sent(reasoning_effort=effort)

    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert body["output_config"] == {"effort": word}


async def test_no_thinking():
    """Effort `none` turns thinking off."""
    body = await sent(reasoning_effort="none")

    assert body["thinking"] == {"type": "disabled"}
    assert "output_config" not in body


@pytest.mark.parametrize(
    ("effort", "max_tokens", "budget"),
    [("low", None, 2048), ("high", 9000, 8999), ("max", None, 63999), ("minimal", None, 1024)],
)
async def test_budget(effort, max_tokens, budget):
    """A model without efforts gets a budget of tokens, which `max_tokens` exceeds."""
    body = await sent(model="claude-haiku-4-5", reasoning_effort=effort, max_tokens=max_tokens)

    assert body["thinking"] == {"type": "enabled", "budget_tokens": budget}
    assert budget < body["max_tokens"]


@pytest.mark.parametrize(
    ("model", "max_tokens", "kind"),
    [
        ("claude-haiku-4-5", 1024, ProviderRequestError),
        ("claude-3-opus-20240229", None, UnsupportedCapabilityError),
    ],
)
async def test_impossible_thinking(model, max_tokens, kind):
    """A model that cannot think, or not in so few tokens, refuses before anything is sent."""
    api = Api()
    async with api.provider() as provider:
        with pytest.raises(kind, match=model):
            await provider.chat(USER, model, reasoning_effort="low", max_tokens=max_tokens)

    assert api.requests == []


async def test_extra_body_wins():
    """The fields of `extra_body` replace those of the provider."""
    body = await sent(extra_body={"max_tokens": 5, "thinking": {"type": "between_tools"}})

    assert (body["max_tokens"], body["thinking"]) == (5, {"type": "between_tools"})


FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "answer", "schema": {"type": "object", "properties": {}}},
}


@pytest.mark.parametrize(
    ("extra", "name", "expected"),
    [
        ({"output_config": {"later": 1}}, "output_config", {"effort", "format", "later"}),
        ({"output_config": {"effort": "max"}}, "output_config", {"effort", "format"}),
        ({"output_config": None}, "output_config", None),
        ({"thinking": {"display": "omitted"}}, "thinking", {"type", "display"}),
        ({"thinking": {"type": "disabled"}}, "thinking", {"type"}),
        ({"tool_choice": {"disable_parallel_tool_use": True}}, "tool_choice", None),
    ],
)
async def test_objects_of_extra_body(extra, name, expected):
    """An object of `extra_body` is merged into the provider's, unless it names its own type."""
    body = await sent(reasoning_effort="low", response_format=FORMAT, extra_body=extra)

    assert body[name] == extra[name] if expected is None else body[name].keys() == expected
    given = extra[name] or {}
    assert given == {key: body[name][key] for key in given}


async def test_choice_of_a_tool_is_merged():
    """What `extra_body` says of the choice of tools goes beside it."""
    tools = [{"type": "function", "function": {"name": "look"}}]
    extra = {"tool_choice": {"disable_parallel_tool_use": True}}
    body = await sent(tools=tools, tool_choice="required", extra_body=extra)

    assert body["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}


async def test_budget_within_the_limit_of_extra_body():
    """A budget for thinking stays below the limit, wherever the caller set it."""
    body = await sent(
        model="claude-opus-4-1", reasoning_effort="high", extra_body={"max_tokens": 2000}
    )

    assert body["thinking"]["budget_tokens"] < body["max_tokens"] == 2000
