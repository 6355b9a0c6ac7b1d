"""``wire`` says what recordings prove of a wire, and so does every complete run."""

import json
import re
from dataclasses import replace

import pytest
from provider_conformance import run
from provider_conformance.__main__ import main
from provider_conformance.reports import table
from provider_conformance.reports._digests import digests
from provider_conformance.reports._result import Report
from provider_conformance.shapes import WireProof, prove_wire
from provider_conformance.zoo import HARNESS

from ._recordings import cassette, exchanges, write_cassettes

_HARNESS = """
import json
from dataclasses import replace
from pathlib import Path
from provider_conformance import OpenAIWire
from provider_conformance.zoo import HARNESS

class Inventive(OpenAIWire):
    def whole(self, answer):
        reply = super().whole(answer)
        body = json.loads(reply.body)
        body["mood"] = "cheerful"
        return replace(reply, steps=(json.dumps(body).encode(),))

class Broken(OpenAIWire):
    def whole(self, answer):
        return {}["missing"]

HERE = Path(__file__).parent
"""


@pytest.fixture
def harness(tmp_path):
    """Return a function that writes a harness and returns its file."""

    def write(said):
        file = tmp_path / "harness.py"
        file.write_text(f"{_HARNESS}HARNESS = replace(HARNESS, {said})\n")
        return str(file)

    return write


@pytest.fixture
def tapes(tmp_path):
    """Return a folder of cassettes of the real service."""
    return write_cassettes(tmp_path / "tapes", exchanges())


def test_honest_wire_is_held_against_recordings(harness, tapes, capsys):
    """A wire that the recordings show is told with their number and day, and the code is 0."""
    assert main(["wire", harness("model='m-1'"), "--against", str(tapes)]) == 0
    assert (
        "wire: compared with 25 exchanges of api.example.org, 2026-11-28\n"
        in capsys.readouterr().out
    )


def test_invented_field_ends_with_1(harness, tapes, capsys):
    """A wire that invents a field is told so, with what to do."""
    assert main(["wire", harness("wire=Inventive()"), "--against", str(tapes)]) == 1
    out = capsys.readouterr().out
    assert out.startswith("chat answer: `mood` is in no recorded reply\n")
    assert "reference: 1 place of the wire is not in 25 exchanges of" in out
    assert "`documented`" in out


def test_written_shapes_serve_instead_of_cassettes(harness, tapes, tmp_path, capsys):
    """The file that ``--write-shapes`` leaves finds the same as the cassettes."""
    file = tmp_path / "shapes.json"
    target = harness("wire=Inventive()")
    main(["wire", target, "--against", str(tapes), "--write-shapes", str(file)])
    first = capsys.readouterr().out
    assert main(["wire", target, "--against", str(file)]) == 1
    assert capsys.readouterr().out == first


def test_recordings_of_the_harness_are_used(harness, tapes, capsys):
    """Without ``--against`` the harness's own cassettes count."""
    assert main(["wire", harness("cassettes=HERE / 'tapes'")]) == 0
    assert "25 exchanges" in capsys.readouterr().out


def test_verbose_lists_what_the_wire_never_sends(harness, tmp_path, capsys):
    """What only the service sends is counted, and listed if asked for; it is not red."""
    chosen = list(exchanges())
    body = json.loads(b"".join(chosen[0].chunks)) | {"moderation": {"flagged": False}}
    chosen[0] = replace(chosen[0], chunks=[json.dumps(body).encode()])
    call = [
        "wire",
        harness("model='m-1'"),
        "--against",
        str(write_cassettes(tmp_path / "t", chosen)),
    ]
    assert main(call) == 0
    assert "1 recorded place that the wire never sends" in capsys.readouterr().out
    assert main([*call, "--verbose"]) == 0
    assert "(chat answer: `moderation` is recorded" in capsys.readouterr().out


def test_fault_of_the_wire_is_told(harness, tapes, capsys):
    """A wire that raises is named with the exception and its place."""
    assert main(["wire", harness("wire=Broken()"), "--against", str(tapes)]) == 1
    said = capsys.readouterr().out
    assert re.search(r"your wire raised KeyError in whole \(harness\.py:\d+\): 'missing'", said)


def _huge(folder):
    return b'{"schema": "' + b"x" * (65 * 1024 * 1024) + b'"}'


def _deep(folder):
    first = next(exchanges())
    return cassette(replace(first, chunks=[b"[" * 300 + b"]" * 300])).dump().encode()


def _not_json(folder):
    first = next(exchanges())
    return cassette(replace(first, chunks=[b"<html>busy</html>"])).dump().encode()


