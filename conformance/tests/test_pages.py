"""The published pages say what the kit says now; tools/publish.py writes them."""

import importlib.util
import re
from pathlib import Path

import pytest
from provider_conformance import all_checks
from provider_conformance.coverage import all_rows
from provider_conformance.zoo import registered_mutants, registered_right

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "conformance"


@pytest.fixture(scope="module")
def publish():
    """Import the tool."""
    spec = importlib.util.spec_from_file_location("publish", ROOT / "tools" / "publish.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def page(name):
    """Return a page as it is published."""
    return (PAGES / name).read_text("utf-8")


def test_checks_are_current(publish):
    """The page of checks is what the registry gives: `python tools/publish.py checks.md`."""
    assert page("checks.md") == publish.checks_page()


def test_rules_are_current(publish):
    """The page of rules is what the map gives: `python tools/publish.py rules.md`."""
    assert page("rules.md") == publish.rules_page()


def test_matrix_has_every_mutant():
    """The matrix names each mutant and its killer: `python tools/publish.py kill-matrix.md`."""
    rows = re.findall(r"^\| (\w+) \| .* \| \[(PC-[A-Z]+-\d{3})\]\(", page("kill-matrix.md"), re.M)
    assert dict(rows) == {name: mutant.kills for name, mutant in registered_mutants().items()}


def test_right_zoo_has_every_provider():
    """The page has each right provider and its warnings: `python tools/publish.py right-zoo.md`."""
    rows = re.findall(r"^\| (\w+) \| .* \| \d+ of \d+ \| (.*) \|$", page("right-zoo.md"), re.M)
    found = {name: set(re.findall(r"\[(PC-[A-Z]+-\d{3})\]", warns)) for name, warns in rows}
    assert found == {name: set(right.warns) for name, right in registered_right().items()}


def test_coverage_has_every_row():
    """The page of coverage has each row and form: `python tools/publish.py coverage.md`."""
    lines = re.findall(r"^\| `([\w.]+)` ?(.*?) \| (.+?) \| \w+ \|", page("coverage.md"), re.M)
    rows = {(row.field, row.place, form.name) for row in all_rows() for form in row.forms}
    assert set(lines) == rows


def test_links_lead_to_checks():
    """Each link to a check leads to a heading of the page of checks."""
    headings = {f"#{id.lower()}" for id in re.findall(r"^### (\S+)$", page("checks.md"), re.M)}
    linking = ["rules.md", "kill-matrix.md", "right-zoo.md", "coverage.md"]
    links = re.findall(r"checks\.md(#[\w-]+)", "".join(map(page, linking)))
    assert set(links) <= headings


@pytest.mark.parametrize("name", ["checks.md", "rules.md", "kill-matrix.md", "right-zoo.md"])
def test_markup_is_code(name):
    """Outside of code there is nothing that Markdown takes for a tag or for emphasis."""
    prose = re.sub(r"`[^`]*`|\*\*[A-Z]+\.\*\*", "", page(name))
    assert re.findall(r"</?\w+>|__\w+|\*\*.+\*\*", prose) == []


def test_every_check_has_an_entry():
    """The page of checks has each check, those of recordings and live runs too."""
    assert re.findall(r"^### (\S+)$", page("checks.md"), re.M) == list(all_checks(mode=None))
