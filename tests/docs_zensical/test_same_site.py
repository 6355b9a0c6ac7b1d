"""Another builder makes the same site, so that the theme can be left when its support ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs._site import Built
from tools.site.page import ROOT
from tools.site.stage import stage

# The theme's own: names of the fields of its search, and lines of code.
_OF_THEME = ("__", "query", "search")
_SERVED_BY_SERVERS = {"404.html"}


@pytest.fixture(scope="module")
def ours() -> Built:
    """The site as mkdocs built it."""
    return Built(ROOT / "site")


@pytest.fixture(scope="module")
def theirs(tmp_path_factory) -> Built:
    """The site as Zensical builds it, strictly, from the same pages."""
    folder = tmp_path_factory.mktemp("zensical") / "stage"
    stage(folder)
    program = Path(sys.executable).with_name("zensical")
    built = subprocess.run(
        [program, "build", "--strict", "--clean"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return Built(folder / "site")


def test_pages(ours: Built, theirs: Built) -> None:
    """Both sites have the same pages."""
    assert len(ours.pages) > 30
    assert set(theirs.pages) - _SERVED_BY_SERVERS == set(ours.pages) - _SERVED_BY_SERVERS


def test_anchors(ours: Built, theirs: Built) -> None:
    """Each page has the same anchors in both sites, so that no link to one of them breaks."""
    different = {
        path: _anchors(page.ids) ^ _anchors(theirs.pages[path].ids)
        for path, page in ours.pages.items()
        if path not in _SERVED_BY_SERVERS
    }
    assert not {path: anchors for path, anchors in different.items() if anchors}


def test_links(theirs: Built) -> None:
    """Every link of the other site leads to a page and an anchor of it."""
    wrong = {
        f"{path}: {link} {fault}"
        for path, page in theirs.pages.items()
        if path not in _SERVED_BY_SERVERS
        for link in page.links
        if (fault := theirs.fault(path, link))
    }
    assert not wrong, "\n".join(sorted(wrong))


def _anchors(ids: set[str]) -> set[str]:
    return {anchor for anchor in ids if not anchor.startswith(_OF_THEME)}
