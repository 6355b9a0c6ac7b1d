"""Writes what programs read: each page as Markdown beside its HTML, and ``llms.txt``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page

from tools.site.markdown import mask_fences
from tools.site.sources import FOLDER

_PARAGRAPH = re.compile(r"(?:^|\n\n)(?P<text>(?!\*\*\*|\* )[^\s#!<|:=\-][^\n]*(?:\n[^\n]+)*)")
_SENTENCE = re.compile(r"(.+?[.!?])(?:\s|$)", re.DOTALL)
_LINKED = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_NOTE = re.compile(r"^ *<!-- snippet: .*?-->\n+", re.DOTALL | re.MULTILINE)
_FENCE = re.compile(r"^(`{3,})([^`\n]*)\n((?:(?!\1$).*\n)*?)\n*\1$", re.MULTILINE)


def write_plain(texts: Mapping[str, str], folder: Path) -> None:
    """Write the Markdown of each page beside its HTML.

    Args:
        texts: the Markdown of the pages, by path.
        folder: the folder of the built site.
    """
    for path, text in texts.items():
        (folder / path).write_text(readable(text), encoding="utf-8")


def readable(text: str) -> str:
    """Return the Markdown of a page without what only its tests read.

    Code ends with its last line, as a file does from which it was included.
    """
    masked = mask_fences(text)
    parts: list[str] = []
    end = 0
    for match in _NOTE.finditer(masked):
        parts.append(text[end : match.start()])
        end = match.end()
    return _FENCE.sub(r"\1\2\n\3\1", "".join([*parts, text[end:]]))


def llms(name: str, about: str, nav: Navigation, texts: Mapping[str, str]) -> str:
    """Return the list of pages that is served as ``llms.txt``."""
    lines = [f"# {name}", "", f"> {about}", ""]
    lines += ["Each page is here as Markdown. Links are relative to this file.", ""]
    alone = [item for item in nav if isinstance(item, Page)]
    lines += [*_listed(alone, texts), ""]
    for section in (item for item in nav if isinstance(item, Section)):
        lines += [f"## {section.title}", "", *_listed(list(_pages(section)), texts), ""]
    sources = [path for path in sorted(texts) if path.startswith(f"{FOLDER}/")]
    lines += ["## Optional", "", *(f"- [{path}]({path})" for path in sources), ""]
    return "\n".join(lines)


def _pages(section: Section) -> Iterator[Page]:
    for item in section.children:
        if isinstance(item, Page):
            yield item
        elif isinstance(item, Section):
            yield from _pages(item)


def _listed(pages: Sequence[Page], texts: Mapping[str, str]) -> Iterator[str]:
    for page in pages:
        path = page.file.src_uri
        about = first_sentence(texts[path])
        yield f"- [{page.title}]({path})" + (f": {about}" if about else "")


def first_sentence(text: str) -> str:
    """Return the first sentence of a page's first paragraph, without links; or nothing."""
    masked = mask_fences(text)
    # A paragraph whose first character was masked is code.
    places = (match.span("text") for match in _PARAGRAPH.finditer(masked))
    found = next((place for place in places if masked[place[0]] == text[place[0]]), None)
    if not found:
        return ""
    paragraph = _LINKED.sub(r"\1", text[found[0] : found[1]])
    sentence = _SENTENCE.match(paragraph)
    return " ".join((sentence[1] if sentence else paragraph).split()).removesuffix(":")
