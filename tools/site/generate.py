"""Writes the generated pages of the site."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.site import generators
from tools.site.page import DOCS, FOLDERS, Page


def generated_pages() -> Iterator[Page]:
    """Yield the pages of every generator.

    Raises:
        ValueError: two pages share a path, or one is outside the folders of generated pages.
    """
    seen: set[str] = set()
    for module in pkgutil.iter_modules(generators.__path__, f"{generators.__name__}."):
        for page in importlib.import_module(module.name).pages():
            if not page.path.startswith(tuple(f"{folder}/" for folder in FOLDERS)):
                raise ValueError(f"{module.name}: {page.path} is in no folder of generated pages")
            if page.path in seen:
                raise ValueError(f"{module.name}: {page.path} is written twice")
            seen.add(page.path)
            yield page


def write_pages() -> None:
    """Write the generated pages; those that an earlier build wrote and this one does not go."""
    update(DOCS, list(generated_pages()))


def update(docs: Path, pages: Iterable[Page]) -> None:
    """Make these pages all that the folders of generated pages hold.

    Others may read ``docs`` meanwhile: a page that is as it was is not written again, and any other
    is complete or as it was.
    """
    kept = {_write(docs / page.path, page.text) for page in pages}
    for folder in FOLDERS:
        for path in sorted((docs / folder).rglob("*"), reverse=True):  # what is inside comes first
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
            elif path.is_file() and path not in kept:
                path.unlink()


def _write(path: Path, text: str) -> Path:
    data = text.encode()
    if not path.is_file() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.{os.getpid()}")
        new.write_bytes(data)
        new.replace(path)
    return path
