"""Bytes to newline-delimited JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk.decoding import DecodeLimitError, NDJSONDecoder

from ._cuts import fed, partitions, single_splits

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=5,
)
VALUES = [{"text": "\U0001f994\u00e9"}, [1, None], "a", {"done": True}]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("last", [True, False])
def test_every_single_byte_split_gives_the_same_values(start, end, last):
    """Line ends, a byte order mark and a missing last line end survive a cut at any byte."""
    lines = end.join(json.dumps(value, ensure_ascii=False) for value in VALUES)
    data = (start + lines + (end if last else "")).encode()

    for pieces in single_splits(data):
        assert fed(NDJSONDecoder(), pieces) == VALUES


@given(st.data(), st.lists(JSON, max_size=4))
def test_every_partition_gives_the_same_values(choose, values):
    """Many cuts, and empty reads between them, change nothing."""
    data = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)

    assert fed(NDJSONDecoder(), choose.draw(partitions(data.encode()))) == values


def test_blank_lines_are_dropped():
    """Keep-alive line ends are no values."""
    assert fed(NDJSONDecoder(), [b"\n \r\n1\n\n2\n\n"]) == [1, 2]


def test_a_value_comes_with_its_line_end():
    """Whoever has the whole line does not wait for the next."""
    assert NDJSONDecoder().feed(b'{"a": 1}\n') == [{"a": 1}]


@pytest.mark.parametrize("data", [b"{nope}\n", b"{", b"<html>\n"])
def test_a_line_that_is_no_json_is_an_error(data):
    """It is raised with the line's end, or at the end of the stream."""
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the JSON decoder's
        fed(NDJSONDecoder(), [data])


def test_values_before_a_line_that_is_no_json_come_first():
    """What arrived whole is not lost; whoever asks for more hears of the bad line, at any time."""
    decoder = NDJSONDecoder()

    assert decoder.feed(b"1\n2\nnope\n3\n") == [1, 2]
    for more in (lambda: decoder.feed(b"4\n"), lambda: decoder.feed(b""), decoder.flush):
        with pytest.raises(ValueError):  # noqa: PT011 - the words are the JSON decoder's
            more()


def test_a_line_over_its_limit_is_an_error():
    """A line that never ends is refused."""
    with pytest.raises(DecodeLimitError, match="longer than 10 bytes"):
        fed(NDJSONDecoder(max_line_bytes=10), [b"[1, 2, ", b"3, 4]"])
