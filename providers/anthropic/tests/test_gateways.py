"""Streams of gateways that translate another protocol, and of servers that are careless."""

import time

import pytest
from provider_sdk import StreamInterruptedError

from ._api import MODEL, USER, Api, message, stream, text, thinking, tool_use

START = {"type": "message_start", "message": {"id": "m1", "model": MODEL, "content": []}}
STOP = {"type": "message_stop"}


def began(index, kind="tool_use", **fields):
    """A block begins; ``None`` as index leaves the index out."""
    place = {} if index is None else {"index": index}
    if kind == "tool_use":
        fields = {"id": f"t{fields.get('input') or index}", "name": "look", "input": {}, **fields}
    return {"type": "content_block_start", **place, "content_block": {"type": kind, **fields}}


def added(index, kind, **fields):
    """A piece of a block arrives."""
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def written(index, piece):
    """A piece of a call's input arrives."""
    return added(index, "input_json_delta", partial_json=piece)


def ended(index):
    """A block ends."""
    return {"type": "content_block_stop", "index": index}


def finished(reason="end_turn", **fields):
    """The message gets its stop reason."""
    return {"type": "message_delta", "delta": {"stop_reason": reason, **fields}}


async def answer(*events):
    """Return the whole answer of a stream, and the assistant's turn that the next call sends."""
    api = Api(stream(*events), message("Done."))
    async with api.provider() as provider:
        first = await (await provider.chat(USER, MODEL, stream=True)).collect()
        results = [
            {"role": "tool", "tool_call_id": call.id, "content": "seen"}
            for call in first.tool_calls
        ]
        await provider.chat([*USER, first.message, *(results or USER)], MODEL)
    return first, api.body["messages"][1]


def arguments(response):
    """The arguments of all calls."""
    return [call.arguments for call in response.tool_calls]


LATE = {
    "after its stop": [began(0), written(0, '{"a":'), ended(0), began(1), written(0, "1}")],
    "all after its stop": [began(0), ended(0), written(0, '{"a":'), written(0, "1}")],
    "after a text": [began(0), ended(0), began(1, "text", text="So."), written(0, '{"a":1}')],
    "after all stops": [began(0), began(1), ended(0), ended(1), written(0, '{"a":1}')],
    "after the stop reason": [began(0), ended(0), finished("tool_use"), written(0, '{"a":1}')],
}


@pytest.mark.parametrize("events", LATE.values(), ids=LATE)
async def test_late_arguments(events):
    """Pieces of a call's input that come after its end still belong to it."""
    response, _ = await answer(START, *events, finished("tool_use"), STOP)

    assert arguments(response)[0] == {"a": 1}


async def test_pieces_after_whole_input():
    """Pieces that repeat an input which came whole are not added to it."""
    begin = began(0, input={"a": 1})
    response, _ = await answer(START, begin, ended(0), written(0, '{"a":1}'), finished(), STOP)

    assert arguments(response) == [{"a": 1}]


async def test_pieces_without_a_call():
    """Input of a call that was never begun is told."""
    response, _ = await answer(START, began(0, "text", text="So."), written(7, "{}"), STOP)

    assert any("never began the call" in warning for warning in response.warnings)


@pytest.mark.parametrize("index", [None, 0])
async def test_calls_at_the_same_place(index):
    """Whole calls with the same index, or none, and without ends, all keep their input."""
    calls = [began(index, input={"a": n}) for n in (1, 2, 3)]
    response, _ = await answer(START, *calls, finished("tool_use"), STOP)

    assert arguments(response) == [{"a": 1}, {"a": 2}, {"a": 3}]


SIGNED = [began(0, "thinking", thinking="Hm.", signature="c2ln"), ended(0)]
SAID = [began(1, "text", text="So."), ended(1)]
TURN = [thinking("Hm.", "c2ln"), text("So.")]


