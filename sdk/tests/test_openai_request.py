"""What goes to an OpenAI-compatible service."""

import json

import pytest

from ._service import KEY, USER, AcmeProvider, Reply, Service, completion

TOOL = {"type": "function", "function": {"name": "now", "description": "d", "parameters": {}}}
OPTIONS = {
    "temperature": 0.2,
    "top_p": 0.9,
    "max_tokens": 5,
    "stop": ["a", "b"],
    "seed": 7,
    "tools": [TOOL],
    "tool_choice": "required",
    "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": {}}},
    "reasoning_effort": "low",
}


async def sent(messages=USER, model=None, **options):
    """The request of a call."""
    service = Service(Reply(completion()))
    await service.provider().chat(messages, model, **options)
    return service.requests[0]


async def test_where_it_goes():
    """``POST`` to ``chat/completions`` below the base URL."""
    request = await sent()

    assert request.method == "POST"
    assert str(request.url) == "https://api.acme.example/v1/chat/completions"


async def test_the_credential_is_a_bearer_token():
    """It stands in one header and nowhere else in the request."""
    request = await sent()

    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in str(request.url) + request.content.decode()


async def test_the_headers_say_what_is_sent_and_wanted():
    """JSON goes out, JSON is asked for, and the client has a name."""
    request = await sent()

    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept"] == "application/json"
    assert request.headers["user-agent"].startswith("provider-contract-sdk/")


async def test_model_is_serialised_first():
    """Routers read it from the first bytes."""
    request = await sent(extra_body={"a": 1}, temperature=0.2)

    assert request.content.startswith(b'{"model":"acme-large",')


async def test_the_named_model_is_asked():
    """It goes before the default."""
    assert json.loads((await sent(model="acme-small")).content)["model"] == "acme-small"


async def test_every_option_is_sent_as_it_is():
    """They have OpenAI's own shapes."""
    body = json.loads((await sent(**OPTIONS)).content)

    assert {name: body[name] for name in OPTIONS} == OPTIONS


async def test_what_was_not_asked_for_is_not_sent():
    """No defaults are made up for the service."""
    assert json.loads((await sent()).content) == {
        "model": "acme-large",
        "messages": USER,
        "stream": False,
    }


async def test_timeout_and_extras_are_no_fields_of_the_body():
    """They are for the call and not for the service."""
    request = await sent(timeout=5, extra_headers={"x": "1"}, extra_body={})

    assert set(json.loads(request.content)) == {"model", "messages", "stream"}


@pytest.mark.parametrize(
    "message",
    [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "caf\u00e9 \U0001f994\n\x00"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What?"},
                {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}},
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "1"},
    ],
)
async def test_messages_are_sent_in_openai_s_shape(message):
    """Roles, parts and text arrive as they were given."""
    assert json.loads((await sent([message])).content)["messages"] == [message]


async def test_complete_sends_one_user_message():
    """The prompt is the conversation, and the answer its text."""
    service = Service(Reply(completion()))

    assert await service.provider().complete("Why?", seed=7) == "Blue."
    assert service.bodies[0]["messages"] == [{"role": "user", "content": "Why?"}]
    assert service.bodies[0]["seed"] == 7


async def test_complete_gives_the_words_of_a_refusal():
    """A refusal is what the model said."""
    service = Service(Reply(completion(None, refusal="I will not.")))

    assert await service.provider().complete("Why?") == "I will not."


async def test_no_model_is_refused_before_a_request():
    """A provider without default says how to name one."""

    class NoDefault(AcmeProvider):
        default_model = ""

    service = Service(Reply(completion()))

    with pytest.raises(Exception, match=r"no model was named.* Name a model"):
        await service.provider(NoDefault).chat(USER)

    assert service.requests == []
