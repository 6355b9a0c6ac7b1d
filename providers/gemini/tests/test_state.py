"""What the next turn needs is sent back to the letter, to the same provider and model only."""

import copy
import json

import pytest
from provider_huggingface import HfProvider
from provider_sdk import Message

from ._api import MODEL, USER, Api, answer, call, chunks_of, error, reply, stream, text, thought

BOTH = pytest.mark.parametrize("streamed", [False, True])
CODE = {"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "s0"}
RESULT = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}


async def _chat(provider, messages, streamed, model=MODEL):
    if streamed:
        return await (await provider.chat(messages, model, stream=True)).collect()
    return await provider.chat(messages, model)


async def _returned(parts, streamed, model=MODEL, change=lambda message: message):
    """Return the model's turn that the next call sends, and the answer."""
    api = Api(answer(*parts), answer("Done."))
    async with api.provider() as provider:
        first = await _chat(provider, USER, streamed)
        await provider.chat([*USER, change(first.message), *_results(first)], model)
    return api.body["contents"][1], first


def _results(response):
    return [
        {"role": "tool", "tool_call_id": made.id, "content": "seen"} for made in response.tool_calls
    ] or USER


@BOTH
@pytest.mark.parametrize(
    "parts",
    [
        [thought("Hm."), text("So."), call("look", signature="s1", at="sky"), call("look")],
        [text("So."), text("", thoughtSignature="s1")],
        [text("So.", thoughtSignature="s1"), text(" And"), text(" more.", thoughtSignature="s2")],
        [{"thoughtSignature": "s1"}, text("So.")],
        [thought("", thoughtSignature="s1"), text("So.")],
        [call("look", "id1", at="sky"), call("look", "id2"), call("see", "id3")],
        [call("look", at="sky"), text("And.")],
        [CODE, RESULT, text("One."), thought("Hm.", thoughtSignature="s1"), text(" Two.")],
        [{"functionCall": {"name": "look"}, "thoughtSignature": "s1"}],
        [{"functionCall": {"name": "look", "args": {}, "laterField": 1}, "partMetadata": {"a": 1}}],
        [text("So.", thoughtSignature="s1", laterField=[1])],
    ],
)
async def test_parts_return_in_order(parts, streamed):
    """All parts come back to the letter and in their order, with and without ids."""
    turn, _ = await _returned(parts, streamed)

    assert turn == {"role": "model", "parts": parts}


@BOTH
async def test_plain_answers_need_no_state(streamed):
    """Unsigned text, and calls with ids after it, stand in the message itself."""
    parts = [text("So."), call("look", "id1", at="sky")]
    turn, response = await _returned(parts, streamed)

    assert response.provider_data == {}
    assert turn["parts"] == parts


@BOTH
async def test_whole_and_streamed_state_agree(streamed):
    """A streamed answer has the same state as a whole one."""
    parts = [thought("Hm."), text("So."), call("look", signature="s1")]
    _, response = await _returned(parts, streamed)

    kept = [
        thought("Hm."),
        {"characters": 3},
        {"functionCall": {"id": None}, "thoughtSignature": "s1"},
    ]
    assert response.provider_data == {"gemini": [{"model": MODEL, "parts": kept}]}


@BOTH
async def test_results_of_calls_without_ids(streamed):
    """The results of calls that came without ids go back without ids, in the order of the calls."""
    api = Api(answer(call("look", at="sky"), call("look", at="sea"), call("see")), answer("Done."))
    async with api.provider() as provider:
        first = await _chat(provider, USER, streamed)
        results = [
            {"role": "tool", "tool_call_id": made.id, "content": f"result {n}"}
            for n, made in enumerate(first.tool_calls)
        ]
        await provider.chat([*USER, first.message, *reversed(results)], MODEL)

    assert api.body["contents"][2] == {
        "role": "user",
        "parts": [
            {"functionResponse": {"name": name, "response": {"output": f"result {n}"}}}
            for n, name in enumerate(("look", "look", "see"))
        ],
    }


async def test_results_of_calls_with_ids():
    """The results of calls that came with ids go back with them."""
    api = Api(answer(call("look", "id1"), call("look", "id2")), answer("Done."))
    async with api.provider() as provider:
        first = await provider.chat(USER, MODEL)
        await provider.chat([*USER, first.message, *_results(first)], MODEL)

    responses = [part["functionResponse"] for part in api.body["contents"][2]["parts"]]
    assert [response["id"] for response in responses] == ["id1", "id2"]


async def test_another_model_gets_no_state():
    """Signatures and thoughts go to the model that made them only."""
    parts = [thought("Hm."), text("So.", thoughtSignature="s1"), call("look", "id1")]
    turn, _ = await _returned(parts, False, model="gemini-2.5-flash")

    assert turn["parts"] == [text("So."), call("look", "id1")]


