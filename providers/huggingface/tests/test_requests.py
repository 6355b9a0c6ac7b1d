"""What the router is sent."""

import pytest
from provider_huggingface import HfProvider
from provider_sdk import ProviderRequestError

from ._router import CHAT, TOKEN, USER, Router, chunk, stream

WEATHER = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "person", "schema": {"type": "object"}}}


async def _body_of(messages=USER, **options):
    router = Router()
    async with router.provider() as provider:
        await provider.chat(messages, "acme/one", **options)
    return router.bodies[0]


async def test_endpoint():
    """A chat goes to the router's chat completions, with the token as bearer."""
    router = Router()
    async with router.provider() as provider:
        await provider.chat(USER)

    request = router.requests[0]
    assert str(request.url) == f"https://router.huggingface.co{CHAT}"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("streamed", [False, True])
async def test_model_first(streamed):
    """The body begins with the model, so that the router can route on its first bytes."""
    router = Router(stream(chunk("stop", content="Blue."))) if streamed else Router()
    async with router.provider() as provider:
        answer = await provider.chat(USER, "acme/one:groq", stream=streamed, seed=1)
        if streamed:
            await answer.collect()

    assert router.requests[0].content.startswith(b'{"model":"acme/one:groq",')


async def test_billed_to_nobody_else():
    """Without an organisation there is no billing header."""
    router = Router()
    async with router.provider() as provider:
        await provider.chat(USER)

    assert "x-hf-bill-to" not in router.requests[0].headers


async def test_billed_to_argument(monkeypatch):
    """`bill_to` names who pays, before HF_BILL_TO."""
    monkeypatch.setenv("HF_BILL_TO", "other-org")
    router = Router()
    async with router.provider(bill_to="my-org") as provider:
        await provider.chat(USER)

    assert router.requests[0].headers["x-hf-bill-to"] == "my-org"


async def test_billed_to_variable(monkeypatch):
    """HF_BILL_TO names who pays."""
    monkeypatch.setenv("HF_BILL_TO", " my-org ")
    router = Router()
    async with router.provider() as provider:
        await provider.chat(USER)

    assert router.requests[0].headers["x-hf-bill-to"] == "my-org"


async def test_other_addresses(monkeypatch):
    """HF_BASE_URL moves the router, HF_ENDPOINT the Hub."""
    monkeypatch.setenv("HF_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.test/")
    router = Router()
    async with router.provider() as provider:
        await provider.health_check()

    assert [str(request.url) for request in router.requests] == [
        "https://hub.test/api/whoami-v2",
        "http://127.0.0.1:1/v1/models",
    ]


@pytest.mark.parametrize(
    ("argument", "problem"),
    [
        ({"hub_url": "huggingface.co"}, "the base URL in hub_url must look like https://host/path"),
        ({"hub_url": 5}, "hub_url must be text, not int"),
        ({"bill_to": ["my-org"]}, "bill_to must be text, not list"),
        ({"bill_to": "my-org\r\nx-evil: 1"}, "bill_to holds a line break"),
        ({"bill_to": "l\u00f6we"}, "or a character outside ASCII"),
    ],
)
def test_senseless_argument(argument, problem):
    """It is refused by the constructor, by name."""
    with pytest.raises(ValueError, match=problem):
        HfProvider(api_key=TOKEN, **argument)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HF_BASE_URL", "router"),
        ("HF_ENDPOINT", "huggingface.co"),
        ("HF_BILL_TO", "a\nb"),
    ],
)
def test_senseless_variable(monkeypatch, variable, value):
    """The error says which variable it is."""
    monkeypatch.setenv(variable, value)

    with pytest.raises(ProviderRequestError, match=f"the environment variable {variable} "):
        HfProvider(api_key=TOKEN)


async def test_image():
    """An image goes as the part that the router documents."""
    parts = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
    ]

    assert (await _body_of([{"role": "user", "content": parts}]))["messages"][0]["content"] == parts


async def test_tools():
    """Tools and their choice go as they are."""
    body = await _body_of(tools=[WEATHER], tool_choice="required")

    assert (body["tools"], body["tool_choice"]) == ([WEATHER], "required")


async def test_tool_answers():
    """A call and its answer go back in OpenAI's shape, arguments as text."""
    call = {"id": "a", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    body = await _body_of(
        [
            *USER,
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "a", "content": "sunny"},
        ]
    )

    assert body["messages"][1:] == [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "a", "content": "sunny"},
    ]


@pytest.mark.parametrize("form", [SCHEMA, {"type": "json_object"}])
async def test_response_format(form):
    """A wanted form of the answer goes as it is."""
    assert (await _body_of(response_format=form))["response_format"] == form


@pytest.mark.parametrize("effort", ["none", "minimal", "low", "medium", "high", "xhigh"])
async def test_reasoning_effort(effort):
    """The effort goes as it is: which words a model knows is its back end's business."""
    assert (await _body_of(reasoning_effort=effort))["reasoning_effort"] == effort


async def test_nothing_unasked():
    """A plain question sends nothing beside itself."""
    assert await _body_of() == {"model": "acme/one", "messages": USER, "stream": False}
