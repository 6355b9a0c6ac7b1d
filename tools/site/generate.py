"""Writes the generated pages of the site."""

from __future__ import annotations

import importlib
import pkgutil
import shutil
from collections.abc import Iterator

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
    """Write the generated pages anew; what an earlier build wrote is removed."""
    pages = list(generated_pages())
    for folder in FOLDERS:
        shutil.rmtree(DOCS / folder, ignore_errors=True)
    for page in pages:
        path = DOCS / page.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page.text, encoding="utf-8")
