"""What the next turn needs is sent back to the letter, to the same provider and model only."""

import copy
import json

import pytest
from provider_huggingface import HfProvider
from provider_sdk import Message

from ._api import MODEL, USER, Api, events_of, message, stream, text, thinking, tool_use

BOTH = pytest.mark.parametrize("streamed", [False, True])
REDACTED = {"type": "redacted_thinking", "data": "ZW5jcnlwdGVk"}
CITATIONS = [{"type": "char_location", "cited_text": word} for word in ("blue", "is")]
CITED = text("It is blue.", citations=CITATIONS)


async def _chat(provider, messages, streamed, model=MODEL):
    if streamed:
        return await (await provider.chat(messages, model, stream=True)).collect()
    return await provider.chat(messages, model)


async def _returned(content, streamed, model=MODEL, change=lambda message: message):
    """Return the assistant's turn that the next call sends, and the answer."""
    api = Api(message(*content), message("Done."))
    async with api.provider() as provider:
        first = await _chat(provider, USER, streamed)
        await provider.chat([*USER, change(first.message), *_results(first)], model)
    return api.body["messages"][1], first


def _results(response):
    return [
        {"role": "tool", "tool_call_id": call.id, "content": "seen"} for call in response.tool_calls
    ] or USER


@BOTH
@pytest.mark.parametrize(
    "content",
    [
        [thinking("Hm."), text("So."), tool_use("t1", at="sky")],
        [REDACTED, REDACTED, text("So.")],
        [thinking("Hm."), REDACTED, tool_use("t1"), tool_use("t2")],
        [text("One."), thinking("Hm."), text("Two."), tool_use("t1")],
        [thinking(""), text("The thinking is omitted, its signature is not.")],
        [CITED, text(" So.")],
        [{**tool_use("t1"), "caller": {"type": "direct"}}, text("And.")],
    ],
)
async def test_blocks_return_in_order(content, streamed):
    """All blocks come back to the letter and in their order."""
    turn, _ = await _returned(content, streamed)

    assert turn == {"role": "assistant", "content": content}


@BOTH
async def test_plain_answers_need_no_state(streamed):
    """Text, and calls after it, stand in the message itself."""
    content = [text("So."), tool_use("t1", at="sky")]
    turn, response = await _returned(content, streamed)

    assert response.provider_data == {}
    assert turn["content"] == content


@BOTH
async def test_whole_and_streamed_state_agree(streamed):
    """A streamed answer has the same state as a whole one."""
    _, response = await _returned([thinking("Hm."), text("So.")], streamed)

    content = [thinking("Hm."), {"type": "text", "characters": 3}]
    assert response.provider_data == {"claude": [{"model": MODEL, "content": content}]}


async def test_another_model_gets_no_state():
    """A signature is valid for its model only."""
    turn, _ = await _returned([thinking("Hm."), text("So.")], False, model="claude-sonnet-5")

    assert turn["content"] == [text("So.")]


@pytest.mark.parametrize("said", ["So!", "Edited text.", ""])
async def test_edited_text(said):
    """A text that the caller changed is sent as it is now, after the thinking."""
    content = [thinking("Hm."), text("So it is."), tool_use("t1")]

    def change(found):
        return {**found.to_dict(), "content": said}

    turn, _ = await _returned(content, False, change=change)

    expected = [thinking("Hm."), *([text(said)] if said else []), tool_use("t1")]
    assert turn["content"] == expected


async def test_removed_calls():
    """Calls that the caller removed are not sent."""

    def change(found):
        return {**found.to_dict(), "tool_calls": []}

    api = Api(message(thinking("Hm."), text("So."), tool_use("t1")), message("Done."))
    async with api.provider() as provider:
        first = await provider.chat(USER, MODEL)
        await provider.chat([*USER, change(first.message), *USER], MODEL)

    assert api.body["messages"][1]["content"] == [thinking("Hm."), text("So.")]


@BOTH
async def test_blank_text_between_blocks(streamed):
    """Blank text between blocks is not sent back, because the service rejects it."""
    turn, _ = await _returned([thinking("Hm."), text("\n\n"), text("So.")], streamed)

    assert turn["content"] == [thinking("Hm."), text("So.")]


@BOTH
async def test_refused_answers_leave_no_state(streamed):
    """The thinking of a refused answer is not sent back."""
    api = Api(message(thinking("Hm."), text("No."), stop="refusal"))
    async with api.provider() as provider:
        first = await _chat(provider, USER, streamed)

    assert first.provider_data == {}


