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
    """Each is there, with the text that its generator writes now, and there is no other."""
    expected = {page.path: page.text for page in pages()}
    files = [file for folder in _FOLDERS for file in (DOCS / folder).rglob("*") if file.is_file()]
    found = {file.relative_to(DOCS).as_posix(): file.read_text("utf-8") for file in files}

    different = {path for path, text in expected.items() if found.get(path) != text}
    assert (sorted(different), sorted(found.keys() - expected.keys())) == ([], [])
