"""What an OpenAI-compatible service streams."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk import (
    ContextLengthError,
    Delta,
    ProviderAuthError,
    ProviderError,
    ProviderModelNotFoundError,
    ProviderOverloadedError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderResponseError,
    ProviderTimeoutError,
    ProviderUnavailableError,
    StreamEnd,
    StreamFailure,
    StreamJunk,
)

from ._answers import CALL, DIALECT, JSON, added_up, assert_keeps_types, events_of, parsed
from ._cuts import fed, partitions, single_splits
from ._service import DONE, chunk, sse

CHUNKS = [
    {"choices": [], "model": "acme"},
    chunk("", role="assistant"),
    chunk("<thi"),
    chunk("nk>Hm \U0001f994.</think>Bl\u00fc"),
    chunk("e."),
    chunk(finish="stop"),
    {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}},
]
STREAM = b": ping\r\n\r\n" + sse(*CHUNKS, done=True)


def test_an_answer():
    """The deltas add up to what was said."""
    response = added_up(*CHUNKS)

    assert response.text == "Bl\u00fce."
    assert response.reasoning == "Hm \U0001f994."
    assert response.finish_reason == response.raw_finish_reason == "stop"
    assert response.usage.total_tokens == 3
    assert response.model == "acme-large-0815"


def test_every_single_byte_split_gives_the_same_events():
    """Events, tags and characters survive a cut at any byte."""
    for pieces in single_splits(STREAM):
        assert fed(DIALECT.stream_decoder(CALL), pieces) == events_of([STREAM])


@given(st.data())
def test_every_partition_gives_the_same_events(choose):
    """Many cuts, and empty reads between them, change nothing."""
    assert events_of(choose.draw(partitions(STREAM))) == events_of([STREAM])


@pytest.mark.parametrize("end", [b"data: [DONE]\n\n", b"data:[DONE]", b"data: [DONE] \r\n\r\n"])
def test_the_terminator_ends_the_stream(end):
    """``[DONE]`` is the protocol's end, however it is spaced."""
    assert events_of([end]) == [StreamEnd()]


def test_what_was_held_back_comes_before_the_end():
    """Text that might have become a tag is text once the terminator is there."""
    events = events_of([sse(chunk("a <thi"), done=True)])

    assert [getattr(event, "text", None) for event in events] == ["a ", "<thi", None]


def test_a_stream_needs_no_last_blank_line():
    """The last chunk counts without it."""
    assert added_up(pieces=[sse(chunk("Blue.", finish="stop")).rstrip()]).text == "Blue."


def test_an_empty_event_is_a_keep_alive():
    """Data without content says nothing and breaks nothing."""
    events = events_of([b"data:\n\n", b"data: \n\n", sse(chunk("Blue."))])

    assert [type(event) for event in events] == [Delta]


@pytest.mark.parametrize("data", ["nope", "{", "null", "5", '"text"', "[]", '{"choices": 5}'])
def test_other_data_is_junk(data):
    """An event that is not a chunk raises an error that says so."""
    assert [type(event) for event in events_of([f"data: {data}\n\n".encode()])] == [StreamJunk]


@pytest.mark.parametrize("choices", [None, []])
def test_a_chunk_without_choices_says_nothing(choices):
    """Prompt filters and usage come in such chunks."""
    assert added_up({"choices": choices}, chunk("Blue.")).text == "Blue."


@pytest.mark.parametrize("delta", [None, {}, {"content": None}, {"role": "assistant"}])
def test_a_delta_without_content_says_nothing(delta):
    """Each is a chunk of the protocol."""
    choice = {"index": 0, "delta": delta}

    assert added_up({"choices": [choice]}, chunk("Blue.")).text == "Blue."


def test_a_finish_reason_may_come_with_content():
    """Nothing of the last chunk is lost."""
    response = added_up(chunk("Bl"), chunk("ue.", finish="length"))

    assert response.text == "Blue."
    assert response.finish_reason == "length"


def test_a_repeated_finish_reason_is_one():
    """The last word counts."""
    assert added_up(chunk(finish="stop"), chunk(finish="length")).finish_reason == "length"


def test_an_answer_without_finish_reason_ends_otherwise():
    """A terminator alone tells no reason."""
    assert added_up(chunk("Blue.")).finish_reason == "other"


def test_a_refusal_empties_the_text():
    """Its words are streamed like text and stand in ``refusal``."""
    response = added_up(chunk("I "), chunk(refusal="I will"), chunk(refusal=" not."))

    assert response.refusal == "I will not."
    assert response.text == ""


