"""Styles within a paragraph, while it arrives: emphasis, code and links.

A character that may begin one of these is held back, with what follows, until its end is there. If
that does not come within some hundred characters, or within the paragraph, all of it is text: no
character is lost. Formulas are left as they are.

Sources: CommonMark 0.31.2, chapter 6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ollama_cli.terminal.markdown.emphasis import closing_run, may_open
from ollama_cli.terminal.markdown.looks import BOLD, ITALIC, UNDERLINE, Look, together
from ollama_cli.terminal.markdown.wrapping import Piece

LONGEST_SPAN = 400
"""Characters of a span of code, of emphasised text, or of the text of a link."""
LONGEST_ADDRESS = 2000
LONGEST_FORMULA = 200
_LONGEST_MARK = 9
_DEEPEST = 6
_DEEPEST_BRACKETS = 3

_SPECIAL = re.compile(r"[\\`*_$]|!?\[|!$")
_ESCAPED = frozenset("*_`#~$<>")
_BRACKETS = re.compile(r"\\.|`+|[\[\]]", re.DOTALL)
_EMPHASIS = {1: ITALIC, 2: BOLD, 3: together(BOLD, ITALIC)}


@dataclass(frozen=True, slots=True)
class Span:
    """What was found at a character.

    Attributes:
        end: where it ends.
        pieces: what is shown instead.
    """

    end: int
    pieces: list[Piece]


class Inline:
    """Turns the text of one block, in pieces of any size, into styled pieces.

    Args:
        look: how styles look.
        style: the style of all of it.
    """

    def __init__(self, look: Look, style: str = "") -> None:
        self._look = look
        self._style = style
        self._held = ""
        self._before = ""
        self._searched: _Searched = {}

    def feed(self, text: str) -> list[Piece]:
        """Take the next piece; return what can be shown."""
        return self._read(text, is_whole=False)

    def end(self) -> list[Piece]:
        """Return the rest."""
        return self._read("", is_whole=True)

    @property
    def is_holding(self) -> bool:
        """Whether a part of what was fed is held back."""
        return bool(self._held)

    def _read(self, text: str, *, is_whole: bool) -> list[Piece]:
        text = self._held + text
        reader = _Reader(self._look, text, self._before, self._searched, is_whole=is_whole)
        pieces, end = reader.read(self._style)
        self._searched = {run: place - end for run, place in self._searched.items()}
        self._before, self._held = text[end - 1 : end] or self._before, text[end:]
        return pieces


_Searched = dict[tuple[str, int], int]
"""By mark and length, up to where in the text no run of marks ends emphasis."""


class _Reader:
    """Reads a text that is whole, or may go on.

    Each method for a kind of span returns it; text if no span begins here, ``None`` if that
    depends on what follows. What it returns never depends on more than the limits above allow.
    """

    def __init__(
        self,
        look: Look,
        text: str,
        before: str,
        searched: _Searched,
        *,
        is_whole: bool,
        depth: int = 0,
    ) -> None:
        self._look = look
        self._text = text
        self._before = before
        self._searched = searched
        self._is_whole = is_whole
        self._depth = depth

    def read(self, style: str) -> tuple[list[Piece], int]:
        """Return what can be shown, and how much of the text that is."""
        text, place = self._text, 0
        pieces: list[Piece] = []
        while found := _SPECIAL.search(text, place):
            start = found.start()
            _add(pieces, style, text[place:start])
            span = self._span(start, style)
            if span is None:
                return pieces, start
            for piece in span.pieces:
                _add(pieces, *piece)
            place = span.end
        _add(pieces, style, text[place:])
        return pieces, len(text)

    def _span(self, start: int, style: str) -> Span | None:
        character = self._text[start]
        if character == "\\":
            return self._escape(start, style)
        if character == "`":
            return self._code(start, style)
        if character == "$":
            return self._dollars(start, style)
        if character in "[!":
            return self._link(start, style)
        return self._emphasis(start, style)

    def _as_text(self, start: int, end: int, style: str) -> Span:
        return Span(end, [(style, self._text[start:end])])

    def _is_open(self, end: int) -> bool:
        """Whether what follows a place is not known yet."""
        return not self._is_whole and len(self._text) <= end

    def _character_before(self, start: int) -> str:
        return self._text[start - 1] if start else self._before

    def _is_within_run(self, start: int) -> bool:
        """Whether a run of the same character begins earlier; it was too long to mean anything."""
        return self._character_before(start) == self._text[start]

    def _escape(self, start: int, style: str) -> Span | None:
        if self._is_open(start + 1):
            return None
        following = self._text[start + 1 : start + 2]
        if following in ("(", "["):
            return self._formula(start, style, "\\" + (")" if following == "(" else "]"), 2)
        if following in _ESCAPED or following == "\n":
            return Span(start + 2, [(style, following)])
        return self._as_text(start, start + 1, style)

    def _dollars(self, start: int, style: str) -> Span | None:
        text = self._text
        if self._is_open(start + 2):
            return None
        if text.startswith("$$", start):
            return self._formula(start, style, "$$", 2)
        if text[start + 1 : start + 2].isspace() or text[start + 1 : start + 2].isdigit():
            return self._as_text(start, start + 1, style)  # an amount, not a formula
        return self._formula(start, style, "$", 1)

    def _formula(self, start: int, style: str, closing: str, length: int) -> Span | None:
        limit = start + LONGEST_FORMULA
        end = self._text.find(closing, start + length, limit)
        line = self._text.find("\n", start, limit) if closing == "$" else -1
        if line >= 0 and (end < 0 or line < end):
            return self._as_text(start, start + length, style)
        if end >= 0:
            return self._as_text(start, end + len(closing), style)
        return None if self._is_open(limit) else self._as_text(start, start + length, style)

    def _code(self, start: int, style: str) -> Span | None:
        text = self._text
        length = _run(text, start)
        if self._is_within_run(start) or length > _LONGEST_MARK:
            return self._as_text(start, start + length, style)
        if self._is_open(start + length):
            return None
        mark = text[start : start + length]
        end = _end_of_code(text, start + length, mark, start + LONGEST_SPAN)
        if end is None:
            if self._is_open(start + LONGEST_SPAN + length):
                return None
            return self._as_text(start, start + length, style)
        if self._is_open(end + length):
            return None  # more backticks may follow
        code = text[start + length : end].replace("\n", " ")
        if len(code) > 2 and code[0] == code[-1] == " " and code.strip():
            code = code[1:-1]
        shown = code if self._look.color else f"{mark}{code}{mark}"
        return Span(end + length, [(together(style, self._look.code), shown)])

    def _emphasis(self, start: int, style: str) -> Span | None:
        text = self._text
        length = _run(text, start)
        end = start + length
        before = self._character_before(start)
        if self._is_within_run(start) or length > 3:
            return self._as_text(start, end, style)
        if self._is_open(end):
            return None
        if self._depth >= _DEEPEST or not may_open(
            text[start], length, before, text[end : end + 1]
        ):
            return self._as_text(start, end, style)
        limit = start + LONGEST_SPAN
        run = (text[start], length)
        place = max(end, self._searched.get(run, 0))
        close, self._searched[run] = closing_run(text, place, *run, limit, is_whole=self._is_whole)
        if close is None:
            return None if self._is_open(limit + 4) else self._as_text(start, end, style)
        inner = text[end:close]
        if text[start] == "_" and length == 2 and not any(map(str.isspace, inner)):
            return self._as_text(start, close + length, style)  # a name such as __init__
        return Span(close + length, self._nested(inner, together(style, _EMPHASIS[length])))

    def _link(self, start: int, style: str) -> Span | None:
        text = self._text
        if text[start] == "!":
            if self._is_open(start + 1):
                return None
            if text[start + 1 : start + 2] != "[":
                return self._as_text(start, start + 1, style)
        opening = start + 1 if text[start] == "!" else start
        as_text = self._as_text(start, opening + 1, style)
        limit = opening + LONGEST_SPAN
        close = _end_of_brackets(text, opening, limit)
        if close is None:
            return None if self._is_open(limit) else as_text
        if close < 0:
            return as_text
        if self._is_open(close + 1):
            return None
        if text[close + 1 : close + 2] != "(" or self._depth >= _DEEPEST:
            return as_text
        end = _end_of_address(text, close + 2)
        if end is None:
            return None if self._is_open(close + 2 + LONGEST_ADDRESS) else as_text
        if end < 0:
            return as_text
        shown = self._nested(text[opening + 1 : close], style)
        address = text[close + 2 : end].strip().removeprefix("<").removesuffix(">")
        if address and address != "".join(piece for _, piece in shown):
            gap = " (" if shown else "("
            underlined = together(style, UNDERLINE)
            shown = [*shown, (style, gap), (underlined, address), (style, ")")]
        return Span(end + 1, shown)

    def _nested(self, text: str, style: str) -> list[Piece]:
        reader = _Reader(self._look, text, "", {}, is_whole=True, depth=self._depth + 1)
        return reader.read(style)[0]


def _add(pieces: list[Piece], style: str, text: str) -> None:
    if text:
        pieces.append((style, text))


def _run(text: str, start: int) -> int:
    """Return how often a character is repeated."""
    end = start
    while text[end : end + 1] == text[start]:
        end += 1
    return end - start


def _end_of_code(text: str, start: int, mark: str, limit: int) -> int | None:
    """Return where the backticks begin that end a span of code."""
    place = text.find(mark, start, limit + len(mark))
    while place >= 0:
        length = _run(text, place)
        if length == len(mark):
            return place
        place = text.find(mark, place + length, limit + len(mark))
    return None


def _end_of_brackets(text: str, opening: int, limit: int) -> int | None:
    """Return where the bracket is that ends the text of a link; -1 if it cannot be one."""
    depth = 0
    for found in _BRACKETS.finditer(text, opening, limit):
        depth += {"[": 1, "]": -1}.get(found.group(), 0)
        if depth == 0 and found.group() == "]":
            return found.start()
        if depth > _DEEPEST_BRACKETS:
            return -1
    return None


def _end_of_address(text: str, start: int) -> int | None:
    """Return where the parenthesis is that ends an address; -1 if it cannot be one."""
    depth = 1
    for place in range(start, min(len(text), start + LONGEST_ADDRESS)):
        character = text[place]
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "\n" or depth > _DEEPEST_BRACKETS:
            return -1
        if depth == 0:
            return place
    return None
