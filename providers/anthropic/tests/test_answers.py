"""An answer says the same, whole and streamed."""

import json

import httpx
import pytest
from provider_sdk import ProviderResponseError, StreamInterruptedError, Usage

from ._api import USER, Api, ask, error, events_of, message, reply, stream, text, thinking, tool_use

BOTH = pytest.mark.parametrize("streamed", [False, True])
PARTS = [
    thinking("Rayleigh."),
    text("Let me look."),
    tool_use("toolu_1", at="sky"),
    tool_use("toolu_2"),
]


@BOTH
async def test_all_parts(streamed):
    """Thinking, text and calls stand in their own fields."""
    response = await ask(message(*PARTS, stop="tool_use"), streamed=streamed)

    assert (response.reasoning, response.text) == ("Rayleigh.", "Let me look.")
    calls = [(call.id, call.name, call.arguments) for call in response.tool_calls]
    assert calls == [("toolu_1", "look", {"at": "sky"}), ("toolu_2", "look", {})]
    assert (response.finish_reason, response.raw_finish_reason) == ("tool_calls", "tool_use")
    assert response.model == "claude-opus-5"


@BOTH
async def test_several_texts(streamed):
    """Several blocks of text are one text, with nothing between them."""
    response = await ask(message("One", " and two."), streamed=streamed)

    assert response.text == "One and two."
    assert response.provider_data == {}


@BOTH
@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("pause_turn", "other"),
        ("a_later_word", "other"),
    ],
)
async def test_stop_reasons(streamed, word, finish):
    """Each stop reason has its word in the contract, and the service's own word is kept."""
    response = await ask(message("Blue.", stop=word), streamed=streamed)

    assert (response.finish_reason, response.raw_finish_reason) == (finish, word)


@BOTH
async def test_paused_turn_says_what_to_do(streamed):
    """A paused turn warns, and says how it goes on."""
    response = await ask(message("Searching.", stop="pause_turn"), streamed=streamed)

    assert any("append the message and call again" in warning for warning in response.warnings)


@BOTH
async def test_paused_turn_goes_on(streamed):
    """A paused turn that is sent back has all its blocks, the service's own tools included."""
    search = {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"q": "x"}}
    found = {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": [{"url": "u"}]}
    content = [text("Searching."), search, found]
    api = Api(message(*content, stop="pause_turn"), message("Done."))
    async with api.provider() as provider:
        if streamed:
            first = await (await provider.chat(USER, stream=True)).collect()
        else:
            first = await provider.chat(USER)
        await provider.chat([*USER, first.message])

    assert api.body["messages"][-1] == {"role": "assistant", "content": content}
    assert first.tool_calls == ()


@BOTH
async def test_refusal_with_an_explanation(streamed):
    """Why the service refused stands in `refusal`, and the text is empty."""
    details = {"type": "refusal", "category": "bio", "explanation": "Not this."}
    answer = message("Well", stop="refusal", stop_details=details)
    response = await ask(answer, streamed=streamed)

    assert (response.refusal, response.text) == ("Not this.", "")
    assert response.finish_reason == "refusal"


@BOTH
async def test_refusal_in_the_text(streamed):
    """Without an explanation the text is the refusal."""
    response = await ask(message("I will not.", stop="refusal"), streamed=streamed)

    assert (response.refusal, response.text) == ("I will not.", "")


@BOTH
async def test_refusal_without_words(streamed):
    """A refusal may have no words at all."""
    response = await ask(message(stop="refusal"), streamed=streamed)

    assert (response.refusal, response.text, response.finish_reason) == (None, "", "refusal")


@BOTH
async def test_usage(streamed):
    """All that the model read is the prompt: tokens of a cache are counted apart on the wire."""
    usage = {
        "input_tokens": 10,
        "cache_creation_input_tokens": 200,
        "cache_read_input_tokens": 3000,
        "output_tokens": 40,
        "output_tokens_details": {"thinking_tokens": 30},
    }
    response = await ask(message("Blue.", usage=usage), streamed=streamed)

    assert response.usage == Usage(3210, 40, 3250, 3000, 30, cache_write_tokens=200)


async def test_usage_of_a_service_that_counts_the_cache_late():
    """A first count that holds cached tokens too is replaced by the last, and never added."""
    start, *most, change, stop = events_of(message("Blue."))
    start["message"]["usage"] = {"input_tokens": 8834, "output_tokens": 0}
    change["usage"] = {
        "input_tokens": 18,
        "output_tokens": 426,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 8831,
    }

    response = await ask(stream(start, *most, change, stop), streamed=True)

    assert response.usage == Usage(8849, 426, 9275, 8831, cache_write_tokens=0)


@BOTH
async def test_no_usage(streamed):
    """A service that reports no usage reports none."""
    assert (await ask(message("Blue."), streamed=streamed)).usage is None


async def test_usage_is_cumulative():
    """The last count wins, and one that comes only at the start stays."""
    start, *rest = events_of(message("Blue."))
    start["message"]["usage"] = {"input_tokens": 25, "output_tokens": 1}
    *most, change, stop = rest
    running = {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 10}}
    change["usage"] = {"output_tokens": 15, "input_tokens": None}

    response = await ask(stream(start, *most, running, change, stop), streamed=True)

    assert response.usage == Usage(25, 15, 40)


@BOTH
async def test_thinking_written_into_the_text(streamed):
    """A compatible service may write its thinking into the text."""
    response = await ask(message("<think>Hm.</think>Blue."), streamed=streamed)

    assert (response.reasoning, response.text) == ("Hm.", "Blue.")


