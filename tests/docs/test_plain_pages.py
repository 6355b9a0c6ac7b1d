"""What the site has for readers that are programs."""

from __future__ import annotations

import re

import pytest

from tests.docs._site import Built
from tools.site.api import Api
from tools.site.page import ROOT
from tools.site.plain import first_sentence, readable


def test_pages_name_their_markdown(built: Built) -> None:
    """Each page that Markdown made has a link to it in its head, not taken for a language."""
    for path in built.folder.rglob("*.md"):
        page = path.relative_to(built.folder).with_suffix(".html").as_posix()
        assert path.name in built.pages[page].links, page
        assert '<link rel="alternate"' not in path.with_suffix(".html").read_text("utf-8"), page


def test_markdown_beside_html(built: Built) -> None:
    """Each page that Markdown made is there as Markdown, with its text."""
    without = [
        path
        for path, page in built.pages.items()
        if "__search" in page.ids and not (built.folder / path).with_suffix(".md").is_file()
    ]
    assert set(without) <= {"404.html"}
    for path in built.folder.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert len(text.split()) > 5, path
        outside = re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
        assert not re.search(r"^(:::|--8<--) ", outside, re.MULTILINE), path


def test_list_of_pages(built: Built) -> None:
    """``llms.txt`` begins with the site's name, and links to the Markdown of each page."""
    text = (built.folder / "llms.txt").read_text(encoding="utf-8")
    links = re.findall(r"^- \[[^]]+\]\(([^)]+)\)", text, re.MULTILINE)
    pages = {path.relative_to(built.folder).as_posix() for path in built.folder.rglob("*.md")}
    assert text.startswith("# Provider contract\n\n> ")
    assert sorted(links) == sorted(pages)


def test_notes_for_tests_are_left_out() -> None:
    """A page for programs has no note about how its code is tested, except one inside code."""
    text = "# T\n\n<!-- snippet: first\nmkdir a\n-->\n```sh\n<!-- snippet: continues -->\n```\n"
    assert readable(text) == "# T\n\n```sh\n<!-- snippet: continues -->\n```\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```python\na = 1\n\n```\nEnd.\n", "```python\na = 1\n```\nEnd.\n"),
        ("```\n```\n\n```\na\n\nb\n```\n", "```\n```\n\n```\na\n\nb\n```\n"),
        ("````\n```\na\n\n```\n````\n", "````\n```\na\n\n```\n````\n"),
    ],
)
def test_code_ends_with_its_last_line(text: str, code: str) -> None:
    """Code of a page for programs has no empty line after it, so that a copy is the file."""
    assert readable(text) == code


def test_described_object() -> None:
    """A description has the signature and the docstring of an object and of its members."""
    api = Api(str(ROOT / "sdk" / "src"))
    text = "# T\n\n::: provider_sdk.BaseProvider\n    options:\n      members: [chat]\n\nEnd.\n"
    plain = api.resolve(text)
    assert plain.startswith("# T\n\n## `provider_sdk.BaseProvider`\n")
    assert "### `chat`\n\n```python\nchat(messages: Messages, " in plain
    assert "`complete`" not in plain
    assert plain.endswith("\n\nEnd.\n")


def test_described_in_code() -> None:
    """A directive in a block of code stays as it is."""
    text = "```markdown\n::: provider_sdk.BaseProvider\n```\n"
    assert Api().resolve(text) == text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("# T\n\nOne [link](a.md) here. Two.\n", "One link here."),
        ("# T\n\n```console\n$ a. b\n```\n\nAfter code: it is.\n", "After code: it is."),
        ("# T\n\n`a` is b. More.\n", "`a` is b."),
        ("# T\n\n* item\n\nxylophone.\n", "xylophone."),
        ("# T\n\n**Bold** words.\n", "**Bold** words."),
        ("# T\n\nSuch as this:\n\n- a\n", "Such as this"),
        ("# T\n\n| a |\n|---|\n", ""),
    ],
)
def test_first_sentence(text: str, sentence: str) -> None:
    """The first sentence of a page is that of its first paragraph."""
    assert first_sentence(text) == sentence
