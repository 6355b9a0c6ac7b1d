"""A member of the workspace may hold several harnesses, of what it declares and of other things."""

import pytest
from provider_conformance import find_harness
from provider_conformance.__main__ import main
from provider_conformance._find import HarnessNotFoundError
from provider_conformance.reports import origin_of
from provider_conformance.zoo import ReferenceProvider

from ._written import write_report

HARNESS = """
from provider_conformance import Harness, OpenAIWire
from provider_conformance.zoo import ReferenceProvider


class Provider(ReferenceProvider):
    name = {name!r}


HARNESS = Harness(Provider, OpenAIWire())
"""
PROJECT = """
[project]
name = "both"

[project.entry-points."provider_sdk.providers"]
first = "both:First"
second-one = "both:Second"
"""


@pytest.fixture
def member(tmp_path):
    """Return a checkout whose only member declares two providers."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "tests" / "harness.py").write_text(HARNESS.format(name="first"))
    return tmp_path


def test_each_provider_has_its_harness(member):
    """`harness_<name>.py` is the harness of that provider, `harness.py` that of any other."""
    (member / "tests" / "harness_second_one.py").write_text(HARNESS.format(name="second-one"))

    names = [find_harness(name, member)[0].provider.name for name in ("first", "second-one")]

    assert names == ["first", "second-one"]


def test_no_harness_of_its_own(member):
    """Without a file of its own, a provider has the harness of the folder."""
    harness, file = find_harness("second-one", member)

    assert issubclass(harness.provider, ReferenceProvider)
    assert file == member / "tests" / "harness.py"


@pytest.fixture
def composed(member, monkeypatch):
    """Return a checkout whose member also has a harness of what it does not declare."""
    monkeypatch.chdir(member)
    (member / "tests" / "third_harness.py").write_text(HARNESS.format(name="third"))
    return member


def test_what_is_not_declared_has_a_harness_too(composed, capsys):
    """`<name>_harness.py` is the harness of a name without an entry point; any class is checked."""
    assert main(["run", "third", "--only", "CHAT-001"]) == 0
    assert "third: not an installed provider" in capsys.readouterr().out


def reports_of_third(composed):
    """Write reports as a run of `third` does."""
    harness, file = find_harness("third", composed)
    folder = composed / "reports" / "conformance"
    folder.mkdir(parents=True)
    write_report(folder, "third", origin=origin_of(harness, file))
    return file


def test_name_and_file_are_one_harness(composed, capsys):
    """Reports of a run by the name are verified by the file as well."""
    reports_of_third(composed)
    assert main(["verify", "third"]) == 0
    assert main(["verify", "tests/third_harness.py"]) == 0


def test_matrix_shows_what_is_not_declared(composed, capsys):
    """A name without an entry point has a column, whose reports are compared with the code."""
    file = reports_of_third(composed)
    assert main(["matrix", "third"]) == 0
    assert "verified" in capsys.readouterr().out
    file.write_text(file.read_text() + "HARNESS = Harness(Provider, OpenAIWire(), model='other')")
    assert main(["matrix", "third"]) == 1
    assert "old" in capsys.readouterr().out


def test_two_undeclared_harnesses_of_one_name(composed):
    """Neither of two files of one name is taken for the other."""
    other = composed / "providers" / "other"
    (other / "tests").mkdir(parents=True)
    (other / "pyproject.toml").touch()
    (other / "tests" / "third_harness.py").write_text(HARNESS.format(name="third"))
    with pytest.raises(HarnessNotFoundError, match="have one name; rename one"):
        find_harness("third", composed)


def test_declared_name_has_no_other_harness(composed):
    """`<name>_harness.py` cannot replace the harness of a declared provider."""
    (composed / "tests" / "first_harness.py").write_text(HARNESS.format(name="other"))
    assert find_harness("first", composed)[0].provider.name == "first"