async def test_models_have_one_name():
    """The collection before a model's name makes no other model of it."""
    turn, _ = await _returned([text("So.", thoughtSignature="s1")], False, model=f"models/{MODEL}")

    assert turn["parts"] == [text("So.", thoughtSignature="s1")]


@pytest.mark.parametrize("said", ["So!", "Edited text.", ""])
@pytest.mark.parametrize(
    ("parts", "places"),
    [
        ([thought("Hm."), text("So it is."), call("look", "i", "s1")], "thought text call"),
        ([thought("Hm."), call("look", "i", "s1")], "thought text call"),
        ([thought("Hm."), text("So.", thoughtSignature="s2"), text(" It.")], "thought text"),
        ([thought("Hm.")], "thought text"),
    ],
)
async def test_edited_text(said, parts, places):
    """A text that the caller changed is sent unsigned in its place; calls keep their signatures."""
    turn, response = await _returned(
        parts, False, change=lambda message: {**message.to_dict(), "content": said}
    )

    kept = {"thought": parts[0], "text": text(said), "call": parts[-1]}
    wanted = [kept[place] for place in places.split() if place != "text" or said]
    assert turn["parts"] == (parts if said == response.text else wanted)


async def test_removed_calls():
    """Calls that the caller removed are not sent."""
    api = Api(answer(thought("Hm."), text("So."), call("look", "i", "s1")), answer("Done."))
    async with api.provider() as provider:
        first = await provider.chat(USER, MODEL)
        kept = {**first.message.to_dict(), "tool_calls": []}
        await provider.chat([*USER, kept, *USER], MODEL)

    assert api.body["contents"][1]["parts"] == [thought("Hm."), text("So.")]


async def test_calls_that_were_added():
    """Calls that the caller added are sent unsigned, with their ids."""
    added = {"id": "x", "type": "function", "function": {"name": "see", "arguments": "{}"}}

    def change(message):
        data = message.to_dict()
        return {**data, "tool_calls": [*data["tool_calls"], added]}

    api = Api(answer(call("look", signature="s1")), answer("Done."))
    async with api.provider() as provider:
        first = await provider.chat(USER, MODEL)
        await provider.chat([*USER, change(first.message), *_results(first)], MODEL)

    assert api.body["contents"][1]["parts"] == [call("look", "call_r1_0"), call("see", "x")]


@BOTH
async def test_blocked_prompts_leave_no_state(streamed):
    """A refusal is no turn of the model that has state."""
    body = {"promptFeedback": {"blockReason": "SAFETY"}, "responseId": "r1"}
    api = Api(stream(body) if streamed else reply(body))
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
        [{"model": MODEL, "parts": 7}],
        [{"model": MODEL, "parts": [1, None, {"characters": 1}]}],
        [{"model": MODEL, "parts": [{"characters": -5}]}],
        [{"model": MODEL, "parts": [{"characters": "3"}]}],
        [{"model": MODEL, "parts": [{"functionCall": {"id": None}}]}],
        [{"parts": [thought("Hm.")]}],
        {"tool_calls": [{"id": "x", "extra_content": {"google": 7}}]},
    ],
)
async def test_damaged_state(state):
    """State that no answer left is ignored; the text is sent all the same."""
    turn = {"role": "assistant", "content": "So.", "provider_data": {"gemini": state}}
    api = Api()
    async with api.provider() as provider:
        await provider.chat([*USER, turn, *USER], MODEL)

    assert api.body["contents"][1]["parts"] == [text("So.")]


async def test_state_of_another_provider():
    """Reasoning that another service left is not sent."""
    turn = {"role": "assistant", "content": "So.", "reasoning_content": "secret thought"}
    api = Api()
    async with api.provider() as provider:
        await provider.chat([*USER, turn, *USER], MODEL)

    assert b"secret thought" not in api.requests[0].content


@pytest.mark.parametrize(("signed", "signature"), [("x", "s1"), ("y", "")])
async def test_signature_of_googles_chat_completions(signed, signature):
    """A conversation with Google's own chat completions keeps the signature of its first call."""
    made = [
        {"id": id, "type": "function", "function": {"name": "look", "arguments": "{}"}}
        for id in "xy"
    ]
    for each in made:
        if each["id"] == signed:
            each["extra_content"] = {"google": {"thought_signature": "s1"}}
    results = [{"role": "tool", "tool_call_id": id, "content": "seen"} for id in "xy"]
    api = Api()
    async with api.provider() as provider:
        turn = {"role": "assistant", "tool_calls": made}
        await provider.chat([*USER, turn, *results], MODEL)

    parts = [call("look", "x", signature), call("look", "y")]
    assert api.body["contents"][1]["parts"] == parts


