"""Makes a page of the site from a page of the repository.

In the repository, a page links to any file or folder. In the site, such a link leads to a page
that shows it. A page may also include a Markdown file from elsewhere, such as the changelog: its
links are then rewritten, so that they lead to the same places.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from posixpath import normpath, relpath

from tools.site.markdown import link_targets, rewrite_links, title_of
from tools.site.page import DOCS, ROOT
from tools.site.sources import source_page

_INCLUDE = re.compile(r'^--8<-- "([^"]+\.md)"$', re.MULTILINE)
_TITLE = re.compile(r"\A# .*\n+")
_NO_FILE = re.compile(r"[a-z][a-z0-9+.-]*:|#|/", re.IGNORECASE)
UNPUBLISHED = frozenset({"examples", "overrides"})
"""The names of folders in ``docs`` that are no part of the site."""


@dataclass(frozen=True)
class Site:
    """The pages that a link may lead to.

    Attributes:
        pages: the paths of the pages in ``docs``.
        homes: the pages that include a file, by the path of that file in the repository.
    """

    pages: frozenset[str]
    homes: Mapping[str, str]

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> Site:
        """Return the site of these pages, which are given as they are in ``docs``, by path."""
        homes = {"README.md": "index.md"}
        for path, text in texts.items():
            homes |= dict.fromkeys(_INCLUDE.findall(text), path)
        return cls(frozenset(texts), homes)

    def prepare(self, path: str, text: str) -> str:
        """Return the text of a page with its includes, and with links that lead into the site."""
        return rewrite_links(_with_includes(path, text), lambda target: self._link(target, path))

    def sources(self, texts: Mapping[str, str]) -> set[str]:
        """Return the files and folders that need a page because one of these pages links there."""
        links = (
            (path, target)
            for path, text in texts.items()
            for target in link_targets(_with_includes(path, text))
        )
        places = (_place(target, path) for path, target in links if not _NO_FILE.match(target))
        return {place for place in places if self._page(place) is None and _needs_page(place)}

    def _link(self, target: str, path: str) -> str:
        if _NO_FILE.match(target):
            return target
        place = _place(target, path)
        page = self._page(place) or (source_page(place) if _needs_page(place) else None)
        if page is None:
            return target
        _, mark, fragment = target.partition("#")
        return relpath(page, PurePosixPath(path).parent) + mark + fragment

    def _page(self, place: str) -> str | None:
        """Return the page that shows a place in the repository, if it is one of the site's own."""
        path = relpath(place, "docs")
        known = (self.homes.get(place), path, normpath(f"{path}/index.md"))
        return next((page for page in known if page in self.pages), None)


def _with_includes(path: str, text: str) -> str:
    has_title = title_of(text) is not None
    return _INCLUDE.sub(lambda match: _included(match[1], path, has_title), text)


def _included(name: str, path: str, has_title: bool) -> str:
    file = next(folder / name for folder in (ROOT, DOCS) if (folder / name).is_file())
    folder = PurePosixPath(file.relative_to(ROOT).as_posix()).parent
    start = PurePosixPath("docs", path).parent

    def rebase(target: str) -> str:
        if _NO_FILE.match(target):
            return target
        place, mark, fragment = target.partition("#")
        return relpath(folder / place, start) + mark + fragment

    text = rewrite_links(file.read_text(encoding="utf-8"), rebase)
    return _TITLE.sub("", text) if has_title else text


def _place(target: str, path: str) -> str:
    """Return the path in the repository to which a link of a page leads."""
    return normpath(PurePosixPath("docs", path).parent / target.partition("#")[0])


def _needs_page(place: str) -> bool:
    """Tell whether a place exists, and the site has no copy of it."""
    parts = PurePosixPath(place).parts
    if parts[0] == ".." or not (ROOT / place).exists():
        return False
    is_copied = parts[0] == "docs" and not UNPUBLISHED.intersection(parts)
    return not is_copied or (ROOT / place).is_dir()
