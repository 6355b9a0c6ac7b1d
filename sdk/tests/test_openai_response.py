"""What an OpenAI-compatible service answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk import (
    HttpReply,
    ProviderError,
    ProviderOverloadedError,
    ProviderResponseError,
)

from ._answers import CALL, DIALECT, JSON, assert_keeps_types, parsed, reply
from ._service import USER, Reply, Service, completion


def with_choice(**choice):
    """A completion with other fields in its choice."""
    body = completion()
    body["choices"][0].update(choice)
    return body


def test_an_answer():
    """Text, finish reason, usage and model are those of the service."""
    response = parsed(completion())

    assert response.text == "Blue."
    assert response.finish_reason == response.raw_finish_reason == "stop"
    assert response.usage.total_tokens == 7
    assert response.model == "acme-large-0815"


def test_raw_is_the_decoded_body():
    """Whatever the contract leaves out can be found there."""
    body = {**completion(), "x_extra": [1]}

    assert parsed(body).raw == body


@pytest.mark.parametrize("model", [None, "", 5])
def test_the_model_asked_for_counts_where_none_is_reported(model):
    """``model`` is never empty."""
    assert parsed({**completion(), "model": model}).model == "asked-model"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("stop", "stop"),
        ("eos", "stop"),
        ("eos_token", "stop"),
        ("stop_sequence", "stop"),
        ("length", "length"),
        ("model_length", "length"),
        ("max_tokens", "length"),
        ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"),
        ("content_filter", "content_filter"),
        ("refusal", "refusal"),
        ("", "other"),
        (None, "other"),
        (1, "other"),
        ({}, "other"),
    ],
)
def test_finish_reasons_are_mapped(raw, reason):
    """Known words have their meaning, unknown ones are ``other``."""
    assert parsed(with_choice(finish_reason=raw)).finish_reason == reason


def test_the_raw_finish_reason_is_kept():
    """The service's own word is there to read."""
    assert parsed(with_choice(finish_reason="eos")).raw_finish_reason == "eos"


def test_an_absent_finish_reason_is_other():
    """Some answers have none."""
    body = completion()
    del body["choices"][0]["finish_reason"]

    assert parsed(body).finish_reason == "other"
    assert parsed(body).raw_finish_reason is None


def test_a_refusal_empties_the_text():
    """The words of a refusal stand in ``refusal``, and only there."""
    response = parsed(completion("ignored", refusal="I will not."))

    assert response.refusal == "I will not."
    assert response.text == ""


@pytest.mark.parametrize("refusal", [None, "", 5, {}])
def test_no_refusal_is_none(refusal):
    """An empty field refuses nothing."""
    response = parsed(completion("Blue.", refusal=refusal))

    assert response.refusal is None
    assert response.text == "Blue."


def test_text_keeps_its_blanks():
    """Leading spaces and line ends belong to the answer."""
    assert parsed(completion("\n Blue. \n")).text == "\n Blue. \n"


def test_of_several_answers_the_first_is_read():
    """With ``n`` the choice with index 0 counts, wherever it stands."""
    body = completion("first")
    second = {"index": 1, "message": {"content": "second"}, "finish_reason": "stop"}
    body["choices"].insert(0, second)

    assert parsed(body).text == "first"


def test_an_only_answer_may_have_any_index():
    """Numbers that begin elsewhere are no reason to fail."""
    assert parsed(with_choice(index=3)).text == "Blue."


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "answered with nothing instead of JSON"),
        (b"<!doctype html><title>Hello</title>", "answered with an HTML page instead of JSON"),
        (b"\xef\xbb\xbf<html>", "answered with an HTML page instead of JSON"),
        (b'data: {"choices": []}\n\n', "streamed its answer although it was not asked to"),
        (b"\nevent: message\ndata: {}\n\n", "streamed its answer although it was not asked to"),
        (b'{"a": 1}\n{"a": 2}\n', "streamed its answer although it was not asked to"),
        (b"{a: 1}\n{a: 2}\n", "answered with something else instead of JSON"),
        (b"Hello", "answered with something else instead of JSON"),
        (b"[" * 100_000, "answered with something else instead of JSON"),
        ([], "it holds no choices"),
        ({}, "it holds no choices"),
        ({"choices": None}, "it holds no choices"),
        ({"choices": []}, "it holds no choices"),
        ({"choices": [5]}, "its choices are not objects"),
        ({"choices": [{}]}, "the answer holds no message"),
        ({"choices": [{"message": "Blue."}]}, "the answer holds no message"),
    ],
)
async def test_a_success_that_is_no_answer_is_a_response_error(body, problem):
    """Status 200 alone is no answer; the error tells what came instead."""
    with pytest.raises(ProviderResponseError, match=problem) as caught:
        await Service(Reply(body)).provider().chat(USER)

    assert type(caught.value) is ProviderResponseError
    assert caught.value.status == 200


def test_the_request_id_is_kept():
    """Support asks for it."""
    response = DIALECT.parse_chat(CALL, reply(completion(), x_request_id="req-1"))

    assert response.request_id == "req-1"


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "too busy", "type": "overloaded_error"}},
        {"object": "error", "message": "too busy", "type": "overloaded_error"},
        {"error": {"message": "too busy", "code": 503}, "choices": [{"message": {}}]},
    ],
)
async def test_an_error_with_status_200_is_raised(body):
    """An error is one whatever its status says."""
    with pytest.raises(ProviderOverloadedError, match="too busy"):
        await Service(Reply(body)).provider(max_retries=0).chat(USER)


@pytest.mark.parametrize("error", [None, "", {}, []])
def test_an_empty_error_beside_an_answer_is_none(error):
    """Some services send the field always."""
    assert parsed({**completion(), "error": error}).text == "Blue."


MESSAGE = st.dictionaries(
    st.sampled_from(
        [
            "content",
            "refusal",
            "reasoning",
            "reasoning_content",
            "thinking",
            "reasoning_details",
            "tool_calls",
            "function_call",
        ]
    ),
    JSON,
)
BODY = st.fixed_dictionaries(
    {"choices": st.lists(st.fixed_dictionaries({"message": MESSAGE}, optional={"index": JSON}))},
    optional={"usage": JSON, "model": JSON, "id": JSON, "object": JSON, "error": JSON},
)


@given(BODY | JSON)
def test_no_body_breaks_the_contract(body):
    """Whatever JSON comes, it is an answer of the contract's types or a ``ProviderError``."""
    try:
        response = parsed(body)
    except ProviderError:
        return
    assert_keeps_types(response)


def test_an_answer_nested_without_end():
    """It is a broken answer, not the caller's ``RecursionError``."""
    deep = b'[{"type":"text","text":' + b"[" * 900 + b'"x"' + b"]" * 900 + b"}]"
    body = json.dumps(with_choice(message={"content": "HERE"})).encode()

    with pytest.raises(ProviderResponseError, match="nested"):
        DIALECT.parse_chat(CALL, HttpReply(200, {}, body.replace(b'"HERE"', deep)))


async def test_an_answer_that_ended_with_an_error_is_a_response_error():
    """A finish reason that reports an error is not an answer."""
    body = completion("Bl")
    body["choices"][0]["finish_reason"] = "error"

    with pytest.raises(ProviderResponseError, match="finish reason 'error'"):
        await Service(Reply(body)).provider().chat(USER)
