"""What is read of an answer, whole and streamed."""

import contextlib
import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_ollama import OllamaDialect
from provider_sdk import (
    ChatCall,
    HttpReply,
    Message,
    ProviderError,
    ProviderOverloadedError,
    ProviderResponseError,
    StreamInterruptedError,
    Usage,
)

from ._service import MODEL, USER, Body, Reply, Service, answer, line, lines

CALL = ChatCall(MODEL, (Message("user", "Why?"),), {}, stream=True, provider="ollama")


async def whole(body, **options):
    """Return the response to a whole answer."""
    return await Service(chat=Reply(body)).provider().chat(USER, **options)


async def streamed(*values):
    """Return the response to a streamed answer."""
    async with await Service(chat=lines(*values)).provider().chat(USER, stream=True) as stream:
        return await stream.collect()


async def both(body):
    """Return the same answer whole, and as a stream of one line."""
    return [await whole(body), await streamed(body)]


async def test_an_answer():
    """Text, model, end and counts are read."""
    for response in await both(answer(" Blue.\n")):
        assert (response.text, response.model) == (" Blue.\n", MODEL)
        assert (response.finish_reason, response.raw_finish_reason) == ("stop", "stop")
        assert response.usage == Usage(26, 3, 29)
        assert response.warnings == ()


async def test_the_body_is_raw():
    """A whole answer keeps the decoded body."""
    assert (await whole(answer(total_duration=7))).raw["total_duration"] == 7


async def test_a_request_id_is_read():
    """A proxy's id of the exchange is kept."""
    service = Service(chat=Reply(answer(), headers={"x-request-id": "r1"}))

    assert (await service.provider().chat(USER)).request_id == "r1"


@pytest.mark.parametrize(
    ("word", "finish", "raw"),
    [
        ("stop", "stop", "stop"),
        ("length", "length", "length"),
        ("something", "other", "something"),
        (None, "stop", None),
        ("", "stop", None),
        (7, "stop", None),
    ],
)
async def test_finish_reasons(word, finish, raw):
    """The service's word is translated and kept."""
    for response in await both(answer(done_reason=word)):
        assert (response.finish_reason, response.raw_finish_reason) == (finish, raw)


async def test_an_answer_without_text_and_word_has_another_end():
    """If nothing was written, a missing word is no usual end."""
    for response in await both(answer("", done_reason=None)):
        assert (response.finish_reason, response.raw_finish_reason) == ("other", None)


@pytest.mark.parametrize(
    "content", [["Bl", "ue."], [{"type": "text", "text": "Blue."}, {"type": "image"}, 7]]
)
async def test_content_may_be_a_list(content):
    """Texts and parts of text are one text."""
    for response in await both(answer(content)):
        assert response.text == "Blue."


@pytest.mark.parametrize(
    "calls",
    [
        {"function": {"name": "look", "arguments": {"a": 1}}},
        [{"name": "look", "arguments": {"a": 1}}],
        {"name": "look", "arguments": '{"a": 1}'},
    ],
)
async def test_a_call_in_another_shape_is_read(calls):
    """A single call may stand without its list, and without its inner object."""
    for response in await both(answer("", message={"tool_calls": calls})):
        assert [(call.name, call.arguments) for call in response.tool_calls] == [("look", {"a": 1})]


@pytest.mark.parametrize("word", ["load", "unload"])
async def test_an_answer_that_only_loads_is_told(word):
    """A model that was only loaded or unloaded wrote nothing, which is no usual end."""
    for response in await both(answer("", done_reason=word)):
        assert (response.text, response.finish_reason) == ("", "other")
        assert response.raw_finish_reason == word
        assert "wrote nothing" in response.warnings[0]


async def test_missing_counts_are_none():
    """A prompt that is wholly cached lacks its count; without counts there is no usage."""
    for response in await both(answer(prompt_eval_count=None)):
        assert response.usage == Usage(None, 3)
    for response in await both(answer(prompt_eval_count=None, eval_count="many")):
        assert response.usage is None


async def test_cached_tokens_are_a_part():
    """Tokens from the cache are part of those that were read."""
    for response in await both(answer(prompt_eval_cached_count=20)):
        assert response.usage == Usage(26, 3, cached_tokens=20)


async def test_cached_tokens_that_were_not_counted_are_added():
    """More cached tokens than were read in all are not a part of those."""
    for response in await both(answer(prompt_eval_count=12, prompt_eval_cached_count=988)):
        assert response.usage == Usage(1000, 3, cached_tokens=988)


async def test_thinking_is_reasoning():
    """Thinking is reasoning, and the state of the next turn."""
    for response in await both(answer("Blue.", message={"thinking": "Rayleigh."})):
        assert (response.text, response.reasoning) == ("Blue.", "Rayleigh.")
        assert response.message.provider_data == {
            "ollama": [{"model": MODEL, "thinking": "Rayleigh."}]
        }