def _foreign(folder):
    first = next(exchanges())
    return cassette(replace(first, path="/api/other")).dump().encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda folder: b"{", "is not a cassette"),
        (lambda folder: b"\xff\xfe", "is not UTF-8"),
        (_huge, "is larger than 64 MB"),
        (_deep, "exchange 1 of chat cannot be compared: it is nested"),
        (_not_json, "exchange 1 of chat cannot be compared: it holds no JSON"),
        (_foreign, "recordings of another service"),
    ],
)
def test_hostile_cassette_is_one_sentence(harness, tmp_path, content, said, capsys):
    """A cassette that cannot be compared ends with one sentence and code 2."""
    folder = tmp_path / "tapes"
    folder.mkdir()
    (folder / "chat.json").write_bytes(content(folder))
    assert main(["wire", harness("model='m-1'"), "--against", str(folder)]) == 2
    problem = capsys.readouterr().err
    assert said in problem
    assert problem.count("\n") == 1


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b'{"schema": "provider-conformance-shapes/1"}',
        b'{"schema": "provider-conformance-shapes/1", "parts": {"soup": {}}}',
        b'{"schema": "provider-conformance-shapes/1", "exchanges": 7, "hosts": [], "days": [], '
        b'"headers": [], "parts": {}}',
        b'{"schema": "provider-conformance-shapes/1", "parts": {"failure": {"statuses": ["x"]}}}',
        b"[" * 100_000,
    ],
)
def test_hostile_shapes_are_one_sentence(harness, tmp_path, content, capsys):
    """A file that does not hold shapes ends with one sentence and code 2."""
    file = tmp_path / "shapes.json"
    file.write_bytes(content)
    assert main(["wire", harness("model='m-1'"), "--against", str(file)]) == 2
    problem = capsys.readouterr().err
    assert "is not a file of shapes" in problem
    assert problem.count("\n") == 1


def test_without_recordings_the_call_is_wrong(harness, capsys):
    """With nothing to compare with, the command says what makes recordings."""
    assert main(["wire", harness("model='m-1'")]) == 2
    assert "`provider-conformance record` makes cassettes" in capsys.readouterr().err


def test_wire_without_recordings_is_unproved(tmp_path):
    """A harness without recordings, or with a folder that is still empty, proves no wire."""
    for harness in (HARNESS, replace(HARNESS, cassettes=tmp_path)):
        assert prove_wire(harness).line.startswith("wire unproved")


def test_provider_that_asks_nothing_does_not_stop_the_run(tapes):
    """If the provider sends no chat, that is what is said of the wire."""

    class Silent(HARNESS.provider):
        async def chat(self, messages, model=None, stream=False, **options):
            raise RuntimeError("no")

    proof = prove_wire(replace(HARNESS, provider=Silent, cassettes=tapes))
    assert proof.invented == [
        "reference sends no chat to its scripted service; `provider-conformance run` says why"
    ]


INVENTIVE = WireProof(3, ["api.example.org"], ["2026-11-28", "2026-11-28"], ["chat answer: `x`"])


def test_provider_that_exits_does_not_end_the_run(tapes):
    """A provider that exits in a call ends neither the comparison nor its process."""

    class Exits(HARNESS.provider):
        async def list_models(self):
            raise SystemExit(0)

    proof = prove_wire(replace(HARNESS, provider=Exits, cassettes=tapes))
    assert proof.invented == []


def test_what_recordings_do_not_prove_is_said():
    """The line counts what is known from documentation alone, and names what was not recorded."""
    proof = WireProof(1, ["a.example"], ["2026-11-28"], [], ["failure: `status 529`"], ["account"])
    assert proof.line == (
        "wire: compared with 1 exchange of a.example, 2026-11-28; "
        "1 place is documented only; not recorded: account"
    )


def test_inventing_wire_makes_a_report_red():
    """A wire that invents makes the verdict FAIL and leaves no level, and one line says so."""
    report = Report("p", "mock", 1, [], wire=INVENTIVE)
    line = "wire: not as in 3 exchanges of api.example.org, 2026-11-28: chat answer: `x`"
    assert (report.verdict, report.level) == ("FAIL", "none")
    assert line in table(report)


def test_run_tells_what_the_wire_was_held_against(tapes):
    """A complete run with recordings names their number, and passes."""
    report = run(replace(HARNESS, cassettes=tapes), seed=4)
    assert (report.verdict, report.wire.exchanges, report.wire.invented) == ("PASS", 25, [])


def test_run_of_an_inventing_wire_ends_with_1(harness, tapes, tmp_path, capsys):
    """The command's own run is red by the wire alone, and the report keeps what was invented."""
    target = harness("wire=Inventive(), cassettes=HERE / 'tapes'")
    assert main(["run", target, "--seed", "4", "--reports", str(tmp_path / "reports")]) == 1
    report = json.loads((tmp_path / "reports" / "reference.json").read_bytes())
    assert report["wire"]["invented"] == ["chat answer: `mood` is in no recorded reply"]
    assert report["counts"].keys() <= {"pass", "refused"}
    page = (tmp_path / "reports" / "reference.html").read_text()
    assert (
        "wire: not as in 25 exchanges of api.example.org, 2026-11-28: chat answer: `mood`" in page
    )
    assert "reference: FAIL, level none" in capsys.readouterr().out


def test_changed_shapes_outdate_a_report(tmp_path):
    """The digests of a run depend on the file of shapes, so that ``verify`` notices a change."""
    harness = replace(HARNESS, shapes=tmp_path / "shapes.json")
    harness.shapes.write_text("{}")
    before = digests(harness, None)
    harness.shapes.write_text("[]")
    changed = {name for name, value in digests(harness, None).items() if value != before[name]}
    assert changed == {"shapes_digest"}


def test_partial_run_says_nothing_of_the_wire():
    """Only a complete run compares the wire."""
    assert run(HARNESS, seed=4, only=["PC-CHAT-001"]).wire is None