@pytest.mark.parametrize(
    "ending",
    [
        [finished(), finished(), STOP],
        [finished(), finished("max_tokens"), finished()],
        [STOP],
        [finished()],
    ],
)
async def test_state_is_kept_once(ending):
    """However often a stop reason comes, or never, the next turn sends the thinking once."""
    response, turn = await answer(START, *SIGNED, *SAID, *ending)

    assert turn["content"] == TURN
    assert len(response.provider_data["claude"]) == 1


async def test_state_of_what_came_late():
    """What comes after the stop reason is part of the state, and the state comes once."""
    late = added(0, "thinking_delta", thinking=" Hm!")
    response, turn = await answer(START, *SIGNED, *SAID, finished(), late, finished(), STOP)

    assert turn["content"] == [thinking("Hm. Hm!", "c2ln"), text("So.")]
    assert len(response.provider_data["claude"]) == 1


async def test_refusal_after_another_stop_reason():
    """A refusal takes back the state of the answer that it refuses."""
    refused = finished("refusal", stop_details={"explanation": "No."})
    response, _ = await answer(START, *SIGNED, *SAID, finished(), refused, STOP)

    assert (response.refusal, response.provider_data.get("claude", [])) == ("No.", [])


@pytest.mark.parametrize(
    "events",
    [
        [began(n, input={"a": n}) for n in range(40_000)],
        [began(0, input={"a": n}) for n in range(40_000)],
        [*[began(n, "thinking", signature="c2ln") for n in range(20_000)], *[finished()] * 400],
        [began(0, "thinking", signature="c2ln")]
        + [finished(), added(0, "thinking_delta", thinking="Hm.")] * 20_000,
    ],
    ids=["open calls", "calls at one place", "stop reasons", "stop reasons and pieces"],
)
async def test_many_events(events):
    """Many blocks and stop reasons cost no more than their bytes."""
    api = Api(stream(START, *events, finished(), STOP))
    begin = time.process_time()
    async with api.provider() as provider:
        await (await provider.chat(USER, MODEL, stream=True)).collect()

    assert time.process_time() - begin < 10


async def test_content_at_the_start():
    """Blocks that the start of the message holds already are part of the answer."""
    content = [thinking("Hm."), text("Hello"), tool_use("t1", at="sky")]
    begin = {"type": "message_start", "message": {"id": "m1", "content": content}}
    response, turn = await answer(begin, added(1, "text_delta", text="!"), finished(), STOP)

    assert (response.reasoning, response.text) == ("Hm.", "Hello!")
    assert turn["content"] == [thinking("Hm."), text("Hello!"), tool_use("t1", at="sky")]


@pytest.mark.parametrize("rest", [[STOP], []])
async def test_whole_message_at_the_start(rest):
    """A message that comes whole at its start ends as it says."""
    begin = {"type": "message_start", "message": message("Blue.", stop="max_tokens")}
    response, _ = await answer(begin, *rest)

    assert (response.text, response.finish_reason) == ("Blue.", "length")


CHUNK = b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"Blue."}}]}\n\n'
DONE = b"data: [DONE]\n\n"
ENDED = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'


@pytest.mark.parametrize(
    "body",
    [
        DONE,
        ENDED,
        CHUNK + DONE,
        CHUNK,
        b'event: ping\ndata: {"type":"ping"}\n\n' + ENDED,
        b'data: {"type":"message_delta","usage":{"output_tokens":0}}\n\n' + ENDED,
        b'data: {"type":"message_start"}\n\n' + ENDED,
    ],
)
async def test_stream_without_an_answer(body):
    """A stream that holds nothing of an answer is an error, never an empty answer."""
    reply = stream()
    reply = type(reply)(200, headers=reply.headers, content=body)
    async with Api(reply).provider() as provider:
        with pytest.raises(StreamInterruptedError):
            await (await provider.chat(USER, MODEL, stream=True)).collect()


@pytest.mark.parametrize("delta", ["hi", 7, [1], True])
@pytest.mark.parametrize("kind", ["later", "ping", "content_block_stop"])
async def test_delta_that_is_no_object(kind, delta):
    """Only changes of a block and of the message need an object as ``delta``."""
    later = {"type": kind, "index": 9, "delta": delta}
    response, _ = await answer(START, later, *SAID, finished(), STOP)

    assert response.text == "So."


