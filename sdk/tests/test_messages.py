"""Messages and tool calls."""

import copy
import json
import pickle

import pytest
from provider_sdk import (
    ChatResponse,
    Message,
    ProviderRequestError,
    ToolCall,
)
from provider_sdk._messages import normalized
from provider_sdk.testing import FakeProvider

from ._service import USER, Reply, Service, completion

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}}
CALL = {"id": "c1", "type": "function", "function": {"name": "sum", "arguments": '{"a": 1}'}}
CONVERSATION = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "What is it?"}, IMAGE]},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "1"},
    {"role": "assistant", "content": "A sum.", "provider_data": {"claude": {"signature": "x"}}},
]


def test_openai_shaped_messages_survive_the_round_trip():
    """What a dict says, its ``Message`` says too."""
    assert [message.to_dict() for message in normalized(CONVERSATION)] == CONVERSATION


def test_a_message_stands_for_its_dict():
    """``Message`` objects and dicts may be mixed."""
    mixed = [Message("system", "Be brief."), *CONVERSATION[1:]]

    assert normalized(mixed) == normalized(CONVERSATION)


async def test_messages_are_never_mutated():
    """A call leaves the conversation as it was, to its innermost part."""
    conversation = copy.deepcopy(CONVERSATION)

    await Service(Reply(completion())).provider().chat(conversation)

    assert conversation == CONVERSATION


async def test_provider_data_of_others_is_ignored():
    """Opaque state of another provider does not reach the wire."""
    service = Service(Reply(completion()))

    await service.provider().chat([*CONVERSATION, *USER])

    assert "signature" not in service.requests[0].content.decode()


def test_provider_data_is_kept_for_its_provider():
    """The state goes into a session and comes back."""
    data = {"gemini": {"signature": "abc"}}
    message = ChatResponse(text="Blue.", provider_data=data).message

    assert Message.from_dict(json.loads(json.dumps(message.to_dict()))).provider_data == data


async def test_the_answer_is_ready_to_append():
    """``response.message`` goes back as the next turn's history."""
    service = Service(Reply(completion(None, tool_calls=[CALL])), Reply(completion()))
    provider = service.provider()
    first = await provider.chat(USER)

    await provider.chat([*USER, first.message, {**CONVERSATION[3]}])

    assert service.bodies[1]["messages"][1] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [CALL],
    }


def test_a_refusal_is_ready_to_append():
    """The words of a refusal are what the assistant said."""
    assert ChatResponse(refusal="I will not.").message.content == "I will not."


def test_the_text_of_parts_is_joined():
    """Images have no text."""
    message = normalized(CONVERSATION)[1]

    assert message.text == "What is it?"
    assert message.has_image


def test_content_may_be_null():
    """An assistant that only called tools says nothing."""
    message = Message.from_dict({"role": "assistant", "content": None, "tool_calls": [CALL]})

    assert message.content == ""


def test_an_image_may_be_a_bare_address():
    """The short form becomes the long one."""
    part = {"type": "image_url", "image_url": "https://a.example/b.png"}

    message = Message.from_dict({"role": "user", "content": [part]})

    assert message.content == (
        {"type": "image_url", "image_url": {"url": "https://a.example/b.png"}},
    )


@pytest.mark.parametrize(
    ("messages", "problem"),
    [
        ([], "messages is empty"),
        ("hello", "messages must be a list of messages, not str"),
        ({"role": "user"}, "messages must be a list of messages, not dict"),
        (iter(USER), "messages must be a list of messages"),
        (["hello"], r"messages\[0\] must be a dict or a Message, not str"),
        ([*USER, {"role": "robot"}], r"messages\[1\]: role 'robot' is unknown; use system"),
        ([{"content": "hello"}], r"messages\[0\]: role None is unknown"),
        ([{"role": "user", "content": 5}], "content must be text or a list of parts, not int"),
        ([{"role": "user", "content": [5]}], "a content part must be a dict, not int"),
        ([{"role": "user", "content": [{"type": "audio"}]}], "part type 'audio' is not usable"),
        ([{"role": "user", "content": [{"type": "text"}]}], "part type 'text' is not usable"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], "'image_url' is not usable"),
        ([{"role": "tool", "content": "1"}], "a tool message needs the tool_call_id"),
        ([Message("tool", "1")], r"messages\[0\]: a tool message needs the tool_call_id"),
        ([{"role": "assistant", "tool_calls": [{}]}], "a tool call needs function.name"),
        ([{"role": "assistant", "tool_calls": 5}], "tool_calls must be a list, not int"),
        ([{"role": "assistant", "tool_calls": {"a": 1}}], "tool_calls must be a list, not dict"),
        ([{"role": "assistant", "tool_calls": ["f"]}], "an item of tool_calls must be a dict"),
        (
            [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": {5j}}}]}],
            r"messages\[0\]: the arguments of a tool call are not JSON",
        ),
        ([{"role": "user", "provider_data": 5}], "provider_data must be a dict, not int"),
        ([{**CONVERSATION[3], "tool_call_id": 5}], "tool_call_id must be text, not int"),
        ([Message("robot", "hello")], r"messages\[0\]: role 'robot' is unknown; use system"),
        ([Message("user", 5)], "content must be text or a list of parts, not int"),
        ([Message("user", [5])], "a content part must be a dict, not int"),
        ([Message("user", [{"type": "audio"}])], "part type 'audio' is not usable"),
        ([Message("tool", "1", tool_call_id=5)], "tool_call_id must be text, not int"),
        ([Message("assistant", tool_calls=[5])], "an item of tool_calls must be a dict, not int"),
        ([Message("assistant", tool_calls=5)], "tool_calls must be a list, not int"),
        ([Message("assistant", tool_calls=[ToolCall("c1", 5)])], "id, name and arguments_text"),
        ([Message("assistant", tool_calls=[ToolCall("c1", "f", 5)])], "must be a dict, not int"),
        (
            [Message("assistant", tool_calls=[ToolCall("c1", "f", {"a": 5j})])],
            "the arguments of a tool call are not JSON",
        ),
        ([Message("user", "hello", provider_data=5)], "provider_data must be a dict, not int"),
    ],
)
async def test_a_malformed_message_is_refused_before_it_is_sent(messages, problem):
    """The error names the position and the problem, and no request leaves."""
    service = Service(Reply(completion()))

    with pytest.raises(ProviderRequestError, match=problem):
        await service.provider().chat(messages)

    assert service.requests == []


