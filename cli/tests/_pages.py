"""Markdown as a terminal shows it, without the terminal."""

from collections.abc import Iterable

from ollama_cli.terminal.markdown.looks import Look
from ollama_cli.terminal.markdown.page import MarkdownPage

from ._terminal import SGR


def page_of(pieces: Iterable[str], columns: int = 80, look: Look = Look()) -> str:  # noqa: B008 - it is frozen
    """Return what is written for a text that arrives in these pieces."""
    page = MarkdownPage(look, lambda: columns)
    return "".join([*map(page.feed, pieces), page.end()])


def shown(text: str, columns: int = 80, look: Look = Look()) -> str:  # noqa: B008
    """Return what is seen of a text, without styles."""
    return SGR.sub("", page_of([text], columns, look))


def styles(written: str) -> list[tuple[str, str]]:
    """Return each character that is written, with its style."""
    found: list[tuple[str, str]] = []
    style, place = "", 0
    for code in SGR.finditer(written):
        found += [(character, style) for character in written[place : code.start()]]
        style, place = code.group()[2:-1].removeprefix("0"), code.end()
    return found + [(character, style) for character in written[place:]]


def styled(text: str, look: Look = Look()) -> list[tuple[str, str]]:  # noqa: B008
    """Return the parts of a text that have a style, with it."""
    parts: list[tuple[str, str]] = []
    before = ""
    for character, style in styles(page_of([text], look=look)):
        if style and style == before:
            parts[-1] = (parts[-1][0] + character, style)
        elif style:
            parts.append((character, style))
        before = style
    return parts
