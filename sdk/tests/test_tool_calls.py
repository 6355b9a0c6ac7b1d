"""Tool calls, with everything that services do to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk import Delta, ToolCall, ToolCallDelta

from ._answers import CALL, DIALECT, added_up, events_of, parsed
from ._cuts import fed, partitions, single_splits
from ._service import chunk, completion, sse, tool


def streamed(*fragments):
    """The calls of a stream with one fragment a chunk."""
    return list(added_up(*(chunk(tool_calls=[fragment]) for fragment in fragments)).tool_calls)


def whole(*calls):
    """The calls of a whole answer."""
    return list(parsed(completion(None, tool_calls=list(calls))).tool_calls)


def _call(id, name, arguments):
    return ToolCall.parse(id, name, arguments)


def test_fragments_are_joined_by_index():
    """OpenAI sends id and name once, and the arguments in pieces."""
    calls = streamed(tool(0, "c1", "sum", ""), tool(0, arguments='{"a"'), tool(0, arguments=": 1}"))

    assert calls == [_call("c1", "sum", '{"a": 1}')]


def test_fragments_of_two_calls_may_interleave():
    """The index tells them apart."""
    calls = streamed(
        tool(0, "c1", "sum", ""),
        tool(1, "c2", "now", ""),
        tool(0, arguments='{"a": 1}'),
        tool(1, arguments="{}"),
    )

    assert calls == [_call("c1", "sum", '{"a": 1}'), _call("c2", "now", "{}")]


def test_a_whole_call_may_come_in_one_delta():
    """Cerebras, Groq and Mistral do not cut them."""
    assert streamed(tool(0, "c1", "sum", '{"a": 1}')) == [_call("c1", "sum", '{"a": 1}')]


def test_two_calls_may_come_in_one_chunk():
    """Each has its place."""
    response = added_up(chunk(tool_calls=[tool(0, "c1", "sum", "{}"), tool(1, "c2", "now", "{}")]))

    assert [call.id for call in response.tool_calls] == ["c1", "c2"]


def test_a_missing_index_continues_the_last_call():
    """A fragment without index and name belongs to the call before it."""
    calls = streamed(
        tool(None, "c1", "sum", ""), tool(None, arguments='{"a"'), tool(None, arguments=": 1}")
    )

    assert calls == [_call("c1", "sum", '{"a": 1}')]


def test_whole_calls_without_index_and_id_are_separate():
    """A new name behind complete arguments begins a new call."""
    calls = streamed(tool(None, None, "sum", '{"a": 1}'), tool(None, None, "now", "{}"))

    assert [call.name for call in calls] == ["sum", "now"]
    assert len({call.id for call in calls}) == 2


def test_the_same_index_with_different_ids_is_two_calls():
    """Some servers give every call index 0."""
    calls = streamed(tool(0, "c1", "sum", '{"a": 1}'), tool(0, "c2", "now", "{}"))

    assert calls == [_call("c1", "sum", '{"a": 1}'), _call("c2", "now", "{}")]


def test_the_same_id_on_every_fragment_is_one_call():
    """Repeating id and name repeats nothing."""
    calls = streamed(tool(0, "c1", "sum", '{"a"'), tool(0, "c1", "sum", ": 1}"))

    assert calls == [_call("c1", "sum", '{"a": 1}')]


def test_an_empty_id_on_continuations_is_none():
    """``""`` and ``name: null`` continue the call."""
    continued = {"index": 0, "id": "", "function": {"name": None, "arguments": '{"a": 1}'}}

    assert streamed(tool(0, "c1", "sum", ""), continued) == [_call("c1", "sum", '{"a": 1}')]


def test_a_fragment_without_function_is_harmless():
    """A delta may carry the id alone."""
    assert streamed({"index": 0, "id": "c1"}, tool(0, None, "sum", "{}")) == [
        _call("c1", "sum", "{}")
    ]


def test_an_id_that_is_a_number_becomes_text():
    """Old TGI calls every call 0."""
    assert streamed(tool(0, 0, "sum", "{}"))[0].id == "0"
    assert whole({"id": 0, "function": {"name": "sum", "arguments": {}}})[0].id == "0"


@pytest.mark.parametrize("missing", [None, ""])
def test_a_missing_id_is_made(missing):
    """A tool message can answer the call all the same, and whole and streamed agree."""
    fragments = [
        {"index": index, "id": missing, "function": {"name": name, "arguments": "{}"}}
        for index, name in enumerate(["sum", "now"])
    ]

    ids = [call.id for call in streamed(*fragments)]

    assert ids == ["call_chatcmpl-1_0", "call_chatcmpl-1_1"]
    assert ids == [call.id for call in whole(*fragments)]


def test_a_made_id_stays_when_fragments_follow():
    """Continuations do not rename the call."""
    calls = streamed(tool(0, None, "sum", ""), tool(0, arguments="{}"))

    assert [call.id for call in calls] == ["call_chatcmpl-1_0"]


@pytest.mark.parametrize("function", [None, {}, {"arguments": None}, {"arguments": ""}])
def test_no_arguments_are_an_empty_object(function):
    """A tool without parameters is called with ``{}``."""
    fragment = {"index": 0, "id": "c1", "function": {"name": "now", **(function or {})}}

    assert streamed(fragment) == [_call("c1", "now", "")]
    assert whole(fragment) == [_call("c1", "now", "")]


def test_arguments_may_be_an_object():
    """Old TGI and Ollama send them decoded."""
    call = {"index": 0, "id": "c1", "function": {"name": "sum", "arguments": {"a": "\u00e9"}}}

    assert streamed(call)[0].arguments == {"a": "\u00e9"}
    assert whole(call)[0].arguments == {"a": "\u00e9"}


def test_cut_arguments_are_kept_as_text():
    """A token limit leaves no object, and nothing is made up."""
    call = streamed(tool(0, "c1", "sum", '{"a": 1'))[0]

    assert call.arguments is None
    assert call.arguments_text == '{"a": 1'


@pytest.mark.parametrize("raw", ["stop", "eos_token", "length", None])
def test_the_finish_reason_of_a_call_is_tool_calls(raw):
    """Whatever the wire says, an answer that calls a tool ends so."""
    body = completion(None, tool_calls=[tool(0, "c1", "sum", "{}")])
    body["choices"][0]["finish_reason"] = raw
    response = added_up(chunk(tool_calls=[tool(0, "c1", "sum", "{}")]), chunk(finish=raw))

    assert response.finish_reason == parsed(body).finish_reason == "tool_calls"
    assert response.raw_finish_reason == parsed(body).raw_finish_reason == raw


@pytest.mark.parametrize("nothing", [[], None])
def test_no_calls_are_none(nothing):
    """An empty list is plain text."""
    assert parsed(completion("Blue.", tool_calls=nothing)).finish_reason == "stop"
    assert added_up(chunk("Blue.", tool_calls=nothing, finish="stop")).tool_calls == ()


@pytest.mark.parametrize("missing", ["content", "null content"])
def test_content_may_be_absent_beside_calls(missing):
    """A message with calls alone is whole."""
    body = completion(None, tool_calls=[tool(0, "c1", "sum", "{}")])
    if missing == "content":
        del body["choices"][0]["message"]["content"]

    assert parsed(body).text == ""


def test_text_and_calls_may_share_an_answer():
    """Both are kept."""
    response = added_up(chunk("Let me see."), chunk(tool_calls=[tool(0, "c1", "now", "{}")]))

    assert response.text == "Let me see."
    assert len(response.tool_calls) == 1


def test_chunks_carry_the_fragments():
    """A reader of the stream sees each with the index of its call."""
    events = events_of([sse(chunk(tool_calls=[tool(0, "c1", "sum", '{"a"')]))])

    assert [e.tool_calls for e in events if isinstance(e, Delta)] == [
        [ToolCallDelta(0, "c1", "sum", '{"a"')]
    ]


def test_a_custom_tool_is_told_of():
    """What is outside the contract is no call, and not lost silently."""
    custom = {"index": 0, "id": "c1", "type": "custom", "custom": {"name": "x", "input": "y"}}

    for response in (
        parsed(completion("", tool_calls=[custom])),
        added_up(chunk("", tool_calls=[custom])),
    ):
        assert response.tool_calls == ()
        assert "outside the contract" in response.warnings[0]


def test_a_legacy_function_call_is_told_of():
    """The form before tools is in ``raw`` only."""
    response = parsed(completion(None, function_call={"name": "sum", "arguments": "{}"}))

    assert response.tool_calls == ()
    assert "outside the contract" in response.warnings[0]


STREAM = sse(
    chunk("Let me \U0001f994 see."),
    chunk(tool_calls=[tool(0, "c1", "sum", '{"a"'), tool(1, "c2", "now", "")]),
    chunk(tool_calls=[tool(0, arguments=': "\u00e9"}')]),
    chunk(finish="tool_calls"),
    done=True,
)
EVENTS = events_of([STREAM])


def test_every_single_byte_split_gives_the_same_events():
    """A stream with calls survives a cut at any byte."""
    for pieces in single_splits(STREAM):
        assert fed(DIALECT.stream_decoder(CALL), pieces) == EVENTS


@given(st.data())
def test_every_partition_gives_the_same_events(choose):
    """Many cuts change nothing."""
    assert fed(DIALECT.stream_decoder(CALL), choose.draw(partitions(STREAM))) == EVENTS


@pytest.mark.parametrize("number", ["NaN", "1e400", "9" * 401, "-" + "9" * 5000])
def test_a_number_beyond_all_floats_is_not_json(number):
    """Its text stays as the model wrote it."""
    text = f'{{"x": {number}}}'
    call = ToolCall.parse("c1", "f", text)

    assert (call.arguments, call.arguments_text) == (None, text)
    assert ToolCall.parse("c1", "f", f'{{"x": {"9" * 308}}}').arguments == {"x": int("9" * 308)}
