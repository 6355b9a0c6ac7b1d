"""Fenced code blocks: where they begin and end.

Sources: CommonMark 0.31.2, section 4.5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUOTES = r"(?: {0,3}>(?: |(?=\t)|$)?)*"
_OPENING = re.compile(
    rf"({_QUOTES})((?:[ \t]*(?:[-*+]|\d{{1,9}}[.)])[ \t]+)?[ \t]*)(`{{3,}}|~{{3,}})(.*)$"
)


@dataclass(frozen=True, slots=True)
class Fence:
    """The line that opens a code block.

    Attributes:
        quotes: how many block quotes it is in.
        indent: columns before it, within those.
        mark: its backticks or tildes.
        info: what follows these, such as the language.
    """

    quotes: int
    indent: int
    mark: str
    info: str

    def is_closed_by(self, line: str) -> bool:
        """Whether a line, without its end, closes the block."""
        rest = self.content(line).strip(" \t\r")
        return len(rest) >= len(self.mark) and not rest.strip(self.mark[0])

    def content(self, line: str) -> str:
        """Return a line of the block without the quotes and the indentation of the fence."""
        for _ in range(self.quotes):
            unindented = line.lstrip(" ")
            if unindented[:1] == ">":
                line = unindented[1:].removeprefix(" ")
        code = line.lstrip(" \t")
        before = line[: len(line) - len(code)]
        if "\t" in before[: self.indent]:
            before = before.expandtabs(4)  # a tab is a part of the indentation and of the code
        return before[min(len(before), self.indent) :] + code


def opened_fence(line: str) -> Fence | None:
    """Return the fence that a line, without its end, opens, if it does."""
    found = _OPENING.match(line)
    if found is None:
        return None
    quotes, before, mark, info = found.groups()
    if mark[0] == "`" and "`" in info:
        return None  # code within text
    return Fence(quotes.count(">"), len(before.expandtabs(4)), mark, info.strip())
