"""Reads the built pages about the kit."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"


@dataclass
class BuiltPage(HTMLParser):
    """A page of the built site: its anchors, links, images and tables.

    Attributes:
        text: its HTML.
        anchors: all ids, in order.
        links: the targets of all links.
        images: the sources of all images.
        tables: of each table the rows, of each row the cells.
        words: the text of the page, without tags.
    """

    text: str
    anchors: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    tables: list[list[list["Cell"]]] = field(default_factory=list)
    words: str = ""

    def __post_init__(self):
        super().__init__()
        self._cell = None
        self.feed(self.text)
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if "id" in found:
            self.anchors.append(found["id"])
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables:
            self._cell = Cell()
            self.tables[-1][-1].append(self._cell)
        elif tag == "br" and self._cell:
            self._cell.text += " "
        elif tag == "a" and "href" in found:
            self.links.append(found["href"])
            if self._cell:
                self._cell.links.append(found["href"])
        elif tag == "img":
            self.images.append(found["src"])
            if self._cell:
                self._cell.links.append(found["src"])
                self._cell.text += found.get("alt") or ""

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._cell = None

    def handle_data(self, data):
        self.words += data
        if self._cell:
            self._cell.text += data

    def table(self, corner):
        """Return the rows of the table whose first heading is this one, as dicts by heading."""
        for rows in self.tables:
            if rows and rows[0] and rows[0][0].text.strip() == corner:
                heads = [cell.text.strip() for cell in rows[0]]
                return [dict(zip(heads, row, strict=True)) for row in rows[1:]]
        raise AssertionError(f"there is no table {corner!r}")


@dataclass
class Cell:
    """A cell of a table: its text, and the links and images in it."""

    text: str = ""
    links: list[str] = field(default_factory=list)


def built(path):
    """Return a page of the built site."""
    file = SITE / path
    assert file.is_file(), f"{file} is missing; build the site with `python -m tools.site`"
    return BuiltPage(main_part(file.read_text("utf-8")))


def main_part(html):
    """Return the article of a page, without the menus around it."""
    found = re.search(r"<article.*</article>", html, re.DOTALL)
    assert found, "the page has no article"
    return found[0]
