"""Lenient readers of decoded JSON."""

import pytest
from provider_sdk.decoding import (
    arguments_text,
    call_id,
    flag_or_none,
    list_of_mappings,
    list_of_texts,
    mapping_or_empty,
    number_or_none,
    text_or_none,
    token_count,
)


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (text_or_none, "a", "a"),
        (text_or_none, "", None),
        (text_or_none, 5, None),
        (number_or_none, 5, 5.0),
        (number_or_none, 0.25, 0.25),
        (number_or_none, True, None),
        (number_or_none, "5", None),
        (number_or_none, float("nan"), None),
        (number_or_none, 10**400, None),
        (flag_or_none, False, False),
        (flag_or_none, 0, None),
        (mapping_or_empty, {"a": 1}, {"a": 1}),
        (mapping_or_empty, ["a"], {}),
        (list_of_mappings, [{"a": 1}, "b", None], [{"a": 1}]),
        (list_of_mappings, {"a": 1}, []),
        (list_of_texts, ["a", 1, "b"], ["a", "b"]),
        (list_of_texts, "ab", []),
        (token_count, 7, 7),
        (token_count, 7.0, 7),
        (token_count, -1, None),
        (token_count, True, None),
        (arguments_text, '{"a": 1}', '{"a": 1}'),
        (arguments_text, {"a": "ä"}, '{"a": "ä"}'),
        (arguments_text, None, ""),
    ],
)
def test_readers_take_what_they_know(read, value, expected):
    """And leave out everything of another type."""
    assert read(value) == expected


@pytest.mark.parametrize(
    ("wire_id", "answer_id", "expected"),
    [("c1", "a", "c1"), (7, "a", "7"), ("", "a", "call_a_2"), (None, None, "call_2")],
)
def test_a_missing_call_id_is_made_of_the_answer_and_the_position(wire_id, answer_id, expected):
    """So that ids of two turns differ where the answer has one."""
    assert call_id(wire_id, 2, answer_id) == expected
