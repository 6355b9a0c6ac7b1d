"""The grammar of tagline: a line is a tag followed by words, with one space before each.

``%`` and line ends are percent-encoded in every word, spaces in all but the last.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

_LINE = re.compile(r"([a-z][a-z0-9_]*)(?: (.*))?", re.DOTALL)
_IN_LAST = re.compile(r"[%\r\n]")
_IN_OTHERS = re.compile(r"[%\r\n ]")


class Line(NamedTuple):
    """A line, its words still encoded."""

    tag: str
    value: str

    def words(self, count: int) -> list[str]:
        """Return the first ``count`` words, decoded; missing ones are empty."""
        found = [unquote(word) for word in self.value.split(" ", count - 1)]
        return [*found, *[""] * (count - len(found))]


def write_line(tag: str, *words: str) -> str:
    """Return a line without its end."""
    *others, last = words
    return " ".join(
        [tag, *(_IN_OTHERS.sub(_encoded, word) for word in others), _IN_LAST.sub(_encoded, last)]
    )


def read_line(data: bytes) -> Line:
    """Return the line in these bytes, which hold no line end.

    Raises:
        ValueError: they are not a valid line.
    """
    found = _LINE.fullmatch(data.decode(errors="replace"))
    if found is None:
        raise ValueError("a line does not begin with a tag")
    return Line(found[1], found[2] or "")


def read_lines(data: bytes) -> list[Line]:
    r"""Return the lines in these bytes, each ended by ``\n``, blank ones left out.

    Raises:
        ValueError: a line is not valid.
    """
    return [read_line(line) for line in data.split(b"\n") if line]


def _encoded(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02X}"