@pytest.mark.parametrize("role", ["assistant", "user"])
def test_a_message_takes_what_its_dict_takes(role):
    """Null content, calls as dicts and calls as objects mean the same in both."""
    as_object = Message(role, None, tool_calls=[CALL], provider_data=None)
    as_dict = {"role": role, "content": None, "tool_calls": [ToolCall.from_dict(CALL)]}

    assert normalized([as_object]) == normalized([as_dict])
    assert normalized([as_object])[0].to_dict()["tool_calls"] == [CALL]


@pytest.mark.parametrize("prompt", [None, 5, b"Why?", "", " \n"])
@pytest.mark.parametrize("kind", ["http", "fake"])
async def test_a_prompt_is_text_with_something_in_it(kind, prompt):
    """``complete`` refuses any other, and nothing is sent."""
    service = Service(Reply(completion()))
    provider = service.provider() if kind == "http" else FakeProvider("Blue.")

    with pytest.raises(ProviderRequestError, match=r"^the prompt "):
        await provider.complete(prompt)

    assert service.requests == []


@pytest.mark.parametrize("text", ["", "  \n", "{}", " {} "])
def test_no_arguments_are_an_empty_object(text):
    """``{}`` stands for empty or absent text."""
    assert ToolCall.parse("c1", "now", text).arguments == {}


@pytest.mark.parametrize("text", ['{"a": 1', "null", "[]", "5", '"a"', "a", "[" * 100_000])
def test_other_arguments_are_none(text):
    """Text that is not a JSON object has no arguments, and is kept as it came."""
    call = ToolCall.parse("c1", "now", text)

    assert call.arguments is None
    assert call.arguments_text == text


def test_arguments_may_be_an_object():
    """A call in a conversation may carry them decoded."""
    call = ToolCall.from_dict({"id": "c1", "function": {"name": "sum", "arguments": {"a": 1}}})

    assert call.arguments == {"a": 1}
    assert call.to_dict() == CALL


def test_a_call_made_by_hand_has_its_arguments_on_the_wire():
    """The text is written from the object where there is none."""
    assert ToolCall("c1", "sum", {"a": 1}).to_dict() == CALL


def test_the_answer_as_plain_data():
    """``to_dict`` holds every part of the answer and is JSON."""
    response = ChatResponse(
        text="Blue.",
        tool_calls=[ToolCall.parse("c1", "sum", '{"a": 1}')],
        warnings=["temperature was dropped"],
        raw={"id": 1},
    )

    data = json.loads(json.dumps(response.to_dict()))

    assert set(data) == {
        *("text", "reasoning", "refusal", "tool_calls", "finish_reason", "raw_finish_reason"),
        *("usage", "model", "served_by", "request_id", "message", "warnings", "raw"),
    }
    assert data["tool_calls"] == [
        {"id": "c1", "name": "sum", "arguments": {"a": 1}, "arguments_text": '{"a": 1}'}
    ]


@pytest.mark.parametrize("value", [*normalized(CONVERSATION), ChatResponse(text="Blue.")])
def test_messages_and_answers_can_be_stored(value):
    """They survive pickling, as workers and caches need."""
    assert pickle.loads(pickle.dumps(value)) == value


