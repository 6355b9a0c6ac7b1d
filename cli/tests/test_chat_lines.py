"""Lines and messages of standard input, however the bytes arrive."""

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.chat.entries import QUOTES
from ollama_cli.chat.lines.multiline import Assembler
from ollama_cli.chat.lines.standard_input import LineSplitter
from ollama_cli.terminal.line_page import LinePage

PIECES = st.lists(st.text(alphabet='ab\\"\n\r ', max_size=12), max_size=12)


def split(pieces: list[bytes], limit: int = 1000) -> list[bytes | None]:
    """Return the lines of bytes that arrive in these pieces."""
    splitter = LineSplitter(limit)
    return [line for piece in pieces for line in splitter.feed(piece)] + splitter.end()


@given(PIECES)
def test_lines_do_not_depend_on_the_pieces(pieces: list[str]) -> None:
    """They are those of the whole text."""
    whole = "".join(pieces).encode()

    assert split([piece.encode() for piece in pieces]) == split([whole])
    assert split([whole[at : at + 1] for at in range(len(whole))]) == split([whole])


@given(PIECES)
def test_a_line_is_what_stands_between_ends(pieces: list[str]) -> None:
    """Nothing is lost, and only one carriage return before an end is left out."""
    text = "".join(pieces)
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if text.endswith("\n") or not text:
        lines.pop()

    assert split([text.encode()]) == [line.encode() for line in lines]


def test_a_long_line_is_left_out() -> None:
    """The lines around it are whole."""
    assert split([b"ab\nabc", b"defg\nab"], limit=3) == [b"ab", None, b"ab"]


@given(PIECES)
def test_no_line_of_a_message_is_lost(pieces: list[str]) -> None:
    """Whatever stands between quotes arrives as it was, also with backslashes."""
    text = "".join(pieces).replace(QUOTES, "").replace("\r", "").strip('"\n ')
    assembler = Assembler(1000)
    found = [assembler.feed(line) for line in f"{QUOTES}\n{text}\n{QUOTES}".split("\n")]

    if not any(line.rstrip().endswith(QUOTES) for line in text.split("\n")):
        assert found[-1] == text
        assert set(found[:-1]) == {None}


def test_a_message_that_is_too_long_ends_where_it_ends() -> None:
    """What follows it is a message of its own."""
    assembler = Assembler(10)
    for line in (QUOTES, "x" * 8, "y" * 8):
        assert assembler.feed(line) is None
    with pytest.raises(click.UsageError, match="longer than 10 characters"):
        assembler.feed(QUOTES)

    assert assembler.feed("short") == "short"


@given(PIECES)
def test_an_answer_is_written_in_whole_lines(pieces: list[str]) -> None:
    """Each part that is written ends with the end of a line, and nothing is lost."""
    page = LinePage(lambda: None)
    written = [page.feed(piece) for piece in pieces] + [page.end()]
    text = "".join(pieces)

    assert all(part.endswith("\n") for part in written if part)
    assert "".join(written) == (text if text.endswith("\n") or not text else f"{text}\n")
    assert page.end() == ""