def _choice(index, content):
    return {"choices": [{"index": index, "delta": {"content": content}}]}


def test_of_several_answers_the_first_is_read():
    """With ``n`` the others are left out, and never mixed in."""
    chunks = [_choice(0, "Bl"), _choice(1, "Gre"), _choice(0, "ue."), _choice(1, "en.")]

    assert added_up(*chunks).text == "Blue."


def test_answers_that_share_a_chunk_are_told_apart():
    """Only the first choice of each chunk that is ours is read."""
    both = {"choices": [_choice(1, "Green.")["choices"][0], _choice(0, "Blue.")["choices"][0]]}

    assert added_up(_choice(0, ""), both).text == "Blue."


def test_an_index_that_counts_tokens_is_one_answer():
    """Old TGI numbers them 1, 2, 3."""
    assert added_up(*(_choice(n, c) for n, c in enumerate("Blue.", 1))).text == "Blue."


def test_another_index_is_another_answer():
    """Also where the first that was seen is not the first of all."""
    assert added_up(_choice(1, "Green."), _choice(0, "Blue."), _choice(5, "x")).text == "Green."


def test_a_missing_index_is_the_only_answer():
    """Chunks without it belong together."""
    chunks = [{"choices": [{"delta": {"content": c}}]} for c in "Blue."]

    assert added_up(*chunks).text == "Blue."


def test_only_a_new_model_is_told():
    """The name is on every chunk and counts once."""
    events = events_of([sse(chunk("a"), chunk("b"))])

    assert [event.model for event in events] == ["acme-large-0815", None]


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (
            {"error": {"message": "busy", "type": "overloaded_error"}},
            ProviderOverloadedError,
            "busy",
        ),
        ({"error": {"message": "busy", "code": 503}}, ProviderOverloadedError, "busy"),
        ({"detail": "it broke"}, ProviderResponseError, "it broke"),
        ({"message": "it broke"}, ProviderResponseError, "it broke"),
        ({"errors": [{"message": "it broke"}]}, ProviderResponseError, "it broke"),
        ({"error": {"message": "slow", "code": 429}}, ProviderRateLimitError, "slow"),
        ({"error": {"message": "slow", "code": "rate_limit_exceeded"}}, ProviderRateLimitError, ""),
        ({"error": {"message": "no", "code": "insufficient_quota"}}, ProviderQuotaError, "no"),
        ({"error": {"message": "no", "type": "server_error"}}, ProviderUnavailableError, "no"),
        ({"error": "bad", "error_type": "validation"}, ProviderRequestError, "bad"),
        ({"error": "busy", "error_type": "overloaded"}, ProviderOverloadedError, "busy"),
        ({"error": "it broke", "error_type": "generation"}, ProviderResponseError, "it broke"),
        ({"error": "maximum context length is 5"}, ContextLengthError, "maximum"),
        ({"error": ["a", "b"]}, ProviderResponseError, "a; b"),
        ({"object": "error", "message": "it broke"}, ProviderResponseError, "it broke"),
        ({"error": True}, ProviderResponseError, "without a message"),
        ({"error": {"message": "x"}, "choices": [{"delta": {}}]}, ProviderResponseError, "x"),
    ],
)
def test_an_error_in_the_stream_has_its_class(error, kind, message):
    """A service that fails after status 200 says how."""
    (event,) = events_of([sse(error)])

    assert isinstance(event, StreamFailure)
    assert type(event.error) is kind
    assert message in event.error.message


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ('{"error": {"message": "too busy", "code": 503}}', ProviderOverloadedError),
        ('{"message": "too busy", "type": "overloaded_error"}', ProviderOverloadedError),
        ('{"detail": [{"msg": "too busy"}]}', ProviderResponseError),
        ("too busy", ProviderResponseError),
    ],
)
def test_an_event_that_is_named_error_is_one(data, kind):
    """Whatever its data looks like, also behind a finished answer."""
    stream = sse(chunk(finish="stop")) + f"event: error\ndata: {data}\n\n".encode()

    failure = events_of([stream])[-1]

    assert isinstance(failure, StreamFailure)
    assert type(failure.error) is kind
    assert failure.error.message == "too busy"


def test_other_names_of_events_mean_nothing():
    """A chunk is one, however its event is called."""
    assert added_up(pieces=[b"event: delta\n" + sse(chunk("Blue."))]).text == "Blue."


