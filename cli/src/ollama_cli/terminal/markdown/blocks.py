"""Splits Markdown into blocks while it arrives, and holds nothing back for longer than it must.

It reads what models write: paragraphs, headings, lists, block quotes, fenced and indented code,
tables whose lines begin with a bar, and thematic breaks. All else, HTML too, is text. The pieces
in which the text arrives make no difference.

Sources: CommonMark 0.31.2; GitHub Flavored Markdown 0.29, section 4.10.
"""

from __future__ import annotations

from collections.abc import Callable

from ollama_cli.terminal.markdown.fences import Fence, opened_fence
from ollama_cli.terminal.markdown.lines import Line, LineKind, kind_of
from ollama_cli.terminal.markdown.rows import alignment, cells
from ollama_cli.terminal.markdown.sink import Block, Sink

LONGEST_START = 200
"""Characters after which a line whose kind is still open is text."""
LONGEST_ROW = 20_000
"""The same for a line that begins with a bar: it may be a row of a table."""


class BlockSplitter:
    """Takes text in pieces of any size, and tells a sink the blocks in it."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._start = ""  # of a line whose kind is still open
        self._row: list[str] | None = None  # a line that may be a row of a table
        self._row_size = 0
        self._header: Line | None = None  # a row that is a header if the next line says so
        self._pass: Callable[[str], None] | None = None  # takes the rest of a line
        self._block: Block | None = None
        self._fence: Fence | None = None
        self._in_list = False
        self._openers: dict[LineKind, Callable[[str], None]] = {
            "text": self._open_text,
            "heading": self._open_heading,
            "item": self._open_item,
            "item_with_fence": self._open_item_with_fence,
            "fence": self._open_fence,
            "rule": self._open_rule,
        }

    def feed(self, text: str) -> None:
        """Take the next piece."""
        first, *others = text.split("\n")
        self._take(first)
        for other in others:
            self._end_line()
            self._take(other)

    def end(self) -> None:
        """The text is complete."""
        if self._start or self._row is not None or self._pass is not None:
            self._end_line()
        self._flush_header()
        self._close()

    def _take(self, piece: str) -> None:
        """Take a piece of a line."""
        if not piece:
            return
        if self._pass is not None:
            self._pass(piece)
        elif self._row is not None:
            self._take_row(self._row, piece)
        else:
            room = LONGEST_START - len(self._start)
            self._start += piece[:room]
            rest = piece[room:]
            if not self._open_line(self._start, whole=False):
                if not rest:
                    return
                self._open_text(self._start)
            self._start = ""
            self._take(rest)

    def _take_row(self, row: list[str], piece: str) -> None:
        room = LONGEST_ROW - self._row_size
        row.append(piece[:room])
        self._row_size += len(piece[:room])
        if rest := piece[room:]:
            self._row = None
            self._flush_header()
            self._open_text("".join(row))
            self._take(rest)

    def _end_line(self) -> None:
        if self._pass is None and self._row is None:
            self._open_line(self._start, whole=True)
            self._start = ""
        if self._row is not None:
            line, self._row = "".join(self._row), None
            self._end_row(Line.of(line))
        if self._pass is not None and self._block is not None:
            self._pass = None
            if self._block.kind == "code":
                self._sink.text("\n")
            elif self._block.kind == "heading":
                self._close()
            else:
                self._sink.end_line()

    # The beginning of a line: each returns whether its kind is known.

    def _open_line(self, text: str, *, whole: bool) -> bool:
        if self._fence is not None:
            return self._open_code_line(self._fence, text, whole=whole)
        line = Line.of(text)
        if not line.content:
            if whole:
                self._flush_header()
                self._close()
                self._sink.blank(line.quotes)
            return whole
        if line.content[0] == "|":
            self._row, self._row_size = [text], len(text)
            return True
        self._flush_header()
        if self._is_indented_code(line):
            self._open_indented_code(line)
            return True
        after = self._block if self._continues(line) else None
        kind = kind_of(line, whole=whole, after=after.kind if after else None)
        if kind is not None:
            self._openers[kind](text)
        return kind is not None

    def _open_code_line(self, fence: Fence, text: str, *, whole: bool) -> bool:
        line = Line.of(text)
        if line.quotes < fence.quotes:
            if not whole and not text.strip(" >"):
                return False
            self._close()  # the block quote ends, and all that is in it
            return self._open_line(text, whole=whole)
        code = fence.content(text)
        bare = code.strip(" \t")
        if whole and fence.is_closed_by(text):
            self._close(bare)
        elif not whole and not bare.strip(fence.mark[0]):
            return False
        else:
            self._sink.text(code)
            self._pass = self._sink.text
        return True

    def _open_text(self, text: str) -> None:
        line = Line.of(text)
        self._pass = self._sink.text
        if self._fence is not None:
            self._sink.text(self._fence.content(text))
        elif self._continues(line) and self._block is not None:
            extra = line.indent - self._block.text_indent
            self._sink.text("\n" + " " * extra + line.content)
        else:
            self._in_list = self._in_list and line.indent > 1
            self._begin(Block("paragraph", line.quotes, line.indent))
            self._sink.text(line.content)

    def _open_heading(self, text: str) -> None:
        line = Line.of(text)
        title = line.content.lstrip("#")
        self._begin(Block("heading", line.quotes, level=len(line.content) - len(title)))
        self._in_list = False
        self._sink.text(title.lstrip(" \t"))
        self._pass = self._sink.text

    def _open_item(self, text: str) -> None:
        line = Line.of(text)
        marker = line.content.split(maxsplit=1)[0]
        self._begin(Block("item", line.quotes, line.indent, marker))
        self._in_list = True
        self._sink.text(line.content[len(marker) :].lstrip(" \t"))
        self._pass = self._sink.text

    def _open_item_with_fence(self, text: str) -> None:
        fence = opened_fence(text)
        assert fence is not None, "its kind says so"
        self._open_item(text[: text.index(fence.mark)])
        self._pass = None
        self._open_fence(text)

    def _open_fence(self, text: str) -> None:
        fence = opened_fence(text)
        assert fence is not None, "its kind says so"
        self._begin(Block("code", fence.quotes, fence.indent, f"{fence.mark}{fence.info}"))
        self._fence = fence

    def _open_rule(self, text: str) -> None:
        self._close()
        self._in_list = False
        self._sink.rule(Line.of(text).quotes)

    def _open_indented_code(self, line: Line) -> None:
        if self._block is None:
            self._begin(Block("code", line.quotes))
        self._sink.text(" " * line.indent + line.content)
        self._pass = self._sink.text

    # Tables.

    def _end_row(self, line: Line) -> None:
        block = self._block
        if block is not None and block.kind == "table" and block.quotes == line.quotes:
            self._sink.row(cells(line.content))
            return
        header, align = self._header, alignment(line.content)
        if header is not None and header.quotes == line.quotes and align:
            titles = cells(header.content)
            if len(titles) == len(align):
                self._header = None
                self._begin(Block("table", line.quotes, align=align))
                self._sink.row(titles)
                return
        self._flush_header()
        self._header = line

    def _flush_header(self) -> None:
        """Tell that a line is text, because what follows it makes no table."""
        line, self._header = self._header, None
        if line is not None:
            self._open_text(line.text)
            self._pass = None

    # Blocks.

    def _continues(self, line: Line) -> bool:
        block = self._block
        is_text = block is not None and block.kind in ("paragraph", "item")
        return is_text and block is not None and block.quotes == line.quotes

    def _is_indented_code(self, line: Line) -> bool:
        if line.indent < 4 or self._in_list:
            return False
        block = self._block
        return block is None or (block.kind == "code" and block.quotes == line.quotes)

    def _begin(self, block: Block) -> None:
        self._close()
        self._block = block
        self._sink.begin(block)

    def _close(self, last_line: str = "") -> None:
        block, self._block, self._fence = self._block, None, None
        if block is not None:
            self._sink.end(last_line)
