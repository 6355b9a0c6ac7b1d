"""JSON as services really send it."""

import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk.decoding import decode_json, json_safe, number_or_none, token_count


class Answer(msgspec.Struct):
    text: str = ""
    rest: Any = None


def test_a_type_takes_what_it_knows():
    """Unknown fields are skipped, absent ones have their default."""
    assert decode_json(b'{"text": "a", "other": {"b": 1}}', Answer) == Answer("a")


@pytest.mark.parametrize("data", [b"", b" ", b"{", b"nope", b"[1,]", b"<html>", b"\xff", b"[\xff]"])
def test_what_is_no_json_is_a_value_error(data):
    """There is one class of error to expect."""
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the JSON decoder's
        decode_json(data)


@pytest.mark.parametrize("data", [b"[]", b'{"text": 5}', b"null"])
def test_another_type_is_a_value_error(data):
    """Valid JSON of another shape is an error too."""
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the JSON decoder's
        decode_json(data, Answer)


@pytest.mark.parametrize(
    "data", [b'{"text": "a\xffb"}', b'{"text": "a\\ud83db"}', b'{"text": "a\\udc00b"}']
)
def test_broken_characters_are_replaced(data):
    """Half a character becomes U+FFFD instead of ending the answer."""
    assert decode_json(data, Answer).text == "a\ufffdb"


def test_broken_characters_are_replaced_everywhere():
    """Keys and nested values are mended too."""
    assert decode_json(b'{"\\ud800": ["\\ud800", 1]}') == {"\ufffd": ["\ufffd", 1]}


def test_a_pair_of_surrogates_is_a_character():
    """Escaped characters beyond the basic plane are whole."""
    assert decode_json(b'"\\ud83e\\udd94"') == "\U0001f994"


def test_a_byte_order_mark_is_ignored():
    """Some servers send one before the body."""
    assert decode_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 9999 + b"]" * 9999])
def test_deep_nesting_is_a_value_error(data):
    """A body made to exhaust the stack is refused as no JSON."""
    with pytest.raises(ValueError, match="nested too deeply"):
        decode_json(data)


@given(st.binary(max_size=50))
def test_no_bytes_raise_anything_but_value_error(data):
    """Whatever arrives, it is a value or a ``ValueError``."""
    try:
        decode_json(data)
    except ValueError:
        return


@given(st.text().map(json.dumps))
def test_text_is_what_json_says(text):
    """Every text that JSON can carry arrives, lone surrogates as U+FFFD."""
    expected = json.loads(text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    assert decode_json(text.encode()) == expected


def test_deep_nesting_beside_broken_text_is_a_value_error():
    """What needs lenient reading is bounded as well."""
    with pytest.raises(ValueError, match="nested too deeply"):
        decode_json(b'["\xff", ' + b"[" * 100_000 + b"]" * 100_001)


@pytest.mark.parametrize("character", ["\n", "\t", "\r", "\x00", "\x1f"])
def test_control_characters_in_strings_are_taken(character):
    """Servers that write JSON by hand do not escape them."""
    assert (
        decode_json(b'{"text": "a' + character.encode() + b'b"}', Answer).text == f"a{character}b"
    )


@pytest.mark.parametrize(
    "mark", [b"\xef\xbb\xbf" * 2, b" \xef\xbb\xbf\r\n", b"\xef\xbb\xbf \xef\xbb\xbf"]
)
def test_several_byte_order_marks_are_ignored(mark):
    """Each stage of a pipeline may add its own."""
    assert decode_json(mark + b'{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 5000])
def test_a_number_that_is_none_does_not_end_the_answer(number):
    """It is a float that is not finite, and every reader of numbers leaves it out."""
    found = decode_json(b'{"text": "a", "rest": ' + number.encode() + b"}", Answer)

    assert found.text == "a"
    assert not math.isfinite(found.rest)
    assert token_count(found.rest) is number_or_none(found.rest) is None


@pytest.mark.parametrize("number", [10**400, -(10**400), 2**64, 1e300, float("nan")])
def test_readers_of_numbers_never_overflow(number):
    """A number beyond all counts is no count."""
    assert token_count(number) is None
    assert number_or_none(number) is None or math.isfinite(number_or_none(number))


def _nested(depth, inner="1"):
    return ("[" * depth + inner + "]" * depth).encode()


@pytest.mark.parametrize("inner", ["1", '"\\ud800"', '"[[[["', '"\\"[{"', "NaN"])
def test_the_limit_of_nesting_is_our_own(inner):
    """Two hundred levels are read and no more, whatever the interpreter could follow."""
    decode_json(_nested(200, inner))
    with pytest.raises(ValueError, match="nested too deeply"):
        decode_json(_nested(201, inner))


def test_brackets_in_strings_are_no_nesting():
    """Code in an answer has many."""
    text = "[{(" * 5000 + '"' + "\\"
    data = json.dumps({"text": text}).encode()

    assert decode_json(data, Answer).text == text


def test_many_brackets_side_by_side_are_no_nesting():
    """A long list is shallow, also where strings in it hold brackets."""
    for text in ("x", "[[", "]]"):
        value = [{"a": [1, [2]], "b": text}] * 3000
        assert decode_json(json.dumps(value).encode()) == value


def test_json_safe_leaves_out_what_json_cannot_say():
    """Everything else stays as it is."""
    value = {
        "a": [1, 2.5, float("nan"), (float("inf"),)],
        "b": 10**5000,
        "c": "x",
        "d": True,
        "e": None,
    }

    assert json_safe(value) == {
        "a": [1, 2.5, None, [None]],
        "b": None,
        "c": "x",
        "d": True,
        "e": None,
    }
