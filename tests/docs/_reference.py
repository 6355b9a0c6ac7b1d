"""What the pages say, and the calls of commands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tools.site.page import DOCS, FOLDERS, ROOT

_FENCE = re.compile(r"^( *)(```+|~~~+)[^\n]*\n(.*?)^\1\2`*~* *$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_PROMPT = re.compile(r"(?:^|[|&;(]|\bxargs\b[^|]*?)\s*(?:\$ )?(?:[A-Z_]+=\S* )*")
_END = re.compile(r"\s(?:[|&;]|\d?>|<)|\)|\s#\s")
_RENDERED = re.compile(r"^::: ([\w.]+)", re.MULTILINE)
_EXAMPLES = ("examples", "overrides")


def is_generated(page: Path) -> bool:
    """Whether the generators write a page."""
    return page.is_relative_to(DOCS) and page.relative_to(DOCS).as_posix().startswith(FOLDERS)


@cache
def all_pages() -> dict[Path, str]:
    """Return the texts of all pages, by file: those of ``docs``, and those beside the packages."""
    inside = (page for page in DOCS.rglob("*.md") if not {*_EXAMPLES} & set(page.parts))
    beside = [
        *ROOT.glob("*.md"),
        *ROOT.glob("[!.]*/README.md"),
        *ROOT.glob("providers/*/README.md"),
    ]
    return {page: page.read_text("utf-8") for page in [*sorted(inside), *sorted(beside)]}


@cache
def written_pages() -> dict[Path, str]:
    """Return the texts of the pages that people write; the changelog speaks of other versions."""
    return {
        page: text
        for page, text in all_pages().items()
        if not is_generated(page) and page.name not in ("CHANGELOG.md", "changelog.md")
    }


def code_in(text: str) -> Iterator[str]:
    """Yield each line of the fences of a page, and each piece of code within its text."""
    for fence in _FENCE.finditer(text):
        yield from re.sub(r"\\\n\s*", " ", fence[3]).splitlines()
    yield from spans_in(text)


def spans_in(text: str) -> Iterator[str]:
    """Yield each piece of code within the text of a page."""
    for span in _SPAN.finditer(_FENCE.sub("\n", text)):
        yield " ".join(span[2].split())


def shown_code() -> Iterator[str]:
    """Yield the code of all pages, the files that pages include, and what they render."""
    for text in all_pages().values():
        yield from code_in(text)
        yield from _RENDERED.findall(text)
    yield from (file.read_text("utf-8") for file in DOCS.rglob("examples/**/*.py"))


class Call(NamedTuple):
    """A call of a command that a page shows.

    Attributes:
        text: the whole line.
        words: the words after the name of the command, up to ``--``.
    """

    text: str
    words: tuple[str, ...]


def calls_of(program: str, text: str) -> Iterator[Call]:
    """Yield the calls of a command in the code of a page."""
    name = re.compile(rf"{_PROMPT.pattern}{program}(?=\s)", re.MULTILINE)
    for line in code_in(text):
        for found in name.finditer(line):
            rest = line[found.end() :]
            words = _words(_END.split(rest, maxsplit=1)[0]) or _words(rest)
            yield Call(line.strip(), words[: words.index("--")] if "--" in words else words)


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return tuple(text.split())  # a quote that ends on another line
