"""What a run leaves behind."""

import json
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from provider_conformance import run
from provider_conformance.__main__ import main
from provider_conformance.reports import origin_of, table, write_reports
from provider_conformance.reports._verify import problems
from provider_conformance.zoo import HARNESS, ReferenceProvider
from provider_conformance.zoo.mutants.chat import FormatsText

BROKEN = replace(HARNESS, provider=FormatsText)
ONLY = ["CHAT-001", "AUTH"]


@pytest.fixture
def written(tmp_path):
    """Return a writer that runs a harness and returns the folder with its reports."""

    def write(harness, folder="reports", **options):
        report = run(harness, **{"seed": 3, "only": ONLY, **options})
        write_reports(report, origin_of(harness, None), tmp_path / folder)
        return tmp_path / folder

    return write


def test_report_is_the_same_for_one_seed(written):
    """Two runs with one seed leave the same JSON, to the byte."""
    first, second = written(BROKEN, "first"), written(BROKEN, "second")
    assert (first / "reference.json").read_bytes() == (second / "reference.json").read_bytes()


def test_report_differs_for_another_seed(written):
    """Another seed makes other payloads."""
    first, second = written(BROKEN, "first"), written(BROKEN, "second", seed=4)
    assert (first / "reference.json").read_bytes() != (second / "reference.json").read_bytes()


def test_report_on_a_socket_is_the_same_for_one_seed(written):
    """The socket's port and timing do not reach the report."""
    first = written(BROKEN, "first", driver="socket")
    second = written(BROKEN, "second", driver="socket")
    assert (first / "reference.json").read_bytes() == (second / "reference.json").read_bytes()


def test_report_follows_its_published_schema(written):
    """The JSON is what the published schema says."""
    package = files("provider_conformance.reports")
    schema = json.loads((package / "report.schema.json").read_text("utf-8"))
    report = json.loads((written(BROKEN) / "reference.json").read_bytes())
    jsonschema.Draft202012Validator(schema).validate(report)


def test_report_names_what_the_provider_can_do():
    """The report lists the declared capabilities; of something else it lists none."""

    class Odd(ReferenceProvider):
        capabilities = 7

    words = run(HARNESS, seed=1, only=["CHAT-001"]).to_dict()["capabilities"]
    assert words == sorted(ReferenceProvider.capabilities)
    odd = run(replace(HARNESS, provider=Odd), seed=1, only=["CHAT-001"])
    assert odd.to_dict()["capabilities"] == []


def test_junit_has_a_case_for_each_check(written):
    """The XML counts cases and failures as the report does."""
    suite = ElementTree.parse(written(BROKEN) / "reference.xml").getroot()
    cases = suite.findall("testcase")
    assert len(cases) == int(suite.attrib["tests"])
    failed = [c.attrib["name"][:11] for c in cases if c.find("failure") is not None]
    assert len(failed) == int(suite.attrib["failures"])
    assert "PC-CHAT-001" in failed


def test_badge_says_the_level(written):
    """The badge of a partial run says that it has no level."""
    ElementTree.parse(written(BROKEN) / "reference.svg")
    assert "provider contract: none" in (written(BROKEN) / "reference.svg").read_text()


def test_no_report_holds_the_credential(written):
    """Whatever failed, no file of a run shows a credential."""
    for file in written(BROKEN).iterdir():
        assert "canary-" not in file.read_text("utf-8"), file.name


def test_table_ends_with_the_verdict():
    """The last line for a person says provider, verdict, level and seed."""
    last = table(run(BROKEN, seed=3, only=ONLY)).splitlines()[-1]
    assert re.match(
        r"reference: FAIL, level none; for bronze: .* — \d+ fail.* — seed 3, respx", last
    )


@pytest.fixture
def whole(written):
    """Return the folder of a whole green run."""
    return written(HARNESS, only=[])


def test_whole_green_run_is_a_proof(whole):
    """``verify`` accepts a report in which every check ran and none is red."""
    assert problems(HARNESS, None, whole) == []


def test_altered_report_is_no_proof(whole):
    """``verify`` notices a report that was changed after its run."""
    file = whole / "reference.json"
    file.write_text(file.read_text().replace('"seed": 3', '"seed": 4'))
    assert any("do not belong together" in problem for problem in problems(HARNESS, None, whole))


def test_changed_code_makes_a_report_stale(whole, tmp_path):
    """``verify`` notices that the code has changed since the run."""
    source = tmp_path / "harness.py"
    source.write_text("# new\n")
    assert any("code has changed" in problem for problem in problems(HARNESS, source, whole))


def test_changed_wire_makes_a_report_stale(tmp_path, capsys):
    """``verify`` notices that the wire beside the harness has changed since the run."""
    (tmp_path / "wire.py").write_text(
        "from provider_conformance import OpenAIWire\n\n\nclass OwnWire(OpenAIWire):\n    pass\n"
    )
    (tmp_path / "harness.py").write_text(
        "from dataclasses import replace\n"
        "from provider_conformance.zoo import HARNESS as REFERENCE\n"
        "from .wire import OwnWire\n"
        "HARNESS = replace(REFERENCE, wire=OwnWire())\n"
    )
    call = [str(tmp_path / "harness.py"), "--reports", str(tmp_path / "reports")]
    assert main(["run", *call]) == 0
    assert main(["verify", *call]) == 0
    with (tmp_path / "wire.py").open("a") as file:
        file.write("# new\n")
    assert main(["verify", *call]) == 1
    assert "the code has changed" in capsys.readouterr().out


@pytest.mark.parametrize("date", [None, "lately", "2026-01-01T00:00:00"])
def test_report_without_a_date_is_no_proof(whole, date):
    """``verify`` notices a run that nobody can date."""
    file = whole / "reference.run.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "date": date}))
    assert any("no date" in problem for problem in problems(HARNESS, None, whole))


def test_partial_report_is_no_proof(written):
    """``verify`` notices checks of the contract that did not run."""
    assert any("INCOMPLETE" in problem for problem in problems(HARNESS, None, written(HARNESS)))


def test_red_report_is_no_proof(written):
    """``verify`` notices a report that is red."""
    assert any("FAIL" in problem for problem in problems(BROKEN, None, written(BROKEN, only=[])))


def test_missing_report_is_no_proof(tmp_path: Path):
    """``verify`` says that there is no report."""
    assert any("missing" in problem for problem in problems(HARNESS, None, tmp_path))
