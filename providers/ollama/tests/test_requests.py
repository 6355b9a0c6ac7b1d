"""What is sent: messages and options in Ollama's shapes."""

import json

import pytest
from provider_ollama import OllamaDialect
from provider_sdk import ChatCall, ProviderRequestError, UnsupportedCapabilityError
from provider_sdk.adapting import normalized

from ._service import USER, Reply, Service, answer, failing

TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}}


async def sent(messages=USER, **options):
    """Return the body of the request for a call."""
    service = Service(chat=Reply(answer()))
    await service.provider().chat(messages, **options)
    return service.bodies()[-1]


async def test_sampling_is_in_options():
    """Sampling, limit, seed and stop texts are fields of `options`, by Ollama's names."""
    body = await sent(temperature=0.5, top_p=0.9, max_tokens=7, seed=0, stop="END")

    body["options"].pop("num_ctx")
    assert body["options"] == {
        "temperature": 0.5,
        "top_p": 0.9,
        "num_predict": 7,
        "seed": 0,
        "stop": ["END"],
    }


@pytest.mark.parametrize(
    ("wanted", "sent_format"),
    [
        ({"type": "json_object"}, "json"),
        ({"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}, SCHEMA),
        ({"type": "text"}, None),
    ],
)
async def test_response_format_is_format(wanted, sent_format):
    """A schema is sent itself, any JSON as a word, and text not at all."""
    assert (await sent(response_format=wanted)).get("format") == sent_format


@pytest.mark.parametrize(
    ("effort", "think"),
    [
        ("none", False),
        ("minimal", "low"),
        ("low", "low"),
        ("medium", "medium"),
        ("high", "high"),
        ("xhigh", "max"),
        ("max", "max"),
    ],
)
async def test_reasoning_effort_is_think(effort, think):
    """`none` turns thinking off, and every other value is the nearest level that Ollama has."""
    assert (await sent(reasoning_effort=effort))["think"] == think


async def test_without_an_effort_the_service_decides():
    """Nothing is said of thinking if the caller says nothing."""
    assert "think" not in await sent()


@pytest.mark.parametrize(
    "said",
    [
        'invalid think value: "max" (must be "high", "medium", "low", true, or false)',
        'think value "medium" is not supported for this model',
        "json: cannot unmarshal string into Go struct field ChatRequest.think of type bool",
    ],
)
async def test_a_level_that_the_service_does_not_know_becomes_plain_thinking(said):
    """The call is sent again with `think: true`, and the answer says so."""
    replies = [failing(400, said), Reply(answer())]
    service = Service(chat=lambda request: replies.pop(0))

    response = await service.provider().chat(USER, reasoning_effort="medium")

    assert [body["think"] for body in service.bodies()] == ["medium", True]
    assert "reasoning_effort 'medium'" in response.warnings[0]


async def test_a_refused_level_is_remembered():
    """Later calls of the model are sent as plain thinking at once, and say so; others are not."""

    def refuse(request):
        level = json.loads(request.content)["think"] == "medium"
        return failing(400, "invalid think value") if level else Reply(answer())

    service = Service(chat=refuse)
    provider = service.provider()

    for options in ({}, {}, {"model": "other"}):
        response = await provider.chat(USER, reasoning_effort="medium", **options)
        assert len([each for each in response.warnings if "'medium'" in each]) == 1

    thought = [body["think"] for body in service.bodies()]
    assert thought == ["medium", True, True, "medium", True]


async def test_a_refused_level_is_replaced_once():
    """If plain thinking is refused too, its error is raised."""
    service = Service(chat=failing(400, "invalid think value"))

    with pytest.raises(ProviderRequestError, match="invalid think value"):
        await service.provider().chat(USER, reasoning_effort="high")

    assert len(service.requests) == 2


async def test_a_refused_option_is_not_mistaken_for_a_level():
    """Another rejection, or one of a call without a level, is raised at once."""
    service = Service(chat=failing(400, "invalid think value"))

    with pytest.raises(ProviderRequestError):
        await service.provider().chat(USER)

    assert len(service.requests) == 1


async def test_extra_body_is_merged_into_options():
    """Further options join those of the call, and win over them."""
    body = await sent(
        temperature=0.5, extra_body={"keep_alive": "1h", "options": {"top_k": 3, "temperature": 1}}
    )

    body["options"].pop("num_ctx")
    assert body["keep_alive"] == "1h"
    assert body["options"] == {"temperature": 1, "top_k": 3}


async def test_options_that_are_no_mapping_are_the_callers_business():
    """`extra_body` is sent as it is, even if the service will reject it."""
    assert (await sent(extra_body={"options": None}))["options"] is None


async def test_messages_have_text_only_as_content():
    """Parts of text become one text; an image goes beside it, without its label."""
    url = "data:image/png;base64,iVBORw0KGgo="
    parts = [
        {"type": "text", "text": "What is "},
        {"type": "image_url", "image_url": {"url": url}},
        {"type": "text", "text": "this?"},
    ]

    (message,) = (await sent([{"role": "user", "content": parts}]))["messages"]

    assert message == {"role": "user", "content": "What is this?", "images": ["iVBORw0KGgo="]}


@pytest.mark.parametrize("url", ["https://host.example/a.png", "iVBORw0KGgo=", "data:image/png"])
async def test_an_image_elsewhere_is_refused(url):
    """Ollama loads no images, so only data: URLs in base64 can be sent."""
    service = Service(chat=Reply(answer()))
    image = [{"type": "image_url", "image_url": {"url": url}}]

    with pytest.raises(UnsupportedCapabilityError, match="loads no images"):
        await service.provider().chat([{"role": "user", "content": image}])

    assert service.requests == []


@pytest.mark.parametrize("choice", ["none", "required", TOOL | {"function": {"name": "look"}}])
async def test_a_tool_choice_is_refused(choice):
    """Ollama has no tool_choice; only `auto` means nothing."""
    service = Service(chat=Reply(answer()))

    with pytest.raises(UnsupportedCapabilityError, match="no tool_choice"):
        await service.provider().chat(USER, tools=[TOOL], tool_choice=choice)

    assert service.requests == []
    assert (await sent(tools=[TOOL], tool_choice="auto"))["tools"] == [TOOL]


async def test_calls_and_results_go_back():
    """Arguments are objects, and a result names its tool and its call."""
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"a": 1}'}}
    turns = [
        *USER,
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "sun"},
    ]

    _, assistant, result = (await sent(turns))["messages"]

    assert assistant["tool_calls"] == [
        {"id": "c1", "function": {"name": "look", "arguments": {"a": 1}}}
    ]
    assert result == {
        "role": "tool",
        "content": "sun",
        "tool_name": "look",
        "tool_call_id": "c1",
    }