def test_events_before_an_error_are_kept():
    """What was said before it is an event of its own."""
    events = events_of([sse(chunk("Bl"), {"error": "it broke"})])

    assert [type(event) for event in events] == [Delta, StreamFailure]


def test_unknown_fields_are_tolerated():
    """Services add what they like."""
    extra = {**chunk("Blue.", obfuscation="xyz"), "x_groq": {"usage": {"prompt_tokens": 9}}}

    assert added_up(extra).text == "Blue."
    assert added_up(extra).usage is None


def test_broken_characters_do_not_end_the_answer():
    """Half a character is one replaced character."""
    data = sse(chunk("Bl?ue.")).replace(b"?", b"\xf0\x9f")

    assert added_up(pieces=[data]).text == "Bl\ufffdue."


DELTA = st.dictionaries(
    st.sampled_from(
        [
            "content",
            "refusal",
            "reasoning",
            "reasoning_content",
            "thinking",
            "reasoning_details",
            "tool_calls",
        ]
    ),
    JSON,
)
FRAGMENT = st.dictionaries(st.sampled_from(["index", "id", "type", "function"]), JSON)
CALLS = st.lists(FRAGMENT, max_size=3).map(lambda calls: {"tool_calls": calls})
CHUNK = st.fixed_dictionaries(
    {
        "choices": st.lists(
            st.fixed_dictionaries(
                {"delta": DELTA | CALLS}, optional={"index": JSON, "finish_reason": JSON}
            ),
            max_size=2,
        )
    },
    optional={"usage": JSON, "model": JSON, "id": JSON, "object": JSON, "error": JSON},
)


@given(st.lists(CHUNK | JSON, max_size=4))
def test_no_chunk_breaks_the_contract(chunks):
    """Whatever JSON comes, it makes events, and an answer of the contract's types."""
    data = b"".join(f"data: {json.dumps(item)}\n\n".encode() for item in chunks)

    assert_keeps_types(added_up(pieces=[data, DONE]))


@given(st.binary(max_size=100))
def test_no_bytes_break_the_decoder(data):
    """Anything may arrive, also behind ``data:``."""
    for stream in (data, b"data: " + data + b"\n\n", b"data: {" + data + b"}\n\n"):
        assert_keeps_types(added_up(pieces=[stream]))


def test_an_event_nested_without_end():
    """It is junk in the stream, not the caller's ``RecursionError``."""
    deep = b'[{"type":"text","text":' + b"[" * 900 + b'"x"' + b"]" * 900 + b"}]"
    stream = sse(chunk("HERE")).replace(b'"HERE"', deep)

    events = DIALECT.stream_decoder(CALL).feed(stream)

    assert [type(event) for event in events] == [StreamJunk]


def test_finish_reason_error_is_an_error():
    """A stream that the service ends with an error has what came before it, and fails."""
    delta, failure = events_of([sse(chunk("Bl", finish="error"))])

    assert delta.text == "Bl"
    assert isinstance(failure, StreamFailure)


ENVELOPES = [
    {"choices": None, "base_resp": {"status_code": 1008, "status_msg": "boom"}},
    {"choices": [], "base_resp": {"status_code": 1002, "status_msg": "boom"}},
    {"success": False, "code": 500, "msg": "boom"},
    {"success": False, "message": "boom", "choices": []},
    {"code": 500, "msg": "boom"},
    {"code": "InternalError", "message": "boom", "usage": {"total_tokens": 3}},
    {"error_code": 336100, "error_msg": "boom"},
    {"errcode": 40001, "errmsg": "boom", "choices": []},
    {"errors": [{"message": "boom"}], "choices": []},
    {"message": "boom", "code": 500, "choices": []},
    {"status": "error", "message": "boom", "choices": []},
    {"status": 500, "detail": "boom", "choices": []},
    {"type": "error", "message": "boom"},
    {"is_error": True, "message": "boom"},
    {"msg": "boom"},
    {"error": {"msg": "boom"}},
    {"code": 500, "message": "boom", "choices": [{"index": 0, "delta": {}}]},
    {"choices": [{"index": 0, "delta": {"error": {"message": "boom"}}}]},
    {"choices": [{"index": 0, "delta": {"content": "", "error": "boom"}}]},
    {"choices": [{"index": 0, "message": {"error": {"message": "boom"}}}]},
]


