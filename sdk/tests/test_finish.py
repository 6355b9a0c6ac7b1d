"""Why an answer ended, in the words of many services."""

import pytest
from provider_sdk import ProviderResponseError, StreamFailure, StreamInterruptedError
from provider_sdk.chat_completions._finish import finish_reason, is_broken_end

from ._answers import added_up, events_of, parsed
from ._service import KEY, USER, Reply, Service, chunk, completion, sse, streamed, tool

WORDS = {
    "stop": "stop STOP Stop eos EOS end_turn end-turn endturn END_TURN endTurn COMPLETE completed"
    " stop_sequence stop-sequence FINISH_REASON_STOP finished",
    "length": "length LENGTH max_tokens MAX_TOKENS maxTokens max-tokens MaxTokens max_output_tokens"
    " length_limit token_limit model_length model_context_window_exceeded context_length_exceeded"
    " FINISH_REASON_MAX_TOKENS ERROR_LIMIT token_limit_exceeded length_exceeded"
    " context_limit_exceeded max_completion_length tokens_exhausted",
    "tool_calls": "tool_calls TOOL_CALLS tool-calls tool_call tool_use function_call toolUse",
    "content_filter": "content_filter content-filter CONTENT_FILTER contentFilter ContentFiltered"
    " safety SAFETY sensitive recitation RECITATION PROHIBITED_CONTENT BLOCKLIST SPII moderation"
    " blocked guardrail_intervened ERROR_TOXIC IMAGE_PROHIBITED_CONTENT IMAGE_RECITATION"
    " MODEL_ARMOR responsible_ai_policy_violation prompt_filtered output_blocked",
    "refusal": "refusal Refusal",
    "other": "other OTHER unknown FINISH_REASON_UNSPECIFIED made_up LANGUAGE load"
    " default whatever stop_token_reached",
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
    "failed_generation",
    "terminated",
    "connection_reset",
    "connection_lost",
    "server_busy",
    "throttled",
    "engine_dead",
    "out_of_memory",
    "quota_exceeded",
    "worker_died",
    "client_disconnected",
    "stream_closed",
    "broken",
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


@pytest.mark.parametrize("raw", [False, True, 0, 1, 2.5, [], ["stop"], {}, {"type": "stop"}])
def test_what_is_not_text_is_no_finish_reason(raw):
    """A stream that was cut is not whole because each chunk had ``false``."""
    response = added_up(chunk("Bl", finish=raw), chunk("ue.", finish=raw))

    assert (response.text, response.raw_finish_reason) == ("Blue.", None)
    assert finish_reason(raw) is None


async def test_a_cut_stream_without_finish_reasons_in_text_is_cut():
    """Nothing said that it ended."""
    pieces = sse(chunk("Bl", finish=False), chunk("ue.", finish=False))
    stream = await Service(streamed(pieces)).provider().chat(USER, stream=True)

    with pytest.raises(StreamInterruptedError) as caught:
        await stream.collect()

    assert caught.value.partial.text == "Blue."


async def broken(pieces):
    """The error of a stream of these bytes."""
    stream = await Service(streamed(pieces)).provider().chat(USER, stream=True)
    with pytest.raises(ProviderResponseError) as caught:
        await stream.collect()
    return caught.value


async def test_a_broken_end_of_a_stream_shows_no_credential():
    """Neither its message nor its partial answer, if the service echoes one."""
    error = await broken(sse(chunk("Bl", finish=f"error_{KEY}")))

    assert error.partial.text == "Bl"
    assert error.partial.raw_finish_reason == "error_[redacted]"
    assert KEY not in str(error)


async def test_a_broken_end_of_a_whole_answer_shows_no_credential():
    """The decoded body that is kept holds none either."""
    with pytest.raises(ProviderResponseError) as caught:
        await Service(Reply(ended(f"error_{KEY}"))).provider().chat(USER)

    assert caught.value.partial.raw_finish_reason == "error_[redacted]"
    assert KEY not in repr(caught.value.partial) + str(caught.value)


async def test_an_error_after_a_finish_reason_shows_no_credential():
    """The finish reason need not be the fault."""
    error = await broken(sse(chunk("Bl", finish=f"made_up_{KEY}"), {"error": "it broke"}))

    assert error.partial.raw_finish_reason == "made_up_[redacted]"