async def test_a_result_without_its_call_has_no_name():
    """A result whose call is not in the conversation is sent under its id alone."""
    turns = [*USER, {"role": "tool", "tool_call_id": "gone", "content": "sun"}]

    assert "tool_name" not in (await sent(turns))["messages"][-1]


async def test_broken_arguments_are_shown_to_the_model():
    """Arguments that are not JSON are sent as text in an object: the protocol has only objects."""
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"a": '}}
    turns = [*USER, {"role": "assistant", "content": "", "tool_calls": [call]}]

    (made,) = (await sent(turns))["messages"][1]["tool_calls"]

    assert made["function"]["arguments"] == {"arguments": '{"a": '}


async def test_a_callers_reasoning_is_sent_as_thinking():
    """`reasoning_content` of an assistant's dict reaches the service by Ollama's name."""
    turn = {"role": "assistant", "content": "Hm.", "reasoning_content": "Rayleigh."}

    assert (await sent([*USER, turn, *USER]))["messages"][1]["thinking"] == "Rayleigh."


def test_a_call_without_stream_says_so():
    """Ollama streams by default, so a whole answer is asked for expressly."""
    call = ChatCall("m", normalized(USER), {})
    request = OllamaDialect().chat_request(call)

    assert b'"stream":false' in (request.body or b"")


@pytest.mark.parametrize(
    "arguments", ['{"n": "\\ud83d"}', '{"\\ude00": 1}', '{"a": [{"b": "x\\udc00"}]}']
)
async def test_half_a_character_in_arguments_does_not_end_the_conversation(arguments):
    """A model may escape half a character; it goes back as U+FFFD."""
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": arguments}}
    turns = [*USER, {"role": "assistant", "content": "", "tool_calls": [call]}]

    (made,) = (await sent(turns))["messages"][1]["tool_calls"]

    assert "\ufffd" in json.dumps(made["function"]["arguments"], ensure_ascii=False)


@pytest.mark.parametrize(
    ("url", "data"),
    [
        ("data:image/png;base64,iVBORw0KGgo%3D", "iVBORw0KGgo="),
        ("data:image/png;base64,iVBORw0K%2BGo%3d", "iVBORw0K+Go="),
        ("data:image/svg+xml,%3Csvg/%3E", "PHN2Zy8+"),
        ("data:image/svg+xml;charset=utf-8,<svg/>", "PHN2Zy8+"),
        ("data:,a", "YQ=="),
    ],
)
async def test_an_image_in_another_form_is_sent_as_base64(url, data):
    """Escapes are undone, and an image that is not in base64 is encoded."""
    image = [{"type": "image_url", "image_url": {"url": url}}]

    (message,) = (await sent([{"role": "user", "content": image}]))["messages"]

    assert message["images"] == [data]
