"""Names and what they mean, in two columns that fit the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ollama_cli.terminal.columns import width
from ollama_cli.terminal.escapes import on_one_line
from ollama_cli.terminal.markdown.widths import width_of

_GAP = 2
_INDENT = 4
_WIDEST_LEFT = 34
_WIDEST_LEFT_OF_NARROW = 25
"""Per cent of the width; what is longer stands on a line of its own."""
_NARROW = 60
_LEAST_RIGHT = 20
"""A narrower second column cannot be read; what would be in it stands below."""


def pairs(rows: Iterable[tuple[str, str]], columns: int | None = None) -> str:
    """Return lines without the last line break, safe for a terminal.

    Args:
        rows: what stands left, which may be indented, and right, which is wrapped between words.
        columns: how wide the lines may be; by default as wide as the terminal.
    """
    # A character in the last column makes some terminals begin another line.
    columns = (width() if columns is None else columns) - 1
    shown = [(_indented(left), on_one_line(right)) for left, right in rows]
    most = columns * (_WIDEST_LEFT_OF_NARROW if columns < _NARROW else _WIDEST_LEFT) // 100
    lefts = [width_of(left) for left, _ in shown]
    widest = max((each for each in lefts if each <= most), default=_GAP) + _GAP
    return "\n".join(line for row in shown for line in _lines(*row, widest, columns))


def fitted(text: str) -> str:
    """Return lines that fit the terminal, those that do not broken between words.

    What is broken keeps the indentation of its line.
    """
    return "\n".join(row for line in text.split("\n") for row in _fitted(line, width() - 1))


def _fitted(line: str, columns: int) -> list[str]:
    if width_of(line) <= columns:
        return [line]
    text = line.lstrip(" ")
    indent = " " * (len(line) - len(text))
    return [f"{indent}{row}" for row in wrapped(text, columns - len(indent))]


def wrapped(text: str, columns: int) -> list[str]:
    """Return a text without line breaks as lines that are not wider than this, if words are not."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and width_of(longer) > columns:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _indented(text: str) -> str:
    return " " * (len(text) - len(text.lstrip(" "))) + on_one_line(text)


def _lines(left: str, right: str, widest: int, columns: int) -> Iterator[str]:
    if columns - widest < _LEAST_RIGHT:
        widest = _INDENT
    lines = wrapped(right, columns - widest) if right else []
    if lines and width_of(left) + _GAP <= widest:
        yield f"{left}{' ' * (widest - width_of(left))}{lines.pop(0)}"
    else:
        yield left
    yield from (f"{' ' * widest}{line}" for line in lines)