@pytest.mark.parametrize(
    ("content", "text", "reasoning"),
    [
        ("<think>Hm.</think>Blue.", "Blue.", "Hm."),
        ("Hm.</think>Blue.", "Blue.", "Hm."),
        ("Blue <think> is a tag", "Blue <think> is a tag", None),
    ],
)
async def test_thinking_in_the_text_is_reasoning(content, text, reasoning):
    """Models without a template for thinking write it into the text."""
    for response in await both(answer(content)):
        assert (response.text, response.reasoning) == (text, reasoning)


async def test_a_tag_in_the_text_of_a_model_that_thinks_apart_is_text():
    """If thinking has its own field, a closing tag means nothing."""
    for response in await both(answer("a </think> b", message={"thinking": "Hm."})):
        assert (response.text, response.reasoning) == ("a </think> b", "Hm.")


async def test_calls():
    """Arguments are objects; an id is kept, and a missing one made of time and position."""
    calls = [
        {"id": "call_1", "function": {"index": 0, "name": "look", "arguments": {"at": "ä"}}},
        {"function": {"name": "find", "arguments": {}}},
        {"id": "call_1", "function": {"name": "hear", "arguments": '{"a": 1}'}},
        {"function": {"name": "wait"}},
    ]
    for response in await both(answer("", message={"tool_calls": calls})):
        made = [(call.id, call.name, call.arguments) for call in response.tool_calls]
        assert made == [
            ("call_1", "look", {"at": "ä"}),
            ("call_20260807060809335586_1", "find", {}),
            ("call_20260807060809335586_2", "hear", {"a": 1}),
            ("call_20260807060809335586_3", "wait", {}),
        ]
        assert (response.finish_reason, response.raw_finish_reason) == ("tool_calls", "stop")


async def test_calls_without_a_time_are_told_apart():
    """Two calls without ids and times have different ids."""
    calls = [{"function": {"name": "look", "arguments": {}}}] * 2
    for response in await both(answer("", created_at=None, message={"tool_calls": calls})):
        assert [call.id for call in response.tool_calls] == ["call_turn1_0", "call_turn1_1"]


async def test_a_stream_adds_up():
    """Text, thinking and calls of the lines are one answer."""
    call = {"function": {"name": "look", "arguments": {"a": 1}}}
    response = await streamed(
        line(thinking="Ray"),
        line(None, thinking="leigh."),
        line("Bl"),
        line("ue."),
        line(tool_calls=[call]),
        line(tool_calls=[call]),
        answer(""),
    )

    assert (response.text, response.reasoning) == ("Blue.", "Rayleigh.")
    assert [call.arguments for call in response.tool_calls] == [{"a": 1}, {"a": 1}]
    assert len({call.id for call in response.tool_calls}) == 2
    assert response.provider_data == {"ollama": [{"model": MODEL, "thinking": "Rayleigh."}]}


async def test_a_stream_of_a_model_with_another_name():
    """The model that the service names last is the one that answered."""
    assert (await streamed(line("a"), answer("b", model="other"))).model == "other"


@pytest.mark.parametrize(
    "values",
    [[], [line("Blue")], [line("Blue"), answer(".", done=False)], [line("Blue"), {"done": "yes"}]],
)
async def test_a_stream_without_its_last_line_is_cut(values):
    """Only `done: true` ends an answer."""
    with pytest.raises(StreamInterruptedError):
        await streamed(*values)


async def test_a_line_that_is_no_json_cuts_the_stream():
    """Text before it is kept as a partial answer."""
    body = json.dumps(line("Blue")).encode() + b"\nupstream timed out\n"
    service = Service(chat=Reply(body, headers={"content-type": "application/x-ndjson"}))

    stream = await service.provider().chat(USER, stream=True)
    with pytest.raises(StreamInterruptedError) as caught:
        await stream.collect()

    assert caught.value.partial.text == "Blue"


async def test_an_error_inside_a_stream_is_raised():
    """With its class, the service's message and the text before it."""
    said = "server busy, please try again.  maximum pending requests exceeded"
    with pytest.raises(ProviderOverloadedError, match="server busy") as caught:
        await streamed(line("Bl"), {"error": said})

    assert caught.value.partial.text == "Bl"


async def test_an_error_as_first_line_is_raised_by_the_call():
    """The call itself raises it."""
    service = Service(chat=lines({"error": "an error was encountered while running the model"}))

    with pytest.raises(ProviderError, match="running the model"):
        await service.provider().chat(USER, stream=True)


async def test_a_connection_that_drops_cuts_the_stream():
    """What had arrived is kept."""
    body = Body([json.dumps(line("Blue")).encode() + b"\n", httpx.ReadError("gone")])
    service = Service(chat=Reply(body, headers={"content-type": "application/x-ndjson"}))

    stream = await service.provider().chat(USER, stream=True)
    with pytest.raises(StreamInterruptedError) as caught:
        await stream.collect()

    assert caught.value.partial.text == "Blue"


