"""The generated pages of the site say what the code does now.

They are written at each build, so a page that is out of date means that the site was not built
since the code changed: ``python -m tools.site generate``.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from tools.site import generators
from tools.site.page import DOCS, Page

REFERENCE = DOCS / "reference"
_FOLDERS = ("reference/", "conformance/checks/")


def pages() -> Iterator[Page]:
    """Yield the pages of the generators whose ``FOLDER`` or ``PATH`` is in these folders.

    The other generators run providers, which takes minutes.
    """
    for found in pkgutil.iter_modules(generators.__path__, f"{generators.__name__}."):
        module = importlib.import_module(found.name)
        place = getattr(module, "FOLDER", None) or getattr(module, "PATH", "")
        if f"{place}/".startswith(_FOLDERS):
            yield from module.pages()


def test_generated_pages_are_as_the_code_says() -> None:
    """Each is there, with the text that its generator writes now."""
    different = [page.path for page in pages() if text_of(page.path) != page.text]

    assert different == []


def test_the_reference_has_no_other_pages() -> None:
    """What is gone from the code is gone from the reference."""
    found = {file.relative_to(DOCS).as_posix() for file in REFERENCE.rglob("*") if file.is_file()}

    assert sorted(found - {page.path for page in pages()}) == []


def text_of(path: str) -> str | None:
    """Return a page as it is on disk; ``None`` if it is not there."""
    file = DOCS / path
    return file.read_text("utf-8") if file.is_file() else None
