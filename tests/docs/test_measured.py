"""What a build keeps is used for the same code only, and the code of mutants is whole."""

import ast
from pathlib import Path

import pytest
from provider_conformance.zoo import registered_mutants

from tools.site.kit import zoo_results
from tools.site.kit.measured import CODE, KEPT, fingerprint, keep, kept_result, measured
from tools.site.kit.mutant_code import mutant_code
from tools.site.page import ROOT

NAME = "test-measured"


@pytest.fixture(autouse=True)
def no_file_left():
    """Remove what a test kept."""
    yield
    (KEPT / f"{NAME}.json").unlink(missing_ok=True)


def measure_again():
    """Fail, because nothing should be measured."""
    raise AssertionError("it was measured again")


def test_kept_result_is_not_measured_again():
    """A result with the fingerprint of the code as it is now is taken as it was kept."""
    keep(NAME, {"a": [1]}, fingerprint())
    assert measured(NAME, measure_again).result == {"a": [1]}


def test_result_of_other_code_is_measured_again():
    """A result with another fingerprint counts as none."""
    keep(NAME, "old", "another fingerprint")
    assert kept_result(NAME) is None
    assert measured(NAME, lambda: "new").result == "new"
    assert kept_result(NAME).result == "new"


def test_quick_build_measures_nothing(monkeypatch):
    """With SITE_QUICK, what was not kept stays unknown."""
    monkeypatch.setenv("SITE_QUICK", "1")
    assert measured(NAME, measure_again) is None


def test_fingerprint_depends_on_the_files():
    """Other files have another fingerprint, and the same files the same."""
    sdk, kit = fingerprint(["sdk/src"]), fingerprint(["conformance/src"])
    assert sdk != kit
    assert fingerprint(["sdk/src"]) == sdk


def test_fingerprint_depends_on_what_measures():
    """A result that was measured in another way has another form, so that no page can read it."""
    measuring = Path(zoo_results.__file__).relative_to(ROOT).as_posix()
    assert measuring in CODE


def test_fingerprint_depends_on_the_libraries_if_asked():
    """The versions of libraries count, unless a result is about a client of its own."""
    assert fingerprint(["sdk/src"]) != fingerprint(["sdk/src"], libraries=False)


def test_code_of_a_mutant_is_python_without_its_registration():
    """The code of each mutant parses, holds its class, and no decorator of the zoo."""
    for mutant in registered_mutants().values():
        code = mutant_code(mutant)
        classes = {node.name for node in ast.parse(code).body if isinstance(node, ast.ClassDef)}
        assert classes & {base.__name__ for base in mutant.harness.provider.__mro__}, mutant.name
        assert "@mutant" not in code


def test_code_of_a_mutant_has_what_it_uses():
    """What a mutant takes from its module is shown with it."""
    code = mutant_code(registered_mutants()["RaisesTheSameForAll"])
    assert "class _NamelessFailures" in code
    assert "def _nameless" in code