@pytest.mark.parametrize("body", ENVELOPES)
def test_an_error_in_any_envelope_ends_the_stream(body):
    """What had come is kept, and the terminator after it makes no whole answer of it."""
    events = events_of([sse(chunk("Half an"), body, done=True)])

    failures = [event.error for event in events if isinstance(event, StreamFailure)]
    assert events[0].text == "Half an"
    assert [error.message for error in failures] == ["boom"]


@pytest.mark.parametrize("body", [{"error_type": "generation", "usage": {"a": 1}}, {"code": 1}])
def test_an_error_needs_no_words(body):
    """A code alone says that there is one."""
    (event,) = events_of([sse(body)])

    assert isinstance(event, StreamFailure)


@pytest.mark.parametrize("body", ENVELOPES[:17])
def test_an_error_in_any_envelope_is_one_in_a_whole_answer(body):
    """It has the service's words."""
    with pytest.raises(ProviderError, match="boom"):
        parsed(body)


FINE = [
    *({"base_resp": {"status_code": 0, "status_msg": text}} for text in ("", "success")),
    *({"code": code} for code in (0, 200, "0", "200", "success", "ok", "00000", None)),
    {"code": 0, "message": "success"},
    {"code": 200, "msg": "\u64cd\u4f5c\u6210\u529f"},
    {"message": ""},
    {"success": True, "message": "started"},
    {"errors": [], "error_code": 0, "error_msg": "", "error_type": None},
    {"detail": None, "status": "success"},
]


@pytest.mark.parametrize("fields", FINE)
@pytest.mark.parametrize("rest", [{}, {"choices": []}, {"usage": {"total_tokens": 3}}])
def test_an_envelope_of_success_is_no_error(fields, rest):
    """Many services fill in their envelope on every chunk, with content or without."""
    assert added_up({**chunk("Bl"), **fields}, {**rest, **fields}, chunk("ue.")).text == "Blue."


def test_an_error_beside_content_loses_nothing():
    """MiniMax reports what it stopped at beside the last words."""
    body = {**chunk("ue."), "base_resp": {"status_code": 1027, "status_msg": "boom"}}

    events = events_of([sse(chunk("Bl"), body)])

    assert [event.text for event in events[:-1]] == ["Bl", "ue."]
    assert events[-1].error.message == "boom"


@pytest.mark.parametrize("name", ["exception", "Error", "stream_error", "response.failed", "fatal"])
def test_an_event_may_be_an_error_by_its_name(name):
    """Whatever fields its data has."""
    (event,) = events_of([f"event: {name}\n".encode() + sse({"msg": "boom"})])

    assert event.error.message == "boom"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            {"code": "Throttling.RateQuota", "message": "Requests rate limit exceeded"},
            ProviderRateLimitError,
        ),
        ({"code": "Throttling", "message": "no"}, ProviderRateLimitError),
        ({"error": {"message": "Too many requests"}}, ProviderRateLimitError),
        ({"error": {"status": "RESOURCE_EXHAUSTED", "message": "no"}}, ProviderRateLimitError),
        ({"error": {"status": "UNAVAILABLE", "message": "no"}}, ProviderOverloadedError),
        ({"error": {"status": "UNAUTHENTICATED", "message": "no"}}, ProviderAuthError),
        ({"error": {"status": "PERMISSION_DENIED", "message": "no"}}, ProviderPermissionError),
        ({"error": {"status": "DEADLINE_EXCEEDED", "message": "no"}}, ProviderTimeoutError),
        ({"error": {"status": "INVALID_ARGUMENT", "message": "no"}}, ProviderRequestError),
        ({"error": {"status": "INTERNAL", "message": "no"}}, ProviderUnavailableError),
        ({"error": {"status": "NOT_FOUND", "message": "no"}}, ProviderModelNotFoundError),
        ({"error": {"message": "The engine is overloaded"}}, ProviderOverloadedError),
        (
            {"base_resp": {"status_code": 1008, "status_msg": "no"}},
            ProviderQuotaError,
        ),
        ({"base_resp": {"status_code": 1002, "status_msg": "no"}}, ProviderRateLimitError),
        ({"base_resp": {"status_code": 1004, "status_msg": "no"}}, ProviderAuthError),
        ({"errors": [{"code": "model_not_found", "message": "no"}]}, ProviderModelNotFoundError),
    ],
)
def test_an_error_without_status_has_the_class_of_its_words(body, kind):
    """A stream has no status of its own."""
    (event,) = events_of([sse(body)])

    assert type(event.error) is kind