@pytest.mark.parametrize(
    "state",
    [
        7,
        "text",
        [],
        [None, 1],
        {"model": MODEL},
        [{"model": MODEL, "content": 7}],
        [{"model": MODEL, "content": [1, None, {"type": "text"}]}],
        [{"model": MODEL, "content": [{"type": "text", "characters": -5}]}],
        [{"model": MODEL, "content": [{"type": "text", "characters": "3"}]}],
        [{"content": [thinking("Hm.")]}],
    ],
)
async def test_damaged_state(state):
    """State that no answer left is ignored; the text is sent all the same."""
    turn = {"role": "assistant", "content": "So.", "provider_data": {"claude": state}}
    api = Api()
    async with api.provider() as provider:
        await provider.chat([*USER, turn, *USER], MODEL)

    assert api.body["messages"][1]["content"] == [text("So.")]


async def test_state_of_another_provider():
    """Reasoning that another service left is not sent."""
    turn = {"role": "assistant", "content": "So.", "reasoning_content": "secret thought"}
    api = Api()
    async with api.provider() as provider:
        await provider.chat([*USER, turn, *USER], MODEL)

    assert b"secret thought" not in api.requests[0].content


TURNS = [
    [thinking("First.", "c2ln1"), text("Let me look."), tool_use("t1", at="sky")],
    [REDACTED, tool_use("t2", at="sea"), tool_use("t3")],
    [thinking("Third.", "c2ln3"), text("Nothing yet. "), tool_use("t4", deep={"a": [1, "ä🙂"]})],
    [tool_use("t5")],
    [thinking("Last.", "c2ln5"), text("It is blue.")],
]


@BOTH
async def test_conversation_of_five_turns(streamed):
    """Five turns with tools and thinking return to the letter, stored as JSON in between."""
    api = Api(*(message(*turn) for turn in TURNS), message("You are welcome."))
    stored = copy.deepcopy(USER)
    async with api.provider() as provider:
        for _ in TURNS:
            response = await _chat(provider, stored, streamed)
            stored += [response.message.to_dict(), *_results(response)]
            stored = json.loads(json.dumps(stored))
            stored = [Message.from_dict(each).to_dict() for each in stored]
        await provider.chat(stored, MODEL)

    sent = [turn for turn in api.body["messages"] if turn["role"] == "assistant"]
    assert [turn["content"] for turn in sent] == TURNS
    for earlier, later in zip(api.bodies, api.bodies[1:], strict=False):
        assert later["messages"][: len(earlier["messages"])] == earlier["messages"]


@BOTH
async def test_conversation_moves_to_another_provider(streamed):
    """Moved to another provider, the conversation drops Claude's state and is still complete."""
    api = Api(message(*TURNS[0]))
    async with api.provider() as provider:
        first = await _chat(provider, USER, streamed)
    other = Api(
        {"id": "c", "choices": [{"message": {"content": "Blue."}, "finish_reason": "stop"}]}
    )
    async with HfProvider(api_key="hf_x", http_client=other.client) as hf:
        response = await hf.chat([*USER, first.message, *_results(first)], "acme/one")

    assert response.text == "Blue."
    assert b"c2ln1" not in other.requests[0].content
    roles = [each["role"] for each in other.body["messages"]]
    assert roles == ["user", "assistant", "tool"]
    assert other.body["messages"][1]["tool_calls"][0]["id"] == "t1"


async def test_conversation_comes_from_another_provider():
    """A conversation that another provider began is accepted, its calls and results included."""
    call = {"id": "functions.look:0", "type": "function", "function": {"name": "look"}}
    begun = Message.from_dict(
        {
            "role": "assistant",
            "content": "So.",
            "tool_calls": [call],
            "provider_data": {"hf": [{"model": "acme/one", "reasoning": "secret"}]},
        }
    )
    result = {"role": "tool", "tool_call_id": "functions.look:0", "content": "seen"}
    api = Api()
    async with api.provider() as provider:
        await provider.chat([*USER, begun, result], MODEL)

    assert b"secret" not in api.requests[0].content
    assert [turn["role"] for turn in api.body["messages"]] == ["user", "assistant", "user"]


async def test_input_of_the_services_own_tool_in_pieces():
    """What the service's own tool was asked comes in pieces, and returns whole."""
    used = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "ä"}}
    found = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []}
    api = Api(stream(*events_of(message(used, found, "So."))), message("Done."))
    async with api.provider() as provider:
        first = await _chat(provider, USER, True)
        await provider.chat([*USER, first.message, *USER], MODEL)

    assert api.body["messages"][1]["content"] == [used, found, text("So.")]


async def test_compaction_returns_whole():
    """A summary that comes in pieces returns whole."""
    start, *_, change, stop = events_of(message())
    block = {"type": "compaction", "content": None}
    events = [{"type": "content_block_start", "index": 0, "content_block": block}]
    events += [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "compaction_delta", **piece}}
        for piece in ({"content": "All "}, {"content": "so far."}, {"content": None})
    ]
    api = Api(stream(start, *events, change, stop), message("Done."))
    async with api.provider() as provider:
        first = await _chat(provider, USER, True)
        await provider.chat([*USER, first.message, *USER], MODEL)

    returned = api.body["messages"][1]["content"]
    assert returned == [{"type": "compaction", "content": "All so far."}]
