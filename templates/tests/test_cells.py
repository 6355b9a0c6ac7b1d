"""Whatever is chosen, and wherever it lands, a bake is valid and keeps the contract."""

import pytest
from provider_conformance import find_harness, run
from provider_conformance.reports import sample_problems

from ._bakes import CELLS, answers_of, bake, cell_name, is_of_pairs
from ._faults import (
    baked_files,
    file_faults,
    is_custom,
    style_faults,
    text_faults,
    type_faults,
)

NAMES = [cell_name(cell) for cell in CELLS]
CHANGED_INSIDE = {"README.md", "pyproject.toml", "tox.ini"}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory, wheels):
    """Every cell baked outside of any checkout, by its name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROVIDER_SCAFFOLD_WHEELS", str(wheels))
        folder = tmp_path_factory.mktemp("elsewhere")
        return {cell_name(cell): bake(folder, **answers_of(cell)) for cell in CELLS}


@pytest.fixture(scope="module")
def inside(checkout):
    """Every cell baked among the providers of a checkout, by its name."""
    folder = checkout / "providers"
    return {cell_name(cell): bake(folder, **answers_of(cell)) for cell in CELLS}


@pytest.fixture(params=["elsewhere", "inside"])
def projects(request):
    """Every cell in one location."""
    return list(request.getfixturevalue(request.param).values())


def test_files(projects):
    """A bake has the files that belong to its choices, and no others."""
    assert [fault for project in projects for fault in file_faults(project)] == []


def test_texts(projects):
    """No file shows where it comes from or leaves something to fill in."""
    assert [fault for project in projects for fault in text_faults(project)] == []


def test_style(projects, programs):
    """A bake is formatted and linted, whatever the lengths of its names."""
    assert list(style_faults(projects, programs)) == []


def test_types(projects, programs):
    """A bake has strict types."""
    assert list(type_faults(projects, programs)) == []


# All of them would take a third of the time of all tests.
@pytest.mark.parametrize("name", [cell_name(cell) for cell in CELLS if is_of_pairs(cell)])
def test_conformance(name, elsewhere, importable):
    """A bake keeps every rule, without a key and without an edit."""
    importable(elsewhere[name])
    harness, _ = find_harness(str(elsewhere[name] / "tests" / "harness.py"))
    report = run(harness, seed=NAMES.index(name))
    assert [result.message for result in report.results if not result.is_good] == []
    level = "sample" if is_custom(elsewhere[name]) else "silver"
    assert (report.verdict, report.level) == ("PASS", level)
    assert list(sample_problems(harness.wire, report.sample, allowed=True)) == []


@pytest.mark.parametrize("name", NAMES)
def test_location_changes_no_code(name, elsewhere, inside):
    """What is proved of a bake elsewhere is proved of the same one in a checkout."""

    def contents(project):
        files = {path.relative_to(project).as_posix(): path for path in baked_files(project)}
        return {n: p.read_bytes() for n, p in files.items() if n.startswith(("src/", "tests/"))}

    assert contents(elsewhere[name]) == contents(inside[name])


def test_member_has_no_wheels(inside):
    """What lies in a checkout needs no wheels of it."""
    assert [name for name, project in inside.items() if (project / "wheels").exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_member_is_found_by_name(name, inside, checkout, importable):
    """The kit finds a member by its provider's name, without an edit of any list."""
    importable(inside[name])
    _, file = find_harness(name, checkout)
    assert file == inside[name] / "tests" / "harness.py"
