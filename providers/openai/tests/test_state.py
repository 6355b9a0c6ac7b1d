"""What the next turn needs is sent back to the letter, to the same provider and model only."""

import copy
import json

import pytest
from provider_anthropic import ClaudeProvider
from provider_openai import ResponsesCompatibleProvider
from provider_sdk import Message

from ._api import MODEL, USER, Api, events_of, function_call, message, reasoning, response, stream

BOTH = pytest.mark.parametrize("streamed", [False, True])
SEARCH = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"q": "sky"}}


async def _chat(provider, messages, streamed, model=MODEL):
    if streamed:
        return await (await provider.chat(messages, model, stream=True)).collect()
    return await provider.chat(messages, model)


def _results(found):
    return [
        {"role": "tool", "tool_call_id": call.id, "content": "seen"} for call in found.tool_calls
    ] or USER


async def _returned(output, streamed, model=MODEL, change=lambda message: message, **fields):
    """Return the items of the assistant's turn that the next call sends, and the answer."""
    api = Api(response(*output, **fields), response("Done."))
    async with api.provider() as provider:
        first = await _chat(provider, USER, streamed)
        await provider.chat([*USER, change(first.message), *_results(first)], model)
    return api.body["input"][1 : -len(_results(first))], first


def said(text, **fields):
    """An assistant's message as it is sent."""
    return {"type": "message", "role": "assistant", "content": text, **fields}


def thought(*summary, sealed="c2VhbGVk", **fields):
    """Reasoning as it is sent: without its id."""
    parts = [{"type": "summary_text", "text": text} for text in summary]
    return {"type": "reasoning", "encrypted_content": sealed, "summary": parts, **fields}


def called(call_id, **arguments):
    """A call as it is sent."""
    written = json.dumps(arguments)
    return {"type": "function_call", "call_id": call_id, "name": "look", "arguments": written}


@BOTH
@pytest.mark.parametrize(
    ("output", "items"),
    [
        (
            [reasoning("Hm."), message("So."), function_call("c1", at="sky")],
            [thought("Hm."), said("So."), called("c1", at="sky")],
        ),
        (
            [reasoning(), function_call("c1"), reasoning(sealed="eA=="), function_call("c2")],
            [thought(), called("c1"), thought(sealed="eA=="), called("c2")],
        ),
        (
            [message("One. ", phase="commentary"), message("Two.", id="m2", phase="final_answer")],
            [said("One. ", phase="commentary"), said("Two.", phase="final_answer")],
        ),
        (
            [reasoning("Hm."), SEARCH, message("So.")],
            [thought("Hm."), SEARCH, said("So.")],
        ),
        (
            [function_call("c1"), message("And.")],
            [called("c1"), said("And.")],
        ),
        (
            [{**function_call("c1"), "namespace": "sky", "extra": None}],
            [{**called("c1"), "namespace": "sky"}],
        ),
    ],
)
async def test_items_return_in_order(output, items, streamed):
    """All items come back to the letter and in their order, without their ids."""
    assert (await _returned(output, streamed))[0] == items


@BOTH
async def test_reasoning_in_plain_text_returns(streamed):
    """Open models get their reasoning back as they wrote it."""
    content = [{"type": "reasoning_text", "text": "Hm."}]
    item = reasoning(sealed=None, content=content)
    items, _ = await _returned([item, function_call("c1")], streamed)

    assert items == [{"type": "reasoning", "summary": [], "content": content}, called("c1")]


@BOTH
async def test_reasoning_without_content(streamed):
    """Reasoning that came without what is encrypted cannot be sent back."""
    items, found = await _returned([reasoning("Hm.", sealed=None), message("So.")], streamed)

    assert items == [said("So.")]
    assert found.provider_data == {}


@BOTH
async def test_encrypted_content_at_the_end_counts(streamed):
    """What is encrypted is another text when the item begins: the last one counts."""
    _, found = await _returned([reasoning("Hm.", sealed="bGFzdA=="), message("So.")], streamed)

    assert found.provider_data["codex"][0]["output"][0]["encrypted_content"] == "bGFzdA=="


