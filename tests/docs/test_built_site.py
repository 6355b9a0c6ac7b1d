"""The built site: where its links lead, and what a browser would request for it."""

from __future__ import annotations

import pytest
from mkdocs.config import load_config

from tests.docs._site import Built, Html, in_css, is_elsewhere
from tools.site.page import DOCS, ROOT

UNPUBLISHED = {"examples", "overrides"}


def test_links(built: Built) -> None:
    """Every link of every page leads to a file of the site, and to an anchor that is there."""
    wrong = {
        f"{path}: {link} {fault}"
        for path, page in built.pages.items()
        for link in {*page.links, *page.loads}
        if (fault := built.fault(path, link))
    }
    assert not wrong, "\n".join(sorted(wrong))
    assert sum(len(page.links) for page in built.pages.values()) > 1000


def test_requests_of_pages(built: Built) -> None:
    """No page loads anything from another host."""
    foreign = {
        f"{path}: {address}"
        for path, page in built.pages.items()
        for address in page.loads
        if is_elsewhere(address)
    }
    assert not foreign, "\n".join(sorted(foreign))


@pytest.mark.parametrize("suffix", ["css", "svg"])
def test_requests_of_other_files(built: Built, suffix: str) -> None:
    """No style sheet and no picture loads anything from another host."""
    files = list(built.folder.rglob(f"*.{suffix}"))
    texts = {file: file.read_text(encoding="utf-8") for file in files}
    foreign = {
        f"{file}: {address}"
        for file, text in texts.items()
        for address in [*in_css(text), *(Html.read(text).loads if suffix == "svg" else [])]
        if is_elsewhere(address)
    }
    assert files
    assert not foreign, "\n".join(sorted(foreign))


def test_every_page_is_published(built: Built) -> None:
    """Every page of ``docs`` is a page of the site."""
    files = (path.relative_to(DOCS) for path in DOCS.rglob("*.md"))
    pages = {path for path in files if not UNPUBLISHED & set(path.parts)}
    assert len(pages) > 30
    missing = {page for page in pages if page.with_suffix(".html").as_posix() not in built.pages}
    assert not missing


def test_titles(built: Built) -> None:
    """Every page has one title, and its own one in the window."""
    name = load_config(str(ROOT / "mkdocs.yml")).site_name
    for path, page in built.pages.items():
        assert len(page.titles["h1"]) == 1, path
        assert all(map(str.strip, page.titles["h1"])), path
        assert page.titles["title"][0].strip(), path
        is_theme = name in page.titles["title"][0]
        assert not is_theme or path == "index.html" or " - " in page.titles["title"][0], path


def test_menu(built: Built) -> None:
    """The menu of the first page leads to every page, except to those that show source files."""
    first = set(built.pages["index.html"].links)
    pages = {path for path in built.pages if (built.folder / path).with_suffix(".md").is_file()}
    missing = {path for path in pages - first if not path.startswith("source/")}
    assert not missing


def test_search_has_pages_alone(built: Built) -> None:
    """The search finds pages, and no source file."""
    index = (built.folder / "search" / "search_index.json").read_text(encoding="utf-8")
    assert '"location":"huggingface.html' in index
    assert '"location":"source/' not in index


@pytest.mark.parametrize(
    ("text", "loads"),
    [
        ('<img src="a.png" style="background: url(b.png)">', ["a.png", "b.png"]),
        ("<style>@import 'c.css'; p { background: url('d.png') }</style>", ["d.png", "c.css"]),
        ('<link rel="preconnect" href="https://x">', ["https://x"]),
        ('<link rel="next" href="e.html"><a href="f.html">f</a>', []),
        ('<script src="//g/h.js"></script>', ["//g/h.js"]),
    ],
)
def test_what_is_loaded(text: str, loads: list[str]) -> None:
    """What a browser requests by itself is told from what a reader may follow."""
    assert sorted(Html.read(text).loads) == sorted(loads)


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("a.html#there", None),
        ("#here", None),
        ("folder/../a.html", None),
        ("https://example.org/x", None),
        ("a.html#gone", "has no such anchor"),
        ("b.html", "does not exist"),
        ("/a.html", "is absolute, and so leads out of a site under a sub-path"),
        ("../a.html", "leads out of the site"),
        ("folder/", "is a folder, which shows nothing from file://"),
    ],
)
def test_faults(tmp_path, link: str, fault: str | None) -> None:
    """A dead link, a dead anchor and an absolute link are found."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "c.html").write_text("<p>")
    (tmp_path / "index.html").write_text("<p id=here>")
    (tmp_path / "a.html").write_text("<p id=there>")
    assert Built(tmp_path).fault("index.html", link) == fault
