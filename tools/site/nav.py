"""The site's menu: that of ``mkdocs.yml``, with the pages that it does not name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

Entry = str | dict[str, Any]


def expand(nav: Sequence[Entry], titles: Mapping[str, str]) -> list[Entry]:
    """Return the menu with all pages named.

    ``folder/*`` becomes the pages of a folder that no other entry names, its ``index.md`` first,
    and a section for each folder in it; ``./*`` does so for all that is left. A section without a
    page is left out.

    Args:
        nav: the entries as mkdocs reads them.
        titles: the title of every page, by its path.
    """
    named = {entry for entry in _leaves(nav) if not entry.endswith("/*")}
    folders = {_folder(entry) for entry in _leaves(nav) if entry.endswith("/*")}
    free = [path for path in sorted(titles, key=_order) if path not in named]
    return list(_expanded(nav, _Pages(free, folders, titles)))


class _Pages:
    """The pages that the menu does not name, and the folders for which it has an entry."""

    def __init__(
        self, free: Sequence[str], folders: Collection[str], titles: Mapping[str, str]
    ) -> None:
        self._free = free
        self._folders = folders
        self._titles = titles

    def of(self, folder: str) -> Iterator[Entry]:
        for path in self._free:
            if str(PurePosixPath(path).parent) == folder:
                yield path
        for inner in self._inner(folder):
            pages = list(self.of(inner))
            if pages:
                yield {self._title(inner): pages}

    def _inner(self, folder: str) -> list[str]:
        parents = {str(parent) for path in self._free for parent in PurePosixPath(path).parents}
        inside = {parent for parent in parents if str(PurePosixPath(parent).parent) == folder}
        return sorted(inside - set(self._folders) - {"."})

    def _title(self, folder: str) -> str:
        name = PurePosixPath(folder).name.replace("_", " ").replace("-", " ")
        return self._titles.get(f"{folder}/index.md", name.capitalize())


def _expanded(nav: Sequence[Entry], pages: _Pages) -> Iterator[Entry]:
    for entry in nav:
        if isinstance(entry, str):
            yield from pages.of(_folder(entry)) if entry.endswith("/*") else [entry]
            continue
        for title, value in entry.items():
            inside = list(_expanded(value, pages)) if isinstance(value, list) else value
            if inside:
                yield {title: inside}


def _leaves(nav: Sequence[Entry]) -> Iterator[str]:
    for entry in nav:
        if isinstance(entry, str):
            yield entry
            continue
        for value in entry.values():
            yield from _leaves(value if isinstance(value, list) else [value])


def _folder(entry: str) -> str:
    return entry.removesuffix("/*")


def _order(path: str) -> tuple[str, bool, str]:
    pure = PurePosixPath(path)
    return str(pure.parent), pure.name != "index.md", pure.name
