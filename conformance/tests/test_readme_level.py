"""A run keeps the level in a README true."""

import pytest
from provider_conformance.__main__ import main

README = "# acme\n\n<!-- conformance -->\nNot proved.\n<!-- /conformance -->\n\nMore: ä.\n"
GREEN = "from provider_conformance.zoo import HARNESS\n"
RED = """
from dataclasses import replace
from provider_conformance.zoo import HARNESS as REFERENCE
from provider_conformance.zoo.mutants.chat import FormatsText

HARNESS = replace(REFERENCE, provider=FormatsText)
"""


@pytest.fixture
def readme(tmp_path):
    """Return a README that has a place for the level."""
    file = tmp_path / "README.md"
    file.write_text(README, encoding="utf-8")
    return file


def tried(harness, readme, *options):
    """Run a harness of this source with the README, and return the exit code."""
    file = readme.with_name("harness.py")
    file.write_text(harness)
    reports = str(readme.with_name("reports"))
    return main(["run", str(file), "--reports", reports, "--readme", str(readme), *options])


def test_green_run_says_its_level(readme):
    """The level and its badge are written, and all else stays."""
    assert tried(GREEN, readme) == 0
    text = readme.read_text(encoding="utf-8")
    assert "![provider contract: silver](conformance.svg)" in text
    assert "Level **silver**" in text
    assert "Not proved." not in text
    assert text.startswith("# acme\n\n<!-- conformance -->\n")
    assert text.endswith("<!-- /conformance -->\n\nMore: ä.\n")
    assert "silver" in readme.with_name("conformance.svg").read_text()


def test_another_green_run_changes_nothing(readme):
    """Two runs with the same outcome leave the same README."""
    tried(GREEN, readme)
    first = readme.read_text(encoding="utf-8")
    tried(GREEN, readme)
    assert readme.read_text(encoding="utf-8") == first


def test_red_run_takes_the_level_away(readme):
    """What was once proved is not claimed any longer."""
    tried(GREEN, readme)
    assert tried(RED, readme) == 1
    assert "silver" not in readme.read_text(encoding="utf-8")
    assert "No level" in readme.read_text(encoding="utf-8")
    assert "provider contract: none" in readme.with_name("conformance.svg").read_text()


def test_partial_run_leaves_it_alone(readme):
    """A run of some checks says nothing of the level."""
    assert tried(GREEN, readme, "--only", "CHAT-001") == 0
    assert readme.read_text(encoding="utf-8") == README


def test_file_without_a_place_is_a_mistake(readme, capsys):
    """Without the markers nothing is run, and the error shows them."""
    readme.write_text("# acme\n")
    assert tried(GREEN, readme) == 2
    assert "<!-- conformance -->" in capsys.readouterr().err
    assert not readme.with_name("reports").exists()
