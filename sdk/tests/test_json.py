"""JSON as services really send it."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk.decoding import decode_json


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