@BOTH
async def test_plain_answers_need_no_state(streamed):
    """Text, and calls after it, stand in the message itself."""
    items, found = await _returned([message("So."), function_call("c1", at="sky")], streamed)

    assert found.provider_data == {}
    assert items == [said("So."), called("c1", at="sky")]


@BOTH
async def test_whole_and_streamed_state_agree(streamed):
    """A streamed answer has the same state as a whole one."""
    _, found = await _returned([reasoning("Hm."), message("So.", phase="final_answer")], streamed)

    output = [thought("Hm."), {"type": "message", "phase": "final_answer", "characters": 3}]
    assert found.provider_data == {"codex": [{"model": MODEL, "output": output}]}


@BOTH
async def test_reasoning_that_led_to_nothing(streamed):
    """Reasoning at the end of a turn is not sent back: the service demands what it led to."""
    fields = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    items, _ = await _returned([reasoning("Hm.")], streamed, **fields)

    assert items == [said("")]


@BOTH
@pytest.mark.parametrize("kind", ["custom_tool_call", "computer_call"])
async def test_calls_that_are_not_functions(streamed, kind):
    """What asks for more than a function is not sent back: nobody can answer it."""
    item = {"type": kind, "id": "x_1", "call_id": "c1", "name": "shell", "input": "ls"}
    items, _ = await _returned([reasoning("Hm."), message("So."), reasoning(), item], streamed)

    assert items == [thought("Hm."), said("So.")]


async def test_another_model_gets_no_state():
    """Reasoning is valid for its model only."""
    items, _ = await _returned([reasoning("Hm."), message("So.")], False, model="gpt-5.5")

    assert items == [said("So.")]


@pytest.mark.parametrize("text", ["So!", "Edited text.", ""])
async def test_edited_text(text):
    """A text that the caller changed is sent as it is now, after the reasoning."""
    output = [reasoning("Hm."), message("So it is."), function_call("c1")]

    def change(found):
        return {**found.to_dict(), "content": text}

    items, _ = await _returned(output, False, change=change)

    assert items == [thought("Hm."), *([said(text)] if text else []), called("c1")]


async def test_removed_calls():
    """Calls that the caller removed are not sent, nor reasoning that led to them only."""

    def change(found):
        return {**found.to_dict(), "tool_calls": []}

    api = Api(response(reasoning("Hm."), function_call("c1")), response("Done."))
    async with api.provider() as provider:
        first = await provider.chat(USER, MODEL)
        await provider.chat([*USER, change(first.message), *USER], MODEL)

    assert api.body["input"][1] == said("")


@pytest.mark.parametrize(
    "state",
    [
        7,
        "text",
        [],
        [None, 1],
        {"model": MODEL},
        [{"model": MODEL, "output": 7}],
        [{"model": MODEL, "output": [1, None, {"type": "message"}]}],
        [{"model": MODEL, "output": [{"type": "message", "characters": -5}]}],
        [{"model": MODEL, "output": [{"type": "message", "characters": "3"}]}],
        [{"output": [thought("Hm.")]}],
    ],
)
async def test_damaged_state(state):
    """State that no answer left is ignored; the text is sent all the same."""
    turn = {"role": "assistant", "content": "So.", "provider_data": {"codex": state}}
    api = Api()
    async with api.provider() as provider:
        await provider.chat([*USER, turn, *USER], MODEL)

    assert api.body["input"][1] == said("So.")


async def test_state_of_another_provider():
    """Reasoning that another service left is not sent."""
    turn = {"role": "assistant", "content": "So.", "reasoning_content": "secret thought"}
    api = Api()
    async with api.provider() as provider:
        await provider.chat([*USER, turn, *USER], MODEL)

    assert b"secret thought" not in api.requests[0].content


