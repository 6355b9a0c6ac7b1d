"""What a Markdown text consists of, as it is told to whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["paragraph", "heading", "item", "code", "table"]


@dataclass(frozen=True, slots=True)
class Block:
    """A block that begins.

    Attributes:
        kind: what it is.
        quotes: how many block quotes it is in.
        indent: columns before its first line, within those.
        marker: what a list item begins with; of fenced code, the line that opens it.
        level: of a heading, 1 to 6.
        align: of a table, ``l``, ``c`` or ``r`` per column.
    """

    kind: Kind
    quotes: int = 0
    indent: int = 0
    marker: str = ""
    level: int = 0
    align: str = ""

    @property
    def text_indent(self) -> int:
        """Columns before its text: after the marker of a list item."""
        return self.indent + (len(self.marker) + 1 if self.kind == "item" else 0)


class Sink(Protocol):
    """Is told the blocks in order; one ends before the next begins."""

    def begin(self, block: Block) -> None:
        """A block begins."""

    def text(self, text: str) -> None:
        """More of its text. Lines are apart by newlines; each line of code ends with one."""

    def end_line(self) -> None:
        """A line of the text is complete; the block may go on."""

    def row(self, row: list[str]) -> None:
        """A row of a table; the first is its header."""

    def end(self, last_line: str) -> None:
        """The block ends; ``last_line`` is the fence that closes code, if there is one."""

    def blank(self, quotes: int) -> None:
        """A blank line outside of code."""

    def rule(self, quotes: int) -> None:
        """A thematic break."""
