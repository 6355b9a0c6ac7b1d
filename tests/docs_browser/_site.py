"""The built site: building it if it is old, and choosing the pages that are opened."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.site.page import ROOT

SITE = ROOT / "site"
_LAST = SITE / "llms.txt"  # it is written when everything else is there

NAMED = (
    "index.html",
    "adding_providers.html",
    "sdk/index.html",
    "matrix/index.html",
    "matrix/hf.html",
    "reference/index.html",
    "huggingface.html",
    "troubleshooting.html",
)
"""Pages that must exist."""

_NO_SECTIONS = frozenset({"assets", "search", "source"})
"""Folders of files, of the index of the search, and of code that pages link to."""


def build_if_old() -> int:
    """Build the site unless it is newer than all that it is made from; return the exit code."""
    built = _LAST.stat().st_mtime if _LAST.is_file() else 0.0
    if built and all(path.stat().st_mtime <= built for path in _inputs()):
        return 0
    return subprocess.run([sys.executable, "-m", "tools.site"], cwd=ROOT, check=False).returncode


def _inputs() -> Iterator[Path]:
    """Yield every file of the repository but those of tests."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        path = ROOT / name
        if name and "tests" not in Path(name).parts and path.is_file():
            yield path


def pages() -> list[str]:
    """Return the pages to open: the named ones, and one page of each section of the site."""
    found = dict.fromkeys(NAMED)
    for folder in _sections():
        files = sorted(path.relative_to(SITE).as_posix() for path in folder.glob("*.html"))
        index = f"{folder.relative_to(SITE).as_posix()}/index.html"
        found |= dict.fromkeys([index] if index in files else files[:1])
        # An index is a list of links; the pages that it leads to have the code and the tables.
        found |= dict.fromkeys([file for file in files if file != index][:1])
    return list(found)


def every_page() -> list[str]:
    """Return all pages of the site."""
    return sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))


def _sections() -> Iterator[Path]:
    """Yield the folders of pages, those within sections too."""
    for folder in sorted(path for path in SITE.rglob("*") if path.is_dir()):
        if folder.relative_to(SITE).parts[0] not in _NO_SECTIONS:
            yield folder


if __name__ == "__main__":
    sys.exit(build_if_old())
