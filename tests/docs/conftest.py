"""The site as ``python -m tools.site`` has built it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs._site import Built
from tools.site.page import ROOT

_INPUTS = ("docs", "tools/site", "sdk/src", "conformance/src", "cli/src")
_FILES = ("mkdocs.yml", "cli/README.md", "CHANGELOG.md", "CONTRIBUTING.md")


@pytest.fixture(scope="session")
def built() -> Built:
    """The site, which must have been built since its newest input was written."""
    folder = ROOT / "site"
    last = folder / "llms.txt"  # it is written when everything else is there
    if not last.is_file():
        pytest.fail("there is no site; build it with: python -m tools.site")
    newest = max(_inputs(), key=lambda path: path.stat().st_mtime)
    if newest.stat().st_mtime > last.stat().st_mtime:
        pytest.fail(f"{newest} is newer than the site; build it with: python -m tools.site")
    return Built(folder)


def _inputs() -> Iterator[Path]:
    for folder in _INPUTS:
        files = (path for path in (ROOT / folder).rglob("*") if path.is_file())
        yield from (path for path in files if "__pycache__" not in path.parts)
    yield from (ROOT / file for file in _FILES)