TURNS = [
    [thought("First."), text("Let me look."), call("look", signature="c2ln1", at="sky")],
    [call("look", "id2", "c2ln2", at="sea"), call("see", "id3")],
    [CODE, RESULT, text("Nothing yet. "), call("look", signature="c2ln3", deep={"a": [1, "ä🙂"]})],
    [call("see")],
    [thought("Last."), text("It is blue."), text("", thoughtSignature="c2ln5")],
]


@BOTH
async def test_conversation_of_five_turns(streamed):
    """Five turns with tools and thoughts return to the letter, stored as JSON in between."""
    api = Api(*(answer(*turn) for turn in TURNS), answer("You are welcome."))
    stored = copy.deepcopy(USER)
    async with api.provider() as provider:
        for _ in TURNS:
            response = await _chat(provider, stored, streamed)
            stored += [response.message.to_dict(), *_results(response)]
            stored = json.loads(json.dumps(stored))
            stored = [Message.from_dict(each).to_dict() for each in stored]
        await provider.chat(stored, MODEL)

    sent = [turn for turn in api.body["contents"] if turn["role"] == "model"]
    assert [turn["parts"] for turn in sent] == TURNS
    for earlier, later in zip(api.bodies, api.bodies[1:], strict=False):
        assert later["contents"][: len(earlier["contents"])] == earlier["contents"]


@BOTH
async def test_conversation_moves_to_another_provider(streamed):
    """Moved to another provider, the conversation drops Gemini's state and is still complete."""
    api = Api(answer(*TURNS[0]))
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
    assert other.body["messages"][1]["tool_calls"][0]["id"] == "call_r1_0"


MISSING = "Function call is missing a thought_signature in functionCall parts."
FOREIGN = [
    *USER,
    {
        "role": "assistant",
        "tool_calls": [
            {"id": f"toolu_{n}", "type": "function", "function": {"name": "look"}} for n in "12"
        ],
    },
    {"role": "tool", "tool_call_id": "toolu_1", "content": "seen"},
    {"role": "tool", "tool_call_id": "toolu_2", "content": "seen"},
]


@BOTH
async def test_conversation_comes_from_another_provider(streamed):
    """A model that demands signatures gets the word for none, and is not asked without it again."""
    api = Api(reply(error(400, "INVALID_ARGUMENT", MISSING), 400), answer("So."))
    async with api.provider() as provider:
        response = await _chat(provider, FOREIGN, streamed)
        await _chat(provider, FOREIGN, streamed)

    parts = [body["contents"][1]["parts"] for body in api.bodies]
    unsigned = [call("look", "toolu_1"), call("look", "toolu_2")]
    signed = [{**unsigned[0], "thoughtSignature": "skip_thought_signature_validator"}, unsigned[1]]
    assert parts == [unsigned, signed, signed]
    assert response.text == "So."


async def test_service_that_knows_no_ids():
    """A service that rejects the ids of calls gets none, and matches results by their order."""
    said = "Unknown name \"id\" at 'contents[1].parts[0].function_call': Cannot find field."
    api = Api(reply(error(400, "INVALID_ARGUMENT", said), 400), answer("So."))
    async with api.provider() as provider:
        await provider.chat(FOREIGN, MODEL)

    assert api.body["contents"][1]["parts"] == [call("look"), call("look")]
    responses = [part["functionResponse"] for part in api.body["contents"][2]["parts"]]
    assert [response.keys() for response in responses] == [{"name", "response"}] * 2


async def test_signed_calls_keep_their_signature():
    """The word for no signature replaces none."""
    api = Api(
        answer(call("look", "i", "s1")),
        reply(error(400, "INVALID_ARGUMENT", MISSING), 400),
        answer("So."),
    )
    async with api.provider() as provider:
        first = await provider.chat(USER, MODEL)
        await provider.chat([*FOREIGN, first.message, *_results(first)], MODEL)

    assert api.body["contents"][3]["parts"] == [call("look", "i", "s1")]


async def test_state_that_is_rejected():
    """A call whose signatures the service rejects is sent again without state."""
    api = Api(
        answer(thought("Hm."), text("So.", thoughtSignature="s1")),
        reply(error(400, "INVALID_ARGUMENT", "Thought signature is not valid."), 400),
        answer("So."),
    )
    async with api.provider() as provider:
        first = await provider.chat(USER, MODEL)
        await provider.chat([*USER, first.message, *USER], MODEL)

    assert [len(body["contents"]) for body in api.bodies] == [1, 3, 3]
    assert api.body["contents"][1]["parts"] == [text("So.")]


async def test_image_of_the_model_goes_back():
    """An image that the model made returns in its place."""
    image = {"inlineData": {"mimeType": "image/png", "data": "aQ=="}, "thoughtSignature": "s1"}
    turn, _ = await _returned([text("Here:"), image], True)

    assert turn["parts"] == [text("Here:"), image]


def test_pieces_of_a_stream_are_in_the_scripts():
    """The scripted stream really comes in pieces."""
    assert len(chunks_of(answer("Blue.", call("look")))) == 4