UNKNOWN = {
    "a misspelled key": ({"role": "user", "contnet": "Why?"}, "'contnet'; did you mean 'content'"),
    "a key of another library": ({"role": "user", "content": "a", "name": "Ann"}, "'name'"),
    "a number as key": ({"role": "user", "content": "a", 5: "b"}, "5; known are content"),
    "a flag": ({"role": "assistant", "content": "a", "prefix": True}, "'prefix'"),
    "state in other words": (
        {"role": "assistant", "content": "a", "reasoning": "Hm."},
        "'reasoning'; did you mean 'reasoning_",
    ),
    "state of a user": (
        {"role": "user", "content": "a", "reasoning_content": "Hm."},
        "'reasoning_con",
    ),
    "a refusal of a user": ({"role": "user", "content": "a", "refusal": "No."}, "'refusal'"),
    "the form before tools": (
        {"role": "assistant", "content": "", "function_call": {"name": "f", "arguments": "{}"}},
        "'function_call'",
    ),
    "within a call": (
        {"role": "assistant", "tool_calls": [{**CALL, "extra_contnet": {"a": 1}}]},
        "'extra_contnet' of a tool call; did you mean 'extra_content'",
    ),
    "within a function": (
        {
            "role": "assistant",
            "tool_calls": [{"id": "c", "function": {"name": "f", "argument": "{}"}}],
        },
        "'argument' of a tool call's function; did you mean 'arguments'",
    ),
    "within text": (
        {"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {"a": 1}}]},
        "'cache_control' of a content part",
    ),
    "within an image": (
        {"role": "user", "content": [{**IMAGE, "detail": "low"}]},
        "'detail' of a content part",
    ),
}


@pytest.mark.parametrize(("message", "problem"), UNKNOWN.values(), ids=UNKNOWN)
@pytest.mark.parametrize("stream", [False, True])
async def test_an_unknown_key_is_refused_as_an_unknown_option_is(message, problem, stream):
    """It would be dropped without a word; the error names position, key and the nearest."""
    service = Service(Reply(completion()))

    with pytest.raises(TypeError) as caught:
        await service.provider().chat([*USER, message], stream=stream)

    assert str(caught.value).startswith(f"messages[1]: unknown key {problem}")
    assert service.requests == []


@pytest.mark.parametrize("empty", [None, "", [], {}])
async def test_an_unknown_key_that_says_nothing_is_let_pass(empty):
    """Client libraries dump every field of their objects."""
    call = {**CALL, "index": 0, "custom": empty, "function": {**CALL["function"], "strict": empty}}
    message = {
        **{"role": "assistant", "content": "a", "refusal": empty, "annotations": empty},
        **{"audio": empty, "function_call": empty, "name": empty, "tool_calls": [call]},
    }
    service = Service(Reply(completion()))

    await service.provider().chat([message, *USER])

    assert service.bodies[0]["messages"][0] == {
        "role": "assistant",
        "content": "a",
        "tool_calls": [CALL],
    }


async def test_an_answer_of_the_openai_library_can_be_appended():
    """Its message, dumped, is understood."""
    from openai.types.chat import ChatCompletion

    body = completion(None, tool_calls=[CALL], reasoning_content="Hm.")
    body = {**body, "created": 1}
    dumped = ChatCompletion.model_validate(body).choices[0].message.model_dump()
    service = Service(Reply(completion()))

    await service.provider().chat([dumped, CONVERSATION[3]])

    assert service.bodies[0]["messages"][0] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [CALL],
        "reasoning_content": "Hm.",
    }


@pytest.mark.parametrize("content", [None, "", []])
def test_a_refusal_is_content_where_there_is_no_other(content):
    """Its words are what the assistant said."""
    message = {"role": "assistant", "content": content, "refusal": "I will not."}

    assert Message.from_dict(message).content == "I will not."


def test_content_counts_before_a_refusal():
    """One of them is enough."""
    message = {"role": "assistant", "content": "Blue.", "refusal": "I will not."}

    assert Message.from_dict(message).content == "Blue."


def test_an_id_that_is_zero_is_an_id():
    """Old TGI numbers its calls."""
    assert ToolCall.from_dict({"id": 0, "function": {"name": "f"}}).id == "0"


@pytest.mark.parametrize(
    "text",
    [
        '{"a": NaN}',
        '{"a": [Infinity]}',
        '{"a": -Infinity}',
        '{"a": 1e400}',
        '{"a": -1e999}',
        '{"a": ' + "9" * 5000 + "}",
        '{"a":' * 300 + "1" + "}" * 300,
    ],
)
def test_numbers_that_are_none_are_no_json(text):
    """The arguments are ``None``, and their text is kept."""
    call = ToolCall.parse("c1", "f", text)

    assert (call.arguments, call.arguments_text) == (None, text)


@pytest.mark.parametrize("character", ["\n", "\t", "\x00", "\x1b"])
def test_control_characters_in_arguments_are_taken(character):
    """Models write line breaks into strings."""
    assert ToolCall.parse("c1", "f", '{"a": "x' + character + 'y"}').arguments == {
        "a": f"x{character}y"
    }


async def test_a_number_that_json_lacks_is_refused_in_arguments():
    """What the caller sends must be JSON, too."""
    call = {"id": "c1", "function": {"name": "f", "arguments": {"a": float("nan")}}}

    with pytest.raises(ProviderRequestError, match="the arguments of a tool call are not JSON"):
        await FakeProvider("Blue.").chat([{"role": "assistant", "tool_calls": [call]}])
