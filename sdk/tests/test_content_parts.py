"""Content that comes in parts, and reasoning among them."""

import pytest

from ._answers import added_up, parsed
from ._service import chunk, completion


@pytest.mark.parametrize(
    "part",
    [
        {"type": "reasoning", "reasoning": "Hm."},
        {"type": "reasoning", "text": "Hm."},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {"type": "reasoning_content", "reasoning_content": "Hm."},
        {"type": "reasoning_text", "text": "Hm."},
        {"type": "thinking", "thinking": "Hm."},
        {"type": "Thinking", "content": "Hm."},
        {"type": "thought", "text": "Hm."},
        {"type": "text", "text": "Hm.", "thought": True},
    ],
)
def test_parts_of_reasoning_are_no_text(part):
    """Each service names the type and its field in its own way."""
    parts = [part, {"type": "output_text", "text": "Bl"}, "ue", {"type": "text", "text": "."}]

    for response in (parsed(completion(parts)), added_up(chunk(parts))):
        assert (response.text, response.reasoning) == ("Blue.", "Hm.")


def test_redacted_reasoning_has_no_text():
    """What nobody may read is neither text nor reasoning."""
    parts = [{"type": "redacted_thinking", "data": "xyz"}, {"type": "text", "text": "Blue."}]

    for response in (parsed(completion(parts)), added_up(chunk(parts))):
        assert (response.text, response.reasoning) == ("Blue.", None)


def test_a_part_may_be_a_refusal():
    """Its words stand in ``refusal``, as those of the field do."""
    parts = [{"type": "refusal", "refusal": "I will not."}]

    for response in (parsed(completion(parts)), added_up(chunk(parts))):
        assert (response.text, response.refusal) == ("", "I will not.")


def test_content_may_be_a_single_part():
    """One part outside a list is the whole content."""
    part = {"type": "text", "text": "Blue."}

    assert parsed(completion(part)).text == added_up(chunk(part)).text == "Blue."


def test_reasoning_may_be_an_object():
    """Its text is found in it."""
    thought = {"content": "Hm."}

    assert parsed(completion(reasoning=thought)).reasoning == "Hm."
    assert added_up(chunk("Blue.", reasoning=thought)).reasoning == "Hm."
