"""The guide's reference is the docstrings of the code, as they are now."""

import html
import inspect
import re
from pydoc import locate

import pytest
import yaml

from ._guide import PAGE, ROOT

_BUILT = ROOT / "site" / "adding_providers.html"
_BLOCK = re.compile(r"^::: (\S+)\n((?:    .*\n)+)", re.MULTILINE)


def objects():
    """Return every object that the page takes from the code, by its path."""
    found = {}
    for path, block in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        members = yaml.safe_load(block)["options"]["members"]
        for name in (path, *(f"{path}.{member}" for member in members)):
            found[name] = locate(name)
    return found


def plain(text):
    """Return a text without markup, with one space between words."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).replace("`", "").split())


@pytest.fixture(scope="module")
def built():
    """Return the text of the built page."""
    assert _BUILT.exists(), "build the site first: python -m tools.site"
    return plain(_BUILT.read_text(encoding="utf-8"))


def test_objects_are_from_all_layers():
    """The page takes the provider, the dialect and the harness from their docstrings."""
    named = {name.split(".")[1] for name in objects()}
    assert named == {"BaseProvider", "Dialect", "Harness", "HttpProvider"}


def test_docstrings_are_on_the_page(built):
    """The first sentence of each docstring stands on the built page."""
    firsts = {
        name: plain((inspect.getdoc(found) or "").partition("\n\n")[0])
        for name, found in objects().items()
        if callable(found)
    }
    assert all(firsts.values())
    assert [name for name, first in firsts.items() if first not in built] == []


def test_files_are_on_the_page(built):
    """The built page holds the code itself, and no marker of a snippet."""
    assert "class ParleyDialect(Dialect):" in built
    assert "--8<--" not in built
