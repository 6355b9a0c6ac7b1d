"""How pages of the repository become pages of the site."""

from __future__ import annotations

import subprocess

import pytest

from tools.site.generate import update
from tools.site.markdown import link_targets, title_of
from tools.site.nav import expand
from tools.site.page import DOCS, FOLDERS, ROOT, Page
from tools.site.prepare import Site
from tools.site.sources import show_source

SITE = Site.of(
    {
        "index.md": "# Home\n",
        "command.md": '# The command\n\n--8<-- "cli/README.md"\n',
        "wires/index.md": "# Wires\n",
        "settings.md": "# Settings\n",
    }
)


@pytest.mark.parametrize(
    ("link", "prepared"),
    [
        ("../cli/README.md#json", "command.md#json"),
        ("../README.md", "index.md"),
        ("../sdk/pyproject.toml", "source/sdk/pyproject.toml.md"),
        ("wires/examples/", "source/docs/wires/examples.md"),
        ("wires/", "wires/index.md"),
        ("settings.md#a", "settings.md#a"),
        ("gone.md", "gone.md"),
        ("assets/stylesheets/site.css", "assets/stylesheets/site.css"),
        ("https://example.org/a", "https://example.org/a"),
        ("#json", "#json"),
    ],
)
def test_links_out_of_docs(link: str, prepared: str) -> None:
    """A link leads to the page that shows its target; one to a page or an asset stays."""
    assert SITE.prepare("settings.md", f"See [this]({link}).") == f"See [this]({prepared})."


def test_included_page() -> None:
    """An included file has the title of the page, and its links lead to the same places."""
    text = SITE.prepare("command.md", '# The command\n\n--8<-- "cli/README.md"\n')
    assert text.count("\n# ") == 0
    assert "](settings.md)" in text


def test_links_in_code() -> None:
    """What looks like a link in code is not a link."""
    text = "```\n[a](b.md)\n```\n\n`[c](d.md)` and [`e`](f.md)\n\n[g]: h.md\n"
    assert link_targets(text) == ["f.md", "h.md"]


def test_title_in_code() -> None:
    """A comment in a block of code is no title."""
    assert title_of("```sh\n# comment\n```\n\n# Title {#id}\n") == "Title"


def test_source_page() -> None:
    """The page of a file shows all of it, also if it has blocks of code itself."""
    text = show_source("docs/commands.md")
    assert (DOCS / "commands.md").read_text(encoding="utf-8").rstrip() in text
    assert text.rstrip().endswith("````")


def test_source_page_of_a_folder() -> None:
    """The page of a folder shows each file under its name, also one that has underscores."""
    text = show_source("docs/wires/examples/tagline")
    assert "\n# `docs/wires/examples/tagline`\n" in text
    assert "\n## `__init__.py`\n" in text
    assert "__pycache__" not in text


def test_menu_takes_new_pages() -> None:
    """``folder/*`` stands for the pages without an entry, the index first, folders as sections."""
    nav = [{"A": ["one.md", "a/*"]}, {"Empty": ["none/*"]}, {"Rest": ["./*"]}]
    pages = ["one.md", "a/z.md", "a/index.md", "a/in_side/y.md", "b/x.md", "other.md"]
    assert expand(nav, dict.fromkeys(pages, "T") | {"b/index.md": "Bees"}) == [
        {"A": ["one.md", "a/index.md", "a/z.md", {"In side": ["a/in_side/y.md"]}]},
        {"Rest": ["other.md", {"Bees": ["b/index.md", "b/x.md"]}]},
    ]


def test_pages_that_stay_are_not_written_again(tmp_path) -> None:
    """Whoever reads the pages meanwhile finds each of them; what is not made any more is gone."""
    old = [Page("reference/same.md", "# Same\n"), Page("reference/new.md", "# Old\n")]
    update(tmp_path, [*old, Page("reference/inside/gone.md", "# Gone\n")])
    (tmp_path / "written.md").write_text("# Written\n")
    same = tmp_path / "reference" / "same.md"
    before = same.stat()

    update(tmp_path, [old[0], Page("reference/new.md", "# New\n")])

    files = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*")}
    assert sorted(files) == ["reference", "reference/new.md", "reference/same.md", "written.md"]
    assert files["reference/new.md"].read_text() == "# New\n"
    assert (same.stat().st_ino, same.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_generated_pages_are_not_committed() -> None:
    """No folder of generated pages has a file in the repository, nor has the built site."""
    folders = [f"docs/{folder}" for folder in FOLDERS]
    command = ["git", "ls-files", "--", *folders, "site"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert listed.stdout == ""
