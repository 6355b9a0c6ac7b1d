"""The terminal emulator of the tests, which must show what real terminals do."""

import pyte
import pytest

from ._emulator import Screen


def screen_of(text: str, *, reflows: bool = True, columns: int = 10, rows: int = 3) -> Screen:
    """Return a screen on which a text was written."""
    screen = Screen(columns, rows, print, reflows=reflows)
    pyte.Stream(screen).feed(text)
    return screen


@pytest.mark.parametrize(
    ("columns", "expected"),
    [(5, ["one t", "wo th", "ree", "four"]), (20, ["one two three", "four", ""])],
)
def test_wrapped_lines_are_wrapped_anew(columns: int, expected: list[str]) -> None:
    """A line that ended goes on in the next row at no width."""
    screen = screen_of("one two three\r\nfour")
    screen.set_size(columns, 3)

    assert screen.rows == expected


def test_cursor_stays_behind_its_character() -> None:
    """What is written next joins the same text."""
    screen = screen_of("one two three")
    screen.set_size(5, 3)
    pyte.Stream(screen).feed("!")

    assert screen.rows == ["one t", "wo th", "ree!"]


def test_other_terminals_cut() -> None:
    """Without reflowing, what is too wide is gone."""
    screen = screen_of("one two\r\nx", reflows=False)
    screen.set_size(5, 3)
    screen.set_size(10, 3)

    assert screen.rows == ["one t", "x", ""]


def test_fewer_rows_scroll() -> None:
    """What does not fit any more is among the lines that scrolled away."""
    screen = screen_of("1\r\n2\r\n3")
    screen.set_size(10, 2)

    assert len(screen.history.top) == 1
    assert screen.rows == ["1", "2", "3"]


def test_wide_characters_are_not_split() -> None:
    """Where half a character would fit, it goes to the next row."""
    screen = screen_of("a空空空空")
    screen.set_size(4, 3)

    assert screen.rows == ["a空", "空空", "空"]


def test_joined_characters_are_kept() -> None:
    """A joiner and a selector belong to the character before them, and the text goes on."""
    assert screen_of("👩\u200d🔬 ❤\ufe0f e\u0301!").rows[0] == "👩\u200d🔬 ❤\ufe0f é!"
