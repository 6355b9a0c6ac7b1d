"""A run replaces its own reports, and not those of another provider with the same name."""

import json

import pytest
from provider_conformance.__main__ import main
from provider_conformance.reports import require_own_reports

HARNESS = "from provider_conformance.zoo import HARNESS\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with two harnesses of one name, and the reports of the first."""
    place = tmp_path_factory.mktemp("twins")
    (place / "one.py").write_text(HARNESS)
    (place / "two.py").write_text(HARNESS)
    assert main(["run", *call(place, "one.py")]) == 0
    return place


def call(place, name):
    """Return the arguments for a harness of a folder."""
    return [str(place / name), "--reports", str(place / "reports"), "--seed", "1"]


def test_reports_of_another_harness_are_not_overwritten(folder, capsys):
    """A second harness of one name is a mistake in the call, and the first keeps its proof."""
    assert main(["run", *call(folder, "two.py")]) == 2
    said = capsys.readouterr().err
    assert "is of another harness with the same name, ../one.py:HARNESS" in said
    assert "give each a folder by --reports" in said
    assert main(["verify", *call(folder, "one.py")[:3]]) == 0


def test_another_harness_of_one_file_is_another(folder, monkeypatch, capsys):
    """Two harnesses in one module do not overwrite each other's reports either."""
    (folder / "twins_of_one.py").write_text(f"{HARNESS}GOOD = HARNESS\n")
    monkeypatch.syspath_prepend(str(folder))
    reports = folder / "other"
    reports.mkdir()
    run = {"harness": "../twins_of_one.py:GOOD"}
    (reports / "reference.run.json").write_text(json.dumps(run))
    options = ["--reports", str(reports), "--seed", "1"]
    assert main(["run", "twins_of_one:HARNESS", *options]) == 2
    assert "../twins_of_one.py:GOOD" in capsys.readouterr().err


@pytest.mark.parametrize("other", ["../gone.py:HARNESS", "", None, 7, f"{'x' * 9999}:x", "\0:x"])
def test_reports_of_a_moved_harness_are_replaced(tmp_path, other):
    """A harness that is gone from its place was moved, and odd data names none."""
    (tmp_path / "reference.run.json").write_text(json.dumps({"harness": other}))
    require_own_reports("reference", "mock", tmp_path, "../one.py:HARNESS")


def test_run_names_its_harness(folder):
    """The data of a run say where its harness is, as seen from the folder of reports."""
    run = json.loads((folder / "reports" / "reference.run.json").read_bytes())
    assert run["harness"] == "../one.py:HARNESS"
