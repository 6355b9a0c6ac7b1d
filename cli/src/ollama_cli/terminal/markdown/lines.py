"""What a line of Markdown outside of code begins.

Sources: CommonMark 0.31.2, chapters 4 and 5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, Self

from ollama_cli.terminal.markdown.fences import opened_fence
from ollama_cli.terminal.markdown.sink import Kind

LineKind = Literal["text", "heading", "item", "item_with_fence", "fence", "rule"]

_QUOTES = re.compile(r"(?: {0,3}> ?)*")
_HEADING = re.compile(r"#{1,6}(?:[ \t]+|$)")
_ITEM = re.compile(r"([-+*]|\d{1,9}[.)])(?:[ \t]+|$)")
_MAYBE_ITEM = re.compile(r"\d{1,9}[.)]?$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or its beginning.

    Attributes:
        text: all of it.
        quotes: how many block quotes it says it is in.
        indent: columns before the content, within those.
        content: the rest.
    """

    text: str
    quotes: int
    indent: int
    content: str

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the parts of a line, which is without its end."""
        found = _QUOTES.match(text)
        quotes = found.group() if found else ""
        rest = text[len(quotes) :]
        content = rest.lstrip(" \t")
        before = rest[: len(rest) - len(content)]
        return cls(text, quotes.count(">"), len(before.expandtabs(4)), content)


def kind_of(line: Line, *, whole: bool, after: Kind | None) -> LineKind | None:
    """Return what a line begins; ``None`` if it is not whole and may still become several things.

    Args:
        line: a line with a content that is not a row of a table.
        whole: whether the line is complete.
        after: the kind of the paragraph or list item that it would continue as text.
    """
    content = line.content
    if content[0] == "#":
        return _heading(content, whole)
    if content[0] in "`~":
        return _fence(line, content, whole)
    if content[0] in "-*_" and not content.strip(f"{content[0]} \t"):
        if not whole:
            return None
        if content.count(content[0]) >= 3:
            return "rule"
    return _item(line, whole, after)


def _heading(content: str, whole: bool) -> LineKind | None:
    found = _HEADING.match(content)
    if found is None:
        return "text"
    return "heading" if whole or found.end() < len(content) else None


def _fence(line: Line, mark: str, whole: bool) -> LineKind | None:
    length = len(mark) - len(mark.lstrip(mark[0]))
    if length < 3:
        return "text" if whole or length < len(mark) else None
    if not whole:
        return None  # a backtick further on would make it code within text
    return "fence" if opened_fence(line.text) else "text"


def _item(line: Line, whole: bool, after: Kind | None) -> LineKind | None:
    content = line.content
    found = _ITEM.match(content)
    if found is None:
        return None if not whole and _MAYBE_ITEM.match(content) else "text"
    text = content[found.end() :]
    if not text and not whole:
        return None
    marker = found.group(1)
    if after == "paragraph" and marker[:-1] not in ("", "1"):
        return "text"  # a year or a count at the beginning of a line is no list
    if text[:1] in ("`", "~"):
        kind = _fence(line, text, whole)
        return "item_with_fence" if kind == "fence" else kind and "item"
    return "item"