@pytest.mark.parametrize("again", [["SIG"], ["SIG", "SIG"], ["old", "SIG"]])
async def test_repeated_signature(again):
    """A signature comes whole, so the last one counts."""
    signs = [added(0, "signature_delta", signature=each) for each in again]
    begin = began(0, "thinking", thinking="Hm.", signature="SIG")
    _, turn = await answer(START, begin, *signs, ended(0), *SAID, finished(), STOP)

    assert turn["content"] == [thinking("Hm.", "SIG"), text("So.")]


async def test_encrypted_summary():
    """What a summary holds encrypted comes back to the letter."""
    secret = added(0, "compaction_delta", content="All.", encrypted_content="ZW5j")
    begin = began(0, "compaction", content=None)
    _, turn = await answer(START, begin, secret, ended(0), *SAID, finished(), STOP)

    summary = {"type": "compaction", "content": "All.", "encrypted_content": "ZW5j"}
    assert turn["content"] == [summary, text("So.")]


OWN = [
    began(0, "thinking", thinking="Hm.", signature="c2ln"),
    began(0, "thinking", thinking="Hm."),
    began(0, "redacted_thinking", data="eA=="),
]


@pytest.mark.parametrize("own", OWN)
@pytest.mark.parametrize("said", ["<think>a</think>b", "  <think>a"])
async def test_tag_after_own_thinking(own, said):
    """After thinking in its own block, a tag in the text is text."""
    pieces = [added(1, "text_delta", text=piece) for piece in (said[:4], said[4:])]
    response, turn = await answer(
        START, own, ended(0), began(1, "text", text=""), *pieces, ended(1), finished(), STOP
    )

    assert response.text == said
    assert turn["content"][1] == text(said.rstrip())


async def test_tag_after_own_thinking_of_a_whole_answer():
    """In a whole answer, too, a tag after thinking is text."""
    async with Api(message(thinking("Hm."), "<think>a</think>b")).provider() as provider:
        response = await provider.chat(USER, MODEL)

    assert (response.text, response.reasoning) == ("<think>a</think>b", "Hm.")


async def test_tag_without_own_thinking():
    """Without own thinking, what stands between the tags is reasoning."""
    response, _ = await answer(
        START, began(0, "text", text="<think>a</think>b"), ended(0), finished(), STOP
    )

    assert (response.text, response.reasoning) == ("b", "a")


@pytest.mark.parametrize("kind", ["text", "tool_use"])
async def test_thinking_in_another_block(kind):
    """Thinking that is added to a block of another kind comes back before it."""
    block = {"text": text("So."), "tool_use": tool_use("t1", at="sky")}[kind]
    pieces = [
        added(0, "thinking_delta", thinking="Hm."),
        added(0, "signature_delta", signature="c2ln"),
    ]
    response, turn = await answer(START, began(0, kind, **block), *pieces, ended(0), finished())

    assert response.reasoning == "Hm."
    assert turn["content"] == [thinking("Hm.", "c2ln"), block]


@pytest.mark.parametrize("caller", [{"type": "direct"}, {"type": "code", "tool_id": "s1"}])
async def test_caller_of_a_call(caller):
    """Who made a call comes back to the letter."""
    begin = began(0, id="t1", input={"at": "sky"}, caller=caller)
    _, turn = await answer(START, begin, ended(0), finished("tool_use"), STOP)

    assert turn["content"] == [{**tool_use("t1", at="sky"), "caller": caller}]


@pytest.mark.parametrize("raw", [None, {}, {"type": 7}, "text"])
async def test_block_without_a_type(raw):
    """A block without a type is not sent back."""
    begin = {"type": "content_block_start", "index": 9, "content_block": raw}
    _, turn = await answer(START, begin, *SIGNED, *SAID, finished(), STOP)

    assert turn["content"] == TURN