@BOTH
async def test_closing_tag_alone(streamed):
    """A closing tag without an opening one is text: Claude may speak of tags."""
    said = "Use </think> to close."
    response = await ask(message(said), streamed=streamed)

    assert (response.reasoning, response.text) == (None, said)


async def test_input_that_comes_whole():
    """The input of a call may come with its start, and no piece of it later."""
    start, _, *rest = events_of(message(tool_use("t"), stop="tool_use"))
    opened = {"type": "content_block_start", "index": 0, "content_block": tool_use("t", at="sky")}
    ends = [event for event in rest if event["type"] != "content_block_delta"]

    response = await ask(stream(start, opened, *ends), streamed=True)

    assert response.tool_calls[0].arguments == {"at": "sky"}


async def test_call_without_an_id():
    """A call without an id gets one that differs from those of other answers."""
    response = await ask(message(tool_use("", at="sky"), stop="tool_use"))

    assert response.tool_calls[0].id == "call_msg_1_0"


async def test_stream_without_starts_of_blocks():
    """Text whose block was not announced is text."""
    events = [e for e in events_of(message("Blue.")) if not e["type"].startswith("content_block_s")]

    assert (await ask(stream(*events), streamed=True)).text == "Blue."


async def test_interleaved_blocks():
    """Pieces belong to the block that they name, in whatever order they come."""
    start, *_ = events_of(message())
    opened = [
        {"type": "content_block_start", "index": n, "content_block": tool_use(f"t{n}")}
        for n in (0, 1)
    ]
    pieces = [
        {
            "type": "content_block_delta",
            "index": n,
            "delta": {"type": "input_json_delta", "partial_json": piece},
        }
        for n, piece in ((1, '{"b":'), (0, '{"a":'), (1, "2}"), (0, "1}"))
    ]
    end = events_of(message(stop="tool_use"))[1:]

    response = await ask(stream(start, *opened, *pieces, *end), streamed=True)

    assert [call.arguments for call in response.tool_calls] == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize("kind", ["overloaded_error", "api_error", "a_later_error"])
async def test_error_inside_a_stream(kind):
    """An error inside a stream is raised with the service's words and what had arrived."""
    events = events_of(message("Blue."))[:3]
    async with Api(stream(*events, error(kind, "it broke"))).provider() as provider:
        answer = await provider.chat(USER, stream=True)
        with pytest.raises(Exception, match="it broke") as caught:
            await answer.collect()

    assert caught.value.partial.text == "Bl"


async def test_stream_that_ends_early():
    """A stream without stop reason is an error, even if its last block was closed."""
    events = events_of(message("Blue."))[:-2]
    async with Api(stream(*events)).provider() as provider:
        answer = await provider.chat(USER, stream=True)
        with pytest.raises(StreamInterruptedError) as caught:
            await answer.collect()

    assert caught.value.partial.text == "Blue."


async def test_only_pings():
    """A stream of pings alone is an error of the call itself."""
    async with Api(stream({"type": "ping"}, {"type": "ping"})).provider() as provider:
        with pytest.raises(StreamInterruptedError):
            await provider.chat(USER, stream=True)


async def test_later_events_are_ignored():
    """Kinds of events, blocks and changes that are still to be invented change nothing."""
    start, opened, *rest = events_of(message("Blue."))
    later = [
        {"type": "later", "text": "x"},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "later_delta", "text": "x"}},
        {
            "type": "content_block_start",
            "index": 7,
            "content_block": {"type": "later", "text": "x"},
        },
        {"type": "content_block_delta", "index": 7, "delta": {"type": "later_delta", "text": "x"}},
    ]

    assert (await ask(stream(start, opened, *later, *rest), streamed=True)).text == "Blue."


async def test_characters_that_are_cut():
    """Halves of a character in two events are joined, in text and in thinking."""
    start, *_ = events_of(message())
    end = events_of(message())[1:]
    body = b""
    for event in [start, *_halved(0, "thinking"), *_halved(1, "text"), *end]:
        body += b"data: " + json.dumps(event).encode() + b"\n\n"
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=body)

    found = await ask(response, streamed=True)

    assert (found.reasoning, found.text) == ("🙂", "🙂")
    found.message.to_dict()["provider_data"]["claude"][0]["content"][0]["thinking"].encode()


def _halved(index, kind):
    yield {"type": "content_block_start", "index": index, "content_block": {"type": kind}}
    for half in ("\ud83d", "\ude42"):
        delta = {"type": f"{kind}_delta", kind: half}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"content": "text"}',
        b'{"content": [1]}',
        b'{"type": "message", "content": null}',
    ],
)
async def test_bodies_that_are_no_message(body):
    """A successful reply that is not a message is an error."""
    with pytest.raises(ProviderResponseError):
        await ask(reply(body))


async def test_whole_answer_to_a_stream():
    """A service that ignores `stream` and answers all at once is read all the same."""
    response = await ask(reply(message(*PARTS, stop="tool_use")), streamed=True)

    assert response.text == "Let me look."
    assert len(response.tool_calls) == 2
    assert response.provider_data["claude"][0]["content"][0] == PARTS[0]


@pytest.mark.parametrize("name", ["request_id", "x_request_id"])
async def test_request_id(name):
    """The id of the exchange comes from the header."""
    response = await ask(reply(message("Blue."), **{name: "req_1"}))

    assert response.request_id == "req_1"


async def test_huge_numbers_of_pieces():
    """A stream of very many pieces is read in time, and to the letter."""
    start, opened, *_, change, stop = events_of(message("x"))
    delta = {"type": "content_block_delta", "index": 0}
    pieces = [{**delta, "delta": {"type": "text_delta", "text": "ab"}}] * 50_000

    response = await ask(stream(start, opened, *pieces, change, stop), streamed=True)

    assert response.text == "ab" * 50_000
