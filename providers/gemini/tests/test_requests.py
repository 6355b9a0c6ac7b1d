"""Options are written as the service wants them."""

import pytest
from provider_sdk import ProviderRequestError, UnsupportedCapabilityError

from ._api import KEY, USER, Api, answer, sent

TOOL = {
    "type": "function",
    "function": {
        "name": "look",
        "description": "Looks.",
        "parameters": {"type": "object", "properties": {"at": {"const": 1}}},
    },
}
SCHEMA = {"type": "object", "properties": {"b": {"$ref": "#"}, "a": {"pattern": "x"}}}


async def request_of(model=None, stream=False, **options):
    """The request that a call sends."""
    api = Api(answer("Blue."))
    async with api.provider() as provider:
        if stream:
            await (await provider.chat(USER, model, stream=True, **options)).collect()
        else:
            await provider.chat(USER, model, **options)
    return api.requests[0]


async def test_plain_call():
    """Without options nothing but the conversation is sent."""
    body = await sent()

    assert body == {"contents": [{"role": "user", "parts": [{"text": "Why is the sky blue?"}]}]}


@pytest.mark.parametrize(
    ("model", "path"),
    [
        (None, "/v1beta/models/gemini-3.6-flash"),
        ("gemini-2.5-pro", "/v1beta/models/gemini-2.5-pro"),
        ("models/gemini-2.5-pro", "/v1beta/models/gemini-2.5-pro"),
        ("tunedModels/mine-1", "/v1beta/tunedModels/mine-1"),
        ("acme/one", "/v1beta/models/acme%2Fone"),
        ("../x?key=a#b", "/v1beta/models/..%2Fx%3Fkey%3Da%23b"),
    ],
)
async def test_address(model, path):
    """The model stands in the path, whatever its name; a stream is asked for events."""
    host = "https://generativelanguage.googleapis.com"

    assert str((await request_of(model)).url) == f"{host}{path}:generateContent"
    streamed = str((await request_of(model, stream=True)).url)
    assert streamed == f"{host}{path}:streamGenerateContent?alt=sse"


@pytest.mark.parametrize("stream", [False, True])
async def test_key_is_in_a_header(stream):
    """The key is in its header, and in no address."""
    request = await request_of(stream=stream)

    assert request.headers["x-goog-api-key"] == KEY
    assert KEY not in str(request.url)
    assert "authorization" not in request.headers


async def test_sampling():
    """Options for sampling have names of their own."""
    body = await sent(temperature=0.5, top_p=0.9, max_tokens=7, seed=-3, stop="END")

    assert body["generationConfig"] == {
        "temperature": 0.5,
        "topP": 0.9,
        "maxOutputTokens": 7,
        "seed": -3,
        "stopSequences": ["END"],
    }


async def test_several_stops():
    """Several texts to stop at are sent as they are."""
    assert (await sent(stop=("A", "B")))["generationConfig"] == {"stopSequences": ["A", "B"]}


@pytest.mark.parametrize("seed", [2**31, -(2**31) - 1, 2**70])
async def test_large_seed(seed):
    """A seed that the service cannot hold is refused before anything is sent."""
    api = Api()
    async with api.provider() as provider:
        with pytest.raises(ProviderRequestError, match="seed must be a number of 32 bits"):
            await provider.chat(USER, seed=seed)

    assert api.requests == []


async def test_tools():
    """Tools are declared with their JSON schemas, to the letter."""
    bare = {"type": "function", "function": {"name": "see"}}
    body = await sent(tools=[TOOL, bare])

    function = TOOL["function"]
    assert body["tools"] == [
        {
            "functionDeclarations": [
                {
                    "name": "look",
                    "description": "Looks.",
                    "parametersJsonSchema": function["parameters"],
                },
                {"name": "see"},
            ]
        }
    ]
    assert "toolConfig" not in body


@pytest.mark.parametrize(
    ("choice", "config"),
    [
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        (
            {"type": "function", "function": {"name": "look"}},
            {"mode": "ANY", "allowedFunctionNames": ["look"]},
        ),
    ],
)
async def test_tool_choice(choice, config):
    """Which tools may be called is a mode."""
    body = await sent(tools=[TOOL], tool_choice=choice)

    assert body["toolConfig"] == {"functionCallingConfig": config}


