"""The kit tells what is left of a sample protocol, and judges them like all others."""

import json
from dataclasses import replace

import pytest
from provider_conformance import run
from provider_conformance.__main__ import main
from provider_conformance.reports._progress import sample_note
from provider_conformance.wires import OpenAIWire, Wire, sample
from provider_conformance.zoo import HARNESS

pytest_plugins = ["pytester"]

HARNESS_FILE = """
from dataclasses import replace
from provider_conformance.zoo import HARNESS as REFERENCE
from .wire import HalfReplaced

HARNESS = replace(REFERENCE, wire=HalfReplaced())
"""
WIRE_FILE = """
from provider_conformance.wires import OpenAIWire, sample

class HalfReplaced(OpenAIWire):
    models = sample(OpenAIWire.models)
"""


class HalfReplaced(OpenAIWire):
    """A wire of which two methods are still the sample's."""

    whole = sample(OpenAIWire.whole)
    models = sample(OpenAIWire.models)


@pytest.fixture
def adopter(tmp_path):
    """Return a folder with a harness whose wire lies beside it."""
    (tmp_path / "wire.py").write_text(WIRE_FILE)
    (tmp_path / "harness.py").write_text(HARNESS_FILE)
    return tmp_path


def test_checks_that_call_a_marked_method_are_named():
    """A result has the marked methods that its check called, and no others."""
    harness = replace(HARNESS, wire=HalfReplaced())
    report = run(harness, seed=3, only=["PC-CHAT-001", "PC-MODELS-001", "PC-STREAM-001"])
    assert report.sample == {"PC-MODELS-001": ("models",), "PC-CHAT-001": ("whole",)}


def test_mark_changes_no_report():
    """What is marked is judged and reported as if it were not."""
    only = ["PC-CHAT-001", "PC-MODELS-001"]
    marked = run(replace(HARNESS, wire=HalfReplaced()), seed=3, only=only)
    assert marked.to_dict() == run(HARNESS, seed=3, only=only).to_dict()


def test_run_and_verify_say_what_is_left(adopter, capsys):
    """Both commands tell what is marked, how many checks used it, and which file names them."""
    call = [str(adopter / "harness.py"), "--reports", str(adopter)]
    assert main(["run", *call, "--seed", "3"]) == 0
    run_said = capsys.readouterr().out
    assert main(["verify", *call]) == 0
    verify_said = capsys.readouterr().out

    left = json.loads((adopter / "reference.run.json").read_text())["sample"]
    assert left["PC-MODELS-001"] == ["models"]
    file = adopter / "reference.run.json"
    counted = f"is still sample: models; {len(left)} checks used one, named in {file}\n"
    assert counted in run_said
    assert counted in verify_said


def test_methods_are_counted_of_those_that_the_wire_has():
    """Progress is what is marked of all that a wire implements; what it inherits is no part."""
    wire = HalfReplaced()
    own = [name for name in vars(OpenAIWire) if name in dir(Wire) and not name.startswith("_")]
    methods = [name for name in own if callable(getattr(Wire, name))]

    expected = f"2 of {len(methods)} methods are still sample: models, whole"
    assert sample_note(wire, {}) == expected
    assert sample_note(wire, {"PC-CHAT-001": ("whole",)}) == f"{expected}; 1 check used one"
    assert sample_note(OpenAIWire(), {}) == ""


def test_red_checks_are_not_counted():
    """A check that failed may not have come to a marked method: then no count is told."""
    note = sample_note(HalfReplaced(), {"PC-CHAT-001": ("whole",)}, red=True)
    assert note.endswith("methods are still sample: models, whole")


def test_nothing_is_said_where_nothing_is_marked(tmp_path, capsys):
    """A wire without marks leaves no line and no field."""
    (tmp_path / "harness.py").write_text("from provider_conformance.zoo import HARNESS\n")
    assert main(["run", str(tmp_path / "harness.py"), "--reports", str(tmp_path)]) == 0
    assert "sample" not in capsys.readouterr().out
    assert "sample" not in json.loads((tmp_path / "reference.run.json").read_text())


def test_pytest_says_what_is_left(pytester, adopter):
    """The summary of pytest has the line, too."""
    pytester.makepyfile(
        test_suite=f"""
        from provider_conformance import conformance
        from provider_conformance import find_harness

        test_conformance = conformance(find_harness({str(adopter / "harness.py")!r})[0])
        """
    )
    result = pytester.runpytest_subprocess("-k", "MODELS-001")
    result.stdout.fnmatch_lines(["*method is still sample: models; 1 check used one"])
