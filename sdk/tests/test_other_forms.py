"""Answers that stand elsewhere: whole messages in streams, and the text of older completions."""

import pytest

from ._answers import added_up, parsed
from ._service import chunk, completion

CALLS = [{"id": "c9", "function": {"name": "search", "arguments": '{"q": "cats"}'}}]


def with_message(**message):
    """A chunk with a whole message instead of a delta, as a choice of a whole answer has it."""
    return completion(**message)


def with_text(text, finish=None):
    """A chunk, or an answer, of the older completions."""
    return {"choices": [{"index": 0, "text": text, "logprobs": None, "finish_reason": finish}]}


def test_a_stream_may_be_one_whole_message():
    """Some servers answer a call for a stream so, in one event."""
    answer = added_up(with_message(reasoning_content="Light.", tool_calls=CALLS))

    assert (answer.text, answer.reasoning) == ("Blue.", "Light.")
    assert [(call.id, call.arguments) for call in answer.tool_calls] == [("c9", {"q": "cats"})]
    assert answer.finish_reason == "tool_calls"


@pytest.mark.parametrize("first", [chunk("", role="assistant"), {"choices": []}])
def test_a_whole_message_may_follow_a_chunk_without_content(first):
    """A role alone is not an answer."""
    assert added_up(first, with_message()).text == "Blue."


@pytest.mark.parametrize(
    "before", [chunk("Blue."), chunk(reasoning_content="Light."), chunk(tool_calls=CALLS)]
)
def test_a_whole_message_after_its_pieces_repeats_nothing(before):
    """MiniMax sends the answer once more in the last chunk; its usage and finish reason count."""
    alone, both = added_up(before), added_up(before, with_message(tool_calls=CALLS))

    assert (both.text, both.reasoning, both.tool_calls) == (
        (alone.text, alone.reasoning, alone.tool_calls)
    )
    assert both.raw_finish_reason == "stop"
    assert both.usage is not None


@pytest.mark.parametrize("message", ["Blue.", 7, [], {"content": 5}, {"content": None}])
def test_a_message_of_another_kind_says_nothing(message):
    """It is foreign data, not an error of the stream."""
    broken = completion()
    broken["choices"][0]["message"] = message

    assert added_up(broken, chunk("Green.")).text == "Green."


def test_text_of_older_completions_is_the_answer():
    """Whole, and in pieces."""
    assert parsed(with_text("Blue.", "stop")).text == "Blue."
    assert added_up(with_text("Bl"), with_text("ue."), with_text("", "stop")).text == "Blue."


def test_text_beside_a_delta_is_the_same_text():
    """Together sends both."""
    both = chunk("Blue.")
    both["choices"][0]["text"] = "Blue."

    assert added_up(both).text == "Blue."
