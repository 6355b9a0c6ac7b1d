"""The built site as the tests read it."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADING_LINKS = {
    "stylesheet", "icon", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch",
    "manifest",
}  # fmt: skip
_LOADED = {
    ("script", "src"), ("img", "src"), ("img", "srcset"), ("iframe", "src"), ("source", "src"),
    ("source", "srcset"), ("video", "src"), ("video", "poster"), ("audio", "src"),
    ("track", "src"), ("embed", "src"), ("object", "data"), ("input", "src"), ("use", "href"),
    ("use", "xlink:href"), ("image", "href"), ("image", "xlink:href"), ("base", "href"),
}  # fmt: skip
_IN_CSS = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


@dataclass
class Html:
    """What a page has.

    Attributes:
        ids: the anchors.
        links: what a reader can follow.
        loads: what a browser requests by itself.
        titles: the texts of ``title`` and of the headings of level 1.
    """

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    titles: dict[str, list[str]] = field(default_factory=lambda: {"title": [], "h1": []})

    @classmethod
    def read(cls, text: str) -> Html:
        """Read a page."""
        page = cls()
        reader = _Reader(page)
        reader.feed(text)
        reader.close()
        return page


class _Reader(HTMLParser):
    def __init__(self, page: Html) -> None:
        super().__init__()
        self._page = page
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._page.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag in ("a", "area") and "href" in given:
            self._page.links.append(given["href"])
        if tag == "link" and "href" in given:
            loads = _LOADING_LINKS & set(given.get("rel", "").split())
            (self._page.loads if loads else self._page.links).append(given["href"])
        self._page.loads += [given[name] for name in given if (tag, name) in _LOADED]
        self._page.loads += in_css(given.get("style", ""))
        if tag in ("title", "h1", "style"):
            self._inside.append(tag)
            if tag != "style":
                self._page.titles[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            return
        if self._inside[-1] == "style":
            self._page.loads += in_css(data)
        else:
            self._page.titles[self._inside[-1]][-1] += data


def in_css(text: str) -> list[str]:
    """Return what a style sheet loads."""
    return [match[1] or match[2] for match in _IN_CSS.finditer(text)]


def is_elsewhere(address: str) -> bool:
    """Tell whether an address is that of another host."""
    parts = urlsplit(address.strip())
    return bool(parts.netloc) or parts.scheme in ("http", "https", "ws", "wss", "ftp")


@dataclass(frozen=True)
class Built:
    """A built site.

    Attributes:
        pages: its pages, by their path in it.
        files: the paths of all its files.
        folders: the paths of the folders of these.
    """

    folder: Path

    @cached_property
    def pages(self) -> dict[str, Html]:
        files = sorted(self.folder.rglob("*.html"))
        return {
            file.relative_to(self.folder).as_posix(): Html.read(file.read_text(encoding="utf-8"))
            for file in files
        }

    @cached_property
    def files(self) -> set[str]:
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix() for path in paths}

    @cached_property
    def folders(self) -> set[str]:
        return {posixpath.dirname(file) for file in self.files}

    def fault(self, path: str, address: str) -> str | None:
        """Return what is wrong with a relative address on a page, or ``None``."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            return None
        if parts.path.startswith("/"):
            return "is absolute, and so leads out of a site under a sub-path"
        target = (
            posixpath.join(posixpath.dirname(path), unquote(parts.path)) if parts.path else path
        )
        target = posixpath.normpath(target)
        if target.startswith(".."):
            return "leads out of the site"
        if target in self.folders or target == ".":
            return "is a folder, which shows nothing from file://"
        if target not in self.files:
            return "does not exist"
        fragment = unquote(parts.fragment)
        if fragment and target in self.pages and fragment not in self.pages[target].ids:
            return "has no such anchor"
        return None