@pytest.mark.parametrize(
    ("wanted", "config"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, {"responseMimeType": "application/json"}),
        (
            {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}},
            {"responseMimeType": "application/json", "responseJsonSchema": SCHEMA},
        ),
    ],
)
async def test_formats(wanted, config):
    """A JSON schema for the answer is sent to the letter."""
    assert (await sent(response_format=wanted)).get("generationConfig") == config


@pytest.mark.parametrize(
    ("model", "effort", "config"),
    [
        ("gemini-3.6-flash", "minimal", {"includeThoughts": True, "thinkingLevel": "MINIMAL"}),
        ("gemini-flash-latest", "high", {"includeThoughts": True, "thinkingLevel": "HIGH"}),
        ("gemma-4-31b-it", "max", {"includeThoughts": True, "thinkingLevel": "XHIGH"}),
        ("gemini-4-ultra", "odd", {"includeThoughts": True, "thinkingLevel": "ODD"}),
        ("gemini-2.5-flash", "none", {"thinkingBudget": 0}),
        ("gemini-2.5-flash", "low", {"includeThoughts": True, "thinkingBudget": 1024}),
        ("google/gemini-2.5-flash-lite", "max", {"includeThoughts": True, "thinkingBudget": 24576}),
        ("gemini-2.5-pro", "minimal", {"includeThoughts": True, "thinkingBudget": 512}),
        ("gemini-2.5-pro", "xhigh", {"includeThoughts": True, "thinkingBudget": 32768}),
        ("gemini-2.0-flash", "none", None),
    ],
)
async def test_thinking(model, effort, config):
    """An effort is a level of thinking, or a budget for models that have no levels."""
    body = await sent(model=model, reasoning_effort=effort)

    assert body.get("generationConfig", {}).get("thinkingConfig") == config


@pytest.mark.parametrize(
    ("model", "effort", "said"),
    [
        ("gemini-3.6-flash", "none", "always thinks"),
        ("gemini-2.5-pro", "none", "always thinks"),
        ("gemini-2.0-flash", "low", "cannot think"),
    ],
)
async def test_thinking_that_is_impossible(model, effort, said):
    """What a model cannot do is refused before anything is sent."""
    api = Api()
    async with api.provider() as provider:
        with pytest.raises(UnsupportedCapabilityError, match=said):
            await provider.chat(USER, model, reasoning_effort=effort)

    assert api.requests == []


async def test_extra_body():
    """Fields of the caller are merged into those of the provider."""
    extra = {
        "generationConfig": {"topK": 3, "temperature": 0.1},
        "safetySettings": [{"category": "c"}],
        "cachedContent": "cachedContents/x",
    }
    body = await sent(temperature=0.9, max_tokens=7, extra_body=extra)

    assert body["generationConfig"] == {"temperature": 0.1, "maxOutputTokens": 7, "topK": 3}
    assert body["safetySettings"] == [{"category": "c"}]
    assert body["cachedContent"] == "cachedContents/x"


async def test_count_tokens():
    """The count is asked of the service, for all that the call would send."""
    from ._api import reply

    api = Api(reply({"totalTokens": 31}))
    messages = [{"role": "system", "content": "Be short."}, *USER]
    async with api.provider() as provider:
        count = await provider.count_tokens(messages, "models/gemini-2.5-pro", tools=[TOOL])

    assert count == 31
    assert api.requests[0].url.path == "/v1beta/models/gemini-2.5-pro:countTokens"
    counted = api.body["generateContentRequest"]
    assert counted["model"] == "models/gemini-2.5-pro"
    assert counted["systemInstruction"]["parts"] == [{"text": "Be short."}]
    assert counted["tools"][0]["functionDeclarations"][0]["name"] == "look"


async def test_count_tokens_needs_a_model():
    """Without a model there is nothing to count for."""
    api = Api()
    async with api.provider() as provider:
        provider.default_model = ""
        with pytest.raises(ProviderRequestError, match="no model was named"):
            await provider.count_tokens(USER)

    assert api.requests == []


@pytest.mark.parametrize("body", [{}, {"totalTokens": "x"}, [], {"totalTokens": -1}])
async def test_count_that_is_none(body):
    """A reply without a count is an error."""
    from provider_sdk import ProviderResponseError

    from ._api import reply

    async with Api(reply(body)).provider() as provider:
        with pytest.raises(ProviderResponseError, match="no count"):
            await provider.count_tokens(USER)
