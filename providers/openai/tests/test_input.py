"""A conversation becomes input items."""

import copy

import pytest
from provider_sdk import UnsupportedCapabilityError

from ._api import MODEL, USER, Api, sent

ASKED = {"type": "message", "role": "user", "content": "Why is the sky blue?"}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,eA==", "detail": "low"}}
REMOTE = {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}
WORDS = {"type": "text", "text": "Look:"}


def call(id, name="look", arguments='{"at": "sky"}'):
    """A call as a caller's dict has it."""
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


async def _items(*messages):
    return (await sent([*messages]))["input"]


async def test_text_of_each_role():
    """Each message stays in its place, system messages too."""
    messages = [
        {"role": "system", "content": "Answer in JSON."},
        *USER,
        {"role": "assistant", "content": "{}"},
        {"role": "system", "content": "Be brief."},
    ]

    assert await _items(*messages) == [{"type": "message", **each} for each in messages]


async def test_calls_and_results():
    """Calls and their results are items of their own, joined by the id of the call."""
    items = await _items(
        *USER,
        {"role": "assistant", "content": "Let me look.", "tool_calls": [call("c1"), call("c2")]},
        {"role": "tool", "tool_call_id": "c1", "content": "blue"},
        {"role": "tool", "tool_call_id": "c2", "content": ""},
    )

    function = {"type": "function_call", "name": "look", "arguments": '{"at": "sky"}'}
    assert items == [
        ASKED,
        {"type": "message", "role": "assistant", "content": "Let me look."},
        {**function, "call_id": "c1"},
        {**function, "call_id": "c2"},
        {"type": "function_call_output", "call_id": "c1", "output": "blue"},
        {"type": "function_call_output", "call_id": "c2", "output": ""},
    ]


@pytest.mark.parametrize(
    ("arguments", "text"), [("", "{}"), ({"a": 1}, '{"a": 1}'), ('{"cut": ', '{"cut": ')]
)
async def test_arguments(arguments, text):
    """Arguments are text: as the model wrote them, or an empty object."""
    turn = {"role": "assistant", "content": "", "tool_calls": [call("c1", arguments=arguments)]}
    *_, item, _ = await _items(
        *USER, turn, {"role": "tool", "tool_call_id": "c1", "content": "seen"}
    )

    assert item["arguments"] == text


async def test_images():
    """Images stand among the text, bytes and addresses alike, with the detail that is asked for."""
    items = await _items({"role": "user", "content": [WORDS, IMAGE, REMOTE]})

    assert items[0]["content"] == [
        {"type": "input_text", "text": "Look:"},
        {"type": "input_image", "image_url": "data:image/png;base64,eA==", "detail": "low"},
        {"type": "input_image", "image_url": "https://x.test/a.png", "detail": "auto"},
    ]


async def test_image_as_a_result():
    """A tool may return an image."""
    turn = {"role": "assistant", "content": "", "tool_calls": [call("c1")]}
    *_, item = await _items(*USER, turn, {"role": "tool", "tool_call_id": "c1", "content": [IMAGE]})

    assert item["output"] == [
        {"type": "input_image", "image_url": "data:image/png;base64,eA==", "detail": "low"}
    ]


async def test_text_in_parts():
    """Text in parts, without an image, is one text."""
    items = await _items({"role": "user", "content": [WORDS, WORDS]})

    assert items[0]["content"] == "Look:Look:"


@pytest.mark.parametrize("role", ["system", "assistant"])
async def test_images_elsewhere(role):
    """An image that the API does not take is refused before anything is sent."""
    api = Api()
    async with api.provider() as provider:
        with pytest.raises(UnsupportedCapabilityError, match="no images in a"):
            await provider.chat([{"role": role, "content": [IMAGE]}, *USER], MODEL)

    assert api.requests == []


async def test_empty_turn():
    """A turn that says nothing stays a turn."""
    items = await _items(*USER, {"role": "assistant", "content": ""}, *USER)

    assert items[1] == {"type": "message", "role": "assistant", "content": ""}


async def test_long_ids_of_calls():
    """Ids of other services may be longer than the API takes: call and result get the same one."""
    ids = [f"functions.look:{'x' * 80}{n}" for n in range(2)]
    items = await _items(
        *USER,
        {"role": "assistant", "content": "", "tool_calls": [call(id) for id in ids]},
        *({"role": "tool", "tool_call_id": id, "content": "seen"} for id in ids),
    )

    sent_ids = [item["call_id"] for item in items[1:]]
    assert sent_ids[:2] == sent_ids[2:]
    assert len(set(sent_ids)) == 2
    assert all(len(id) <= 64 and id.startswith("functions.look:") for id in sent_ids)


async def test_id_of_the_longest_kind():
    """An id of 64 characters is sent as it is."""
    turn = {"role": "assistant", "content": "", "tool_calls": [call("x" * 64)]}
    result = {"role": "tool", "tool_call_id": "x" * 64, "content": "seen"}

    assert [item["call_id"] for item in (await _items(*USER, turn, result))[1:]] == ["x" * 64] * 2


async def test_messages_stay_as_they_are():
    """The caller's messages are not changed."""
    messages = [{"role": "user", "content": [WORDS, IMAGE]}]
    before = copy.deepcopy(messages)
    await sent(messages)

    assert messages == before