async def test_lines_after_the_end_are_nothing():
    """The answer is over with `done: true`."""
    assert (await streamed(answer("Blue."), line("Red."))).text == "Blue."


async def test_an_emoji_in_two_lines_is_one_character():
    """A server that cuts tokens within a character sends its halves in two lines."""
    first = json.dumps(line("a\ud83d"))
    second = json.dumps(line("\ude00b", thinking="\ud83d"))
    body = f"{first}\n{second}\n{json.dumps(answer(''))}\n".encode()
    service = Service(chat=Reply(body, headers={"content-type": "application/x-ndjson"}))

    response = await (await service.provider().chat(USER, stream=True)).collect()

    assert (response.text, response.reasoning) == ("a\U0001f600b", "\ufffd")


async def test_a_stream_with_the_label_of_json_is_a_stream():
    """Proxies change the content type."""
    reply = lines(line("Bl"), answer("ue."))
    reply.headers = {"content-type": "application/json"}

    stream = await Service(chat=reply).provider().chat(USER, stream=True)

    assert (await stream.collect()).text == "Blue."


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        7,
        None,
        {"message": None},
        {"message": "Blue."},
        {"done": True},
        answer(done=False),
        b"",
        b"<html>",
        b"{",
    ],
)
async def test_a_reply_that_is_no_answer(body):
    """It is an error, never an empty answer."""
    with pytest.raises(ProviderResponseError):
        await whole(body)


async def test_a_stream_instead_of_a_whole_answer_is_named():
    """A service that streams although it was not asked to is told from one that is not there."""
    body = lines(line("Bl"), answer("ue.")).body

    with pytest.raises(ProviderResponseError, match="streamed its answer"):
        await whole(body)


async def test_calls_of_two_turns_without_a_time_have_different_ids():
    """The number of messages tells turns apart if the service sends no time."""
    body = answer("", created_at=None, message={"tool_calls": [{"function": {"name": "look"}}]})
    found = []
    for messages in (USER, USER * 2):
        service = Service(chat=lambda request: Reply(body))
        response = await service.provider().chat(messages)
        found += [call.id for call in response.tool_calls]

    assert len(set(found)) == 2


async def test_an_error_with_the_status_of_a_success():
    """Gateways answer 200 and put the failure into the body."""
    with pytest.raises(ProviderOverloadedError, match="server busy"):
        await whole({"error": "server busy, please try again"})


@pytest.mark.parametrize("empty", [None, "", {}, []])
async def test_an_empty_error_is_none(empty):
    """A field for an error that is empty reports none."""
    for response in await both(answer(error=empty)):
        assert response.text == "Blue."


NAMES = (
    *("message", "content", "thinking", "tool_calls", "function", "name", "arguments", "id"),
    *("done", "done_reason", "error", "model", "created_at", "eval_count", "models"),
)
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(value=HOSTILE)
def test_whatever_a_reply_holds_only_errors_of_the_contract_are_raised(value):
    """No foreign exception comes of any JSON."""
    body = json.dumps(value).encode()
    dialect = OllamaDialect()
    dialect.parse_error(HttpReply(500, {}, body))
    with contextlib.suppress(ProviderError):
        dialect.parse_chat(CALL, HttpReply(200, {}, body))
    with contextlib.suppress(ProviderError):
        dialect.parse_models(HttpReply(200, {}, body))


@given(values=st.lists(HOSTILE, max_size=4), size=st.integers(1, 40))
def test_whatever_a_stream_holds_its_events_do_not_depend_on_its_cuts(values, size):
    """Any bytes give the same events in any pieces."""
    body = b"".join(json.dumps(value).encode() + b"\n" for value in values)

    def events(pieces):
        decoder = OllamaDialect().stream_decoder(CALL)
        found = [event for piece in pieces for event in decoder.feed(piece)]
        return [repr(event) for event in (*found, *decoder.flush())]

    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    assert events(pieces) == events([body])


@pytest.mark.parametrize("provider", ["", "ollama"])
def test_state_has_a_name_to_be_kept_under(provider):
    """A dialect that is used without a provider keeps no state; with one, it does."""
    call = ChatCall(MODEL, CALL.messages, {}, provider=provider)
    body = json.dumps(answer(message={"thinking": "Hm."})).encode()
    decoder = OllamaDialect().stream_decoder(call)
    first, *_ = decoder.feed(body + b"\n")

    state = {"model": MODEL, "thinking": "Hm."} if provider else None
    assert first.provider_data == state
    whole = OllamaDialect().parse_chat(call, HttpReply(200, {}, body))
    assert whole.provider_data == ({provider: [state]} if provider else {})
