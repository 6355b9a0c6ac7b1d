"""Why an answer ended, in the words of many services."""

import pytest
from provider_sdk import ProviderResponseError, StreamFailure, StreamInterruptedError
from provider_sdk.chat_completions._finish import finish_reason, is_broken_end

from ._answers import added_up, events_of, parsed
from ._service import USER, Reply, Service, chunk, completion, sse, streamed, tool

WORDS = {
    "stop": "stop STOP Stop eos EOS end_turn end-turn endturn END_TURN endTurn COMPLETE completed"
    " stop_sequence stop-sequence FINISH_REASON_STOP finished",
    "length": "length LENGTH max_tokens MAX_TOKENS maxTokens max-tokens MaxTokens max_output_tokens"
    " length_limit token_limit model_length model_context_window_exceeded context_length_exceeded"
    " FINISH_REASON_MAX_TOKENS ERROR_LIMIT",
    "tool_calls": "tool_calls TOOL_CALLS tool-calls tool_call tool_use function_call toolUse",
    "content_filter": "content_filter content-filter CONTENT_FILTER contentFilter ContentFiltered"
    " safety SAFETY sensitive recitation RECITATION PROHIBITED_CONTENT BLOCKLIST SPII moderation"
    " blocked guardrail_intervened ERROR_TOXIC",
    "refusal": "refusal Refusal",
    "other": "other OTHER unknown FINISH_REASON_UNSPECIFIED made_up LANGUAGE load",
}
CASES = [(word, finish) for finish, words in WORDS.items() for word in words.split()]
BROKEN = [
    "error",
    "ERROR",
    "network_error",
    "network-error",
    "NETWORK_ERROR",
    "networkError",
    "server_error",
    "internal_error",
    "upstream_error",
    "engine_error",
    "failed",
    "failure",
    "abort",
    "aborted",
    "ABORT",
    "cancel",
    "cancelled",
    "canceled",
    "CANCELLED",
    "user_cancel",
    "timeout",
    "timed_out",
    "time_limit",
    "TIMEOUT",
    "insufficient_system_resource",
    "interrupted",
    "overloaded",
    "service_unavailable",
    "resource_exhausted",
    "rate_limit",
    "preempted",
    "MALFORMED_FUNCTION_CALL",
]


def ended(raw, content="Bl"):
    """A whole answer with this finish reason."""
    body = completion(content)
    body["choices"][0]["finish_reason"] = raw
    return body


@pytest.mark.parametrize(("raw", "finish"), CASES)
def test_words_are_compared_without_case(raw, finish):
    """Capitals, hyphens and prefixes make no other word; the service's own is kept."""
    for response in (parsed(ended(raw)), added_up(chunk("Bl"), chunk(finish=raw))):
        assert (response.finish_reason, response.raw_finish_reason) == (finish, raw)


@pytest.mark.parametrize("raw", [None, "", "null", "NULL", "None"])
def test_no_word_is_no_end(raw):
    """Some services say so on every chunk before the last."""
    response = added_up(chunk("Bl", finish=raw), chunk("ue."))

    assert (response.text, response.raw_finish_reason) == ("Blue.", None)
    assert parsed(ended(raw)).finish_reason == "other"
    assert parsed(ended(raw)).raw_finish_reason is None


@pytest.mark.parametrize("raw", BROKEN)
async def test_a_broken_end_of_a_whole_answer_is_an_error(raw):
    """It names the word, and has what came as ``partial``."""
    with pytest.raises(ProviderResponseError, match=f"finish reason '{raw}'") as caught:
        await Service(Reply(ended(raw))).provider().chat(USER)

    assert caught.value.partial.text == "Bl"
    assert caught.value.partial.raw_finish_reason == raw
    assert caught.value.partial.usage.total_tokens == 7


@pytest.mark.parametrize("raw", BROKEN)
async def test_a_broken_end_of_a_stream_is_an_error(raw):
    """The reader sees what came before it, then the error with it as ``partial``."""
    pieces = sse(chunk("Bl"), chunk("ue.", finish=raw), done=True)
    stream = await Service(streamed(pieces)).provider().chat(USER, stream=True)

    texts = [(await anext(stream)).text, (await anext(stream)).text]
    with pytest.raises(StreamInterruptedError, match=f"finish reason '{raw}'") as caught:
        await anext(stream)

    assert texts == ["Bl", "ue."]
    assert caught.value.partial.text == "Blue."


async def test_a_whole_answer_to_a_stream_that_breaks_is_an_error_too():
    """A service that ignored ``stream`` is read the same way."""
    with pytest.raises(ProviderResponseError) as caught:
        await Service(Reply(ended("network_error"))).provider().chat(USER, stream=True)

    assert caught.value.partial.text == "Bl"


def test_what_was_held_back_comes_before_the_broken_end():
    """Nothing that came is lost."""
    events = events_of([sse(chunk("a <thi", finish="network_error"))])

    assert [getattr(event, "text", None) for event in events] == ["a ", "<thi", None]
    assert isinstance(events[-1], StreamFailure)


def test_the_calls_of_a_broken_answer_are_kept():
    """They are part of what had come."""
    body = ended("network_error", None)
    body["choices"][0]["message"]["tool_calls"] = [tool(None, "c1", "now", "{}")]

    with pytest.raises(ProviderResponseError) as caught:
        parsed(body)

    assert caught.value.partial.tool_calls[0].name == "now"


def test_a_broken_answer_without_message_has_no_partial():
    """The error is the end's all the same."""
    body = ended("error")
    del body["choices"][0]["message"]

    with pytest.raises(ProviderResponseError, match="finish reason 'error'") as caught:
        parsed(body)

    assert caught.value.partial is None


@pytest.mark.parametrize(
    "raw", ["content_filter: RECITATION", "content_filter: PROHIBITED_CONTENT"]
)
def test_a_word_may_be_explained(raw):
    """What stands behind a colon says why."""
    assert parsed(ended(raw)).finish_reason == "content_filter"
    assert added_up(chunk("Bl", finish=raw)).finish_reason == "content_filter"


def test_an_explanation_may_be_the_fault():
    """Gemini's compatible service ends so where the model wrote no valid call."""
    with pytest.raises(ProviderResponseError, match="MALFORMED_FUNCTION_CALL"):
        parsed(ended("function_call_filter: MALFORMED_FUNCTION_CALL"))


def test_a_word_that_denies_an_error_is_a_whole_end():
    """It only looks like one for a broken end."""
    assert finish_reason("no_error") == "stop"
    assert not is_broken_end("no_error")