async def test_state_for_another_provider():
    """Another provider does not get what this one left."""
    api = Api(response(reasoning("Hm.", sealed="c2VjcmV0"), message("So.")))
    async with api.provider() as provider:
        first = await provider.chat(USER, MODEL)
    other = Api({"type": "message", "content": [{"type": "text", "text": "."}]})
    async with other.provider(ClaudeProvider) as provider:
        await provider.chat([*USER, first.message, *USER], MODEL)

    assert b"c2VjcmV0" not in other.requests[0].content


async def test_state_of_a_compatible_provider():
    """A provider for another service keeps its state under its own name."""

    class AcmeProvider(ResponsesCompatibleProvider):
        name = "acme"
        base_url = "https://api.acme.example/v1"

    api = Api(response(reasoning("Hm."), message("So.")), response("Done."))
    async with api.provider(AcmeProvider) as provider:
        first = await provider.chat(USER, "acme-large")
        await provider.chat([*USER, first.message, *USER], "acme-large")

    assert list(first.provider_data) == ["acme"]
    assert api.body["input"][1:3] == [thought("Hm."), said("So.")]


TURNS = [
    [reasoning("First.", "Second."), message("Let me look."), function_call("c1", at="sky")],
    [reasoning(sealed="dHdv"), function_call("c2", at="sea"), function_call("c3")],
    [reasoning("Third.", sealed="dGhyZWU="), SEARCH, message("Found.", phase="commentary")],
    [reasoning(sealed="Zm91cg=="), function_call("c4"), reasoning(sealed="NQ=="), message("Hm.")],
    [reasoning("Last.", sealed="NQ=="), message("Blue 🙂.", phase="final_answer")],
]


def sent_back(item):
    """An output item as the next turn sends it."""
    if item["type"] == "message":
        phase = {"phase": item["phase"]} if "phase" in item else {}
        return said("".join(part["text"] for part in item["content"]), **phase)
    if item["type"] == "function_call":
        return {name: item[name] for name in ("type", "call_id", "name", "arguments")}
    return {n: v for n, v in item.items() if n != "id" or item["type"] != "reasoning"}


@BOTH
@pytest.mark.parametrize("stored", [False, True])
async def test_five_turns_to_the_letter(streamed, stored):
    """Five turns with reasoning and tools, also from a file, send everything back as it came."""
    api = Api(*(response(*turn) for turn in TURNS), response("Done."))
    messages = [*USER]
    expected = [{"type": "message", **USER[0]}]
    async with api.provider() as provider:
        for turn in TURNS:
            found = await _chat(provider, messages, streamed)
            appended = found.message
            if stored:
                appended = Message.from_dict(json.loads(json.dumps(appended.to_dict())))
            messages += [appended, *_results(found)]
            expected += [sent_back(item) for item in turn]
            outputs = [
                {"type": "function_call_output", "call_id": call.id, "output": "seen"}
                for call in found.tool_calls
            ]
            expected += outputs or [{"type": "message", **USER[0]}]
        before = copy.deepcopy(messages)
        await provider.chat(messages, MODEL)

    assert api.body["input"] == expected
    assert messages == before


async def test_stream_without_a_last_output_has_state():
    """If the end of a stream has no output, the state is that of the finished items."""
    *events, last = events_of(response(*TURNS[0]))
    emptied = {**last, "response": {**last["response"], "output": []}}
    api = Api(stream(*events, emptied), response("Done."))
    async with api.provider() as provider:
        first = await _chat(provider, USER, True)
        await provider.chat([*USER, first.message, *_results(first)], MODEL)

    assert api.body["input"][1:-1] == [sent_back(item) for item in TURNS[0]]


@BOTH
async def test_item_without_a_type(streamed):
    """An item that does not say what it is is not sent back: the service would reject it."""
    nameless = {"type": None, "id": "x_1", "status": "completed"}
    items, _ = await _returned([reasoning("Hm."), nameless, message("So.")], streamed)

    assert items == [thought("Hm."), said("So.")]
