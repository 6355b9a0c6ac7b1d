"""Parts of the chat's screen: streams, sequences, the open line, and how rows are cut."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_cli.chat.screen.cutting import broken, cut
from ollama_cli.chat.screen.open_line import MOST_ROWS, OpenLine
from ollama_cli.chat.screen.reflow import breaks_rows, rows_added
from ollama_cli.chat.screen.sequences import SGR, Sequences
from ollama_cli.chat.screen.streams import taken
from ollama_cli.chat.screen.transcript import Transcript
from ollama_cli.terminal.markdown.widths import width_of


class Tty(io.TextIOWrapper):
    """A terminal in memory."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), "utf-8", newline="\n", write_through=True)

    def isatty(self) -> bool:
        """Return true."""
        return True

    def text(self) -> str:
        """Return what was written."""
        self.seek(0)
        return self.read()


def test_a_stream_of_the_chat_may_outlive_it() -> None:
    """What is written after the end of the chat to its stream, reaches the terminal."""
    terminal, fed = Tty(), []
    with redirect_stdout(terminal), redirect_stderr(terminal):
        with taken(fed.append):
            stream = sys.stdout
            stream.write("during\n")
        stream.write("after\n")

    assert fed == ["during\n"]
    assert terminal.text() == "after\n"


def test_a_redirected_stream_is_left_alone() -> None:
    """Standard error that goes to a file goes there during the chat, too."""
    file, fed = io.StringIO(), []
    with redirect_stdout(Tty()), redirect_stderr(file), taken(fed.append):
        sys.stderr.write("a note\n")

    assert (file.getvalue(), fed) == ("a note\n", [])


@given(st.text("a\x1b[]0;1m\x07\\P?hJ\n\x9b\x00", max_size=60), st.integers(1, 5))
def test_no_sequence_but_styles_passes(text: str, size: int) -> None:
    """However a text is cut into pieces, only styles and printable characters are left of it."""
    sequences = Sequences()
    passed = "".join(sequences.feed(text[at : at + size]) for at in range(0, len(text), size))
    rest = SGR.sub("", passed)

    assert rest.replace("\n", "").isprintable()


@given(st.text("a\x1b[0;1m\n", max_size=60))
def test_pieces_make_no_difference(text: str) -> None:
    """A text in single characters gives the same as the whole text."""
    whole, pieces = Sequences(), Sequences()

    assert whole.feed(text) == "".join(map(pieces.feed, text))


def test_a_sequence_without_end_holds_nothing_back_for_good() -> None:
    """What looks like the beginning of an endless sequence is given up after a while."""
    sequences = Sequences()
    passed = "".join(
        sequences.feed("\x1b]0;" + "a" * 100 if not n else "a" * 100) for n in range(99)
    )

    assert passed
    assert sequences.feed("b") == "b"


@given(
    st.lists(st.text("ab 日\u0301\t", max_size=20) | st.sampled_from(["\x1b[1m", "\x1b[0m"])),
    st.integers(4, 30),
    st.integers(4, 30),
)
def test_rows_of_the_open_line_fit(pieces: list[str], width: int, other: int) -> None:
    """The rows fit the terminal, are at most so many, and do not depend on the pieces."""
    line, whole = OpenLine(), OpenLine()
    for piece in pieces:
        line.feed(piece)
        line.rows(other)
    whole.feed("".join(pieces))
    rows = line.rows(width)

    assert rows == whole.rows(width)
    assert len(rows) <= MOST_ROWS
    assert all(width_of(SGR.sub("", row)) <= width for row in rows)
    assert line.take() == "".join(pieces)


def test_the_open_line_costs_the_same_for_each_piece() -> None:
    """Of a long line only the last rows are laid out again, not all of it."""
    line = OpenLine()
    for _ in range(20_000):
        line.feed("word " * 10)
        line.rows(80)  # takes minutes if each piece costs as much as the line

    assert line.rows(80)[-1].strip().endswith("word")


@given(st.text("ab日\u0301\x1b\n", max_size=40), st.integers(1, 30))
def test_a_row_is_cut_to_its_width(text: str, width: int) -> None:
    """A cut text has no more columns than there are, and no control character."""
    row = cut(text, width)

    assert width_of(row) <= width
    assert "\x1b" not in row
    assert "\n" not in row


@given(st.text("ab日\u0301", max_size=40), st.integers(2, 30))
def test_a_question_is_broken_into_rows(text: str, width: int) -> None:
    """Nothing of a question is left out, and each row fits."""
    rows = broken(text, width)

    assert "".join(rows) == text
    assert all(width_of(row) <= width for row in rows)


@pytest.mark.parametrize(
    ("environment", "does"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "linux"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, True),
        ({"TERM": "xterm", "XTERM_VERSION": "XTerm(390)", "VTE_VERSION": "1"}, False),
        ({"TERM": "screen", "STY": "1.pts", "VTE_VERSION": "7600"}, False),
        ({"TERM": "screen-256color", "TMUX": "socket", "STY": "1.pts"}, True),
    ],
)
def test_terminals_that_break_rows(environment: dict[str, str], does: bool) -> None:
    """Only a terminal that is known to break long rows is taken to do it."""
    assert breaks_rows(environment) is does


def test_rows_that_are_added() -> None:
    """Each row that is longer than the terminal is wide now takes as many more as it needs."""
    kitty = {"TERM": "xterm-kitty"}

    assert rows_added([80, 40, 41, 0, 120], 40, kitty) == 1 + 0 + 1 + 0 + 2
    assert rows_added([80], 40, {"TERM": "xterm"}) == 0


def test_a_transcript_gives_each_line_once() -> None:
    """Lines are given once, in order, up to the size that is wanted."""
    transcript = Transcript()
    transcript.feed("one\ntwo\nthree\nfour")

    assert transcript.take(4) == "one\r\n"
    assert transcript.take(6) == "two\r\nthree\r\n"
    assert transcript.take() == ""
    transcript.end_line()
    assert transcript.take() == "four\r\n"
