"""Bytes to lines."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_sdk.decoding import DecodeLimitError, LineDecoder

from ._cuts import fed, partitions, single_splits

PIECES = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"\xf0\x9f\xa6\x94", b""]))


def lines_of(data):
    """The lines of the data by the definition: CRLF, CR and LF end one."""
    lines = re.split(rb"\r\n|\r|\n", data)
    return lines if lines[-1] else lines[:-1]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_every_line_end_is_understood(end):
    """LF, CR and CRLF end a line."""
    assert fed(LineDecoder(), [b"one" + end + b"two" + end]) == [b"one", b"two"]


def test_a_blank_line_is_a_line():
    """Two line ends make an empty line between them."""
    assert fed(LineDecoder(), [b"a\n\r\n\rb"]) == [b"a", b"", b"", b"b"]


def test_crlf_cut_in_two_is_one_line_end():
    """The LF that follows a CR in the next bytes ends nothing."""
    assert fed(LineDecoder(), [b"a\r", b"\n", b"b\r", b"", b"\nc"]) == [b"a", b"b", b"c"]


def test_a_cr_ends_its_line_at_once():
    """Nobody waits for a LF that may never come."""
    assert LineDecoder().feed(b"a\r") == [b"a"]


def test_the_last_line_needs_no_end():
    """What is held at the end of the bytes is a line."""
    assert fed(LineDecoder(), [b"a\nb"]) == [b"a", b"b"]


def test_flush_gives_a_line_once():
    """A second flush has nothing left."""
    decoder = LineDecoder()
    decoder.feed(b"a")

    assert decoder.flush() == [b"a"]
    assert decoder.flush() == []


@given(PIECES.map(b"".join))
def test_lines_do_not_depend_on_any_single_split(data):
    """Cut anywhere, or into single bytes, the lines are the same."""
    for pieces in single_splits(data):
        assert fed(LineDecoder(), pieces) == lines_of(data)


@given(st.data(), PIECES.map(b"".join))
def test_lines_do_not_depend_on_the_partition(choose, data):
    """Cut many times, into empty pieces too, the lines are the same."""
    assert fed(LineDecoder(), choose.draw(partitions(data))) == lines_of(data)


@pytest.mark.parametrize("pieces", [[b"x" * 11 + b"\n"], [b"x" * 6, b"x" * 5], [b"x"] * 11])
def test_a_line_over_its_limit_is_an_error(pieces):
    """The error names the limit, however the line arrives."""
    with pytest.raises(DecodeLimitError, match="longer than 10 bytes"):
        fed(LineDecoder(max_bytes=10), pieces)


@pytest.mark.parametrize("pieces", [[b"x" * 10 + b"\r\n"], [b"x"] * 10, [b"x" * 10 + b"\n"] * 5])
def test_a_line_of_its_limit_is_fine(pieces):
    """The limit is for one line, its end not counted."""
    assert set(fed(LineDecoder(max_bytes=10), pieces)) == {b"x" * 10}
