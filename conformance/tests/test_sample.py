"""A sample protocol is judged like all others, and its level is sample."""

import json
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO

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
WHOLE_SAMPLE = f"""{WIRE_FILE}
from provider_conformance.wires import Wire

for name in dir(Wire):
    method = getattr(OpenAIWire, name)
    if not name.startswith("_") and callable(method) and method is not getattr(Wire, name):
        setattr(HalfReplaced, name, sample(method))
"""
README = "<!-- conformance -->\n<!-- /conformance -->\n"


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


def test_mark_changes_no_result():
    """What is marked is judged as if it were not."""
    only = ["PC-CHAT-001", "PC-MODELS-001"]
    marked = run(replace(HARNESS, wire=HalfReplaced()), seed=3, only=only)
    assert marked.to_dict() == run(HARNESS, seed=3, only=only).to_dict()


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """Return a function that runs a wire once, and returns its folder, call and output."""
    runs = {}

    def try_once(wire):
        if wire not in runs:
            folder = tmp_path_factory.mktemp("adopter")
            (folder / "wire.py").write_text(wire)
            (folder / "harness.py").write_text(HARNESS_FILE)
            (folder / "README.md").write_text(README)
            call = [str(folder / "harness.py"), "--reports", str(folder)]
            with redirect_stdout(StringIO()) as said:
                readme = ["--readme", str(folder / "README.md")]
                assert main(["run", *call, "--seed", "3", *readme]) == 0
            runs[wire] = folder, call, said.getvalue()
        return runs[wire]

    return try_once


def test_run_says_what_is_left(tried):
    """A run tells what is marked, how many checks used it, and which file names them."""
    folder, _, said = tried(WIRE_FILE)
    left = json.loads((folder / "reference.run.json").read_text())["sample"]
    assert left["PC-MODELS-001"] == ["models"]
    file = folder / "reference.run.json"
    assert f"is still sample: models; {len(left)} checks used one, named in {file}\n" in said


def test_level_is_sample_wherever_it_is_shown(tried):
    """Table, JSON, badge, page and README say sample, and what the next level lacks."""
    folder, _, said = tried(WIRE_FILE)
    standing = "sample; for silver: 1 method still sample"
    assert f"PASS, level {standing} — " in said
    report = json.loads((folder / "reference.json").read_text())
    assert report["level"] == "sample"
    assert report["next"] == {"level": "silver", "lacks": ["1 method still sample"]}
    badge = (folder / "reference.svg").read_text()
    assert f"provider contract: {standing}" in badge
    assert 'fill="#9f9f9f"' in badge
    page = (folder / "reference.html").read_text()
    assert f'<span class="level-sample">{standing}</span>' in page
    readme = (folder / "README.md").read_text()
    assert "![provider contract: sample]" in readme
    assert "Still lacking for silver: 1 method still sample." in readme


def test_verify_is_red_while_a_method_is_marked(tried, capsys):
    """A green run of a sample protocol is not a proof, and the words say what to do."""
    _, call, _ = tried(WIRE_FILE)
    assert main(["verify", *call]) == 1
    said = capsys.readouterr().out
    assert "method is still sample: models; replace them and remove their marks" in said


def test_allowed_sample_is_accepted_while_it_is_untouched(tried, capsys):
    """``--allow-sample`` accepts a wire of which every method is marked, as level sample."""
    _, call, _ = tried(WHOLE_SAMPLE)
    assert main(["verify", *call]) == 1
    assert main(["verify", *call, "--allow-sample"]) == 0
    assert "reference: level sample; for silver: " in capsys.readouterr().out


def test_allowed_sample_ends_with_the_first_replaced_method(tried, capsys):
    """``--allow-sample`` accepts no wire that is replaced in part, and says how to go on."""
    _, call, _ = tried(WIRE_FILE)
    assert main(["verify", *call, "--allow-sample"]) == 1
    said = capsys.readouterr().out
    assert "only until its first method is replaced" in said
    assert "remove --allow-sample" in said


DELEGATES = """
from provider_conformance.wires import OpenAIWire, sample

listed = sample(OpenAIWire.models)


class HalfReplaced(OpenAIWire):
    def models(self, ids, request):
        return listed(self, ids, request)
"""


@pytest.mark.parametrize("flags", [[], ["--allow-sample"]])
def test_marked_method_elsewhere_is_red(tried, flags, capsys):
    """A wire that calls a marked method of something else has no proof either."""
    folder, call, _ = tried(DELEGATES)
    assert json.loads((folder / "reference.json").read_text())["level"] == "sample"
    assert main(["verify", *call, *flags]) == 1
    assert "sample methods that are not the wire's own: models" in capsys.readouterr().out


def test_report_has_no_level_to_give_to_a_sample(tried, capsys):
    """``report`` ends with 1 for a sample, which a gate must not take for a level."""
    _, call, _ = tried(WIRE_FILE)
    assert main(["report", *call]) == 1
    assert "reference: sample; for silver: 1 method still sample\n" in capsys.readouterr().out


class Terminal(StringIO):
    """Standard output that is a terminal."""

    def isatty(self):
        """Return that it is."""
        return True


@pytest.mark.parametrize(("colours", "begins"), [(True, "\x1b[90mreference: "), (False, "refer")])
def test_sample_is_grey_on_a_terminal(tried, monkeypatch, colours, begins):
    """A terminal that wants colours shows the level sample in grey."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not colours:
        monkeypatch.setenv("NO_COLOR", "1")
    _, call, _ = tried(WIRE_FILE)
    with redirect_stdout(Terminal()) as said:
        main(["report", *call])
    assert said.getvalue().splitlines()[-1].startswith(begins)


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
