"""Files are written whole or not at all, and files that others wrote are read within limits."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from provider_conformance import all_checks
from provider_conformance.__main__ import main
from provider_conformance._files import UnwrittenError, write_files
from provider_conformance._find import HarnessNotFoundError, find_harness
from provider_conformance._reading import parse_json
from provider_conformance.cassettes import CassetteError, read_cassettes
from provider_conformance.reports import read_report
from provider_conformance.reports._deviations import DeviationError, read_deviations
from provider_conformance.wires import json_values

from ._broken import write_broken

DEEP = "[" * 100_000


def test_files_are_replaced_together(tmp_path):
    """All files get their new content, and nothing else is left in the folder."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("old")
    write_files({one: b"1", two: b"2"})
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        "one": b"1",
        "two": b"2",
    }


def limited(*arguments, blocks):
    """Run Python in a process that can write no file with more blocks of 512 bytes."""
    call = ["sh", "-c", f'ulimit -f {blocks}; exec "$0" "$@"', sys.executable, *map(str, arguments)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(call, env=environment, capture_output=True, text=True, check=False)


def test_file_that_does_not_fit_leaves_the_old_ones(tmp_path):
    """A disk that has no room for one file leaves all as they were."""
    for name in ("one", "two"):
        (tmp_path / name).write_text("old")
    code = (
        "import sys; from pathlib import Path\n"
        "from provider_conformance._files import write_files\n"
        "folder = Path(sys.argv[1])\n"
        "write_files({folder / 'one': b'new', folder / 'two': bytes(9999)})"
    )
    ended = limited("-c", code, tmp_path, blocks=2)
    assert f"{tmp_path / 'two'} cannot be written: File too large" in ended.stderr
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        "one": "old",
        "two": "old",
    }


def test_permissions_of_a_file_stay(tmp_path):
    """A file that is replaced keeps who may read it."""
    file = tmp_path / "private"
    file.touch(0o600)
    write_files({file: b"new"})
    assert file.stat().st_mode & 0o777 == 0o600


def test_folder_in_place_of_a_file_is_one_sentence(tmp_path):
    """What cannot be replaced is named."""
    (tmp_path / "taken" / "by").mkdir(parents=True)
    with pytest.raises(UnwrittenError, match="taken cannot be written"):
        write_files({tmp_path / "taken": b"new"})
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.fixture
def proved(tmp_path):
    """Return the arguments of a harness that has a proof."""
    call = [str(write_broken(tmp_path, "")), "--reports", str(tmp_path / "reports")]
    assert main(["run", *call, "--seed", "1"]) == 0
    return call


def test_full_disk_is_one_sentence_and_no_proof(proved, tmp_path):
    """If the disk is too full for the new reports, none is left, and the results are printed."""
    ended = limited("-m", "provider_conformance", "run", *proved, "--seed", "2", blocks=16)
    assert ended.returncode == 2
    assert f"{len(all_checks())} pass" in ended.stdout
    (line,) = ended.stderr.splitlines()
    assert line.startswith("provider-conformance: there are no reports: ")
    assert line.endswith("cannot be written: File too large")
    assert list((tmp_path / "reports").iterdir()) == []
    assert main(["verify", *proved]) == 1


def test_report_of_a_full_terminal_is_written(proved, tmp_path):
    """Output that goes nowhere is a mistake, and costs no report."""
    with Path("/dev/full").open("w") as full:
        call = [sys.executable, "-m", "provider_conformance", "run", *proved, "--seed", "2"]
        ended = subprocess.run(call, stdout=full, stderr=subprocess.PIPE, check=False)
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [
        b"provider-conformance: standard output cannot be written: No space left on device"
    ]
    assert json.loads((tmp_path / "reports" / "reference.json").read_bytes())["seed"] == 2


def test_old_reports_stay_until_new_ones_are_complete(proved, tmp_path):
    """While checks run, the old files are there, without the one that makes them a proof."""
    folder = tmp_path / "reports"
    file = write_broken(
        tmp_path, f"open({str(tmp_path / 'seen')!r}, 'w').write(repr(os.listdir({str(folder)!r})))"
    )
    main(["run", str(file), "--reports", str(folder), "--seed", "1"])
    seen = (tmp_path / "seen").read_text()
    assert "reference.json" in seen
    assert "reference.run.json" not in seen


ODD_JSON = {
    "deep": DEEP.encode(),
    "deep and whole": b'{"a":' * 500 + b"1" + b"}" * 500,
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"schema": 1}'.encode("utf-16"),
    "a long number": b'{"a": ' + b"9" * 5000 + b"}",
    "empty": b"",
}


@pytest.mark.parametrize("body", ODD_JSON.values(), ids=ODD_JSON)
def test_odd_json_is_one_sentence(tmp_path, body):
    """A cassette and a report that cannot be read are named, whatever is wrong with them."""
    file = tmp_path / "odd.json"
    file.write_bytes(body)
    with pytest.raises(CassetteError, match=r"odd\.json is not a cassette"):
        read_cassettes(tmp_path)
    with pytest.raises(ValueError, match=r"odd\.json is not a report"):
        read_report(file)


def test_long_number_is_named():
    """What is said is for a person, not for a programmer of Python."""
    with pytest.raises(ValueError, match="it holds a number of thousands of digits"):
        parse_json(ODD_JSON["a long number"])


def test_long_values_of_a_report_are_cut(proved, tmp_path, capsys):
    """``verify`` and ``report`` repeat at most a part of what somebody else wrote there."""
    file = tmp_path / "reports" / "reference.json"
    report = json.loads(file.read_bytes())
    odd = [{"id": "X" * 100_000, "status": "pass"}]
    file.write_text(json.dumps({**report, "kit": "A" * 100_000, "results": odd}))
    capsys.readouterr()
    assert main(["verify", *proved]) == 1
    assert main(["report", *proved[:3]]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) < 3000


def test_file_that_never_ends_is_not_read(tmp_path):
    """A device or a pipe in place of a file is named at once."""
    (tmp_path / "odd.json").symlink_to("/dev/zero")
    with pytest.raises(CassetteError, match="not a regular file"):
        read_cassettes(tmp_path)


def test_huge_file_is_not_read(tmp_path):
    """A file beyond any recording is refused by its size."""
    with (tmp_path / "odd.json").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(CassetteError, match="larger than 64 MB"):
        read_cassettes(tmp_path)


EXCHANGE = {
    "request": {"method": "POST", "path": "/v1", "body": {}},
    "response": {"status": 200, "headers": {}, "streamed": False, "chunks": ["{}"]},
}
CASSETTE = {
    "schema": "provider-conformance-cassette/1",
    "provider": "p",
    "scenario": "chat",
    "model": "m",
    "recorded": "2026-01-01",
    "exchanges": [EXCHANGE],
    "facts": {},
}


def changed(path, value):
    """Return a cassette with another value at a path of names."""
    cassette = json.loads(json.dumps(CASSETTE))
    *way, last = path
    place = cassette
    for key in way:
        place = place[key]
    place[last] = value
    return cassette


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["facts"], None),
        (["model"], 7),
        (["exchanges"], {}),
        (["exchanges", 0], "text"),
        (["extra"], 1),
        (["exchanges", 0, "request"], []),
        (["exchanges", 0, "response", "status"], "200"),
        (["exchanges", 0, "response", "status"], True),
        (["exchanges", 0, "response", "chunks"], "text"),
        (["exchanges", 0, "response", "chunks"], [7]),
        (["exchanges", 0, "response", "chunks"], [{"base64": "?"}]),
        (["exchanges", 0, "response", "headers"], {"a": 1}),
        (["exchanges", 0, "response", "headers"], []),
    ],
)
def test_cassette_of_wrong_types_is_named(tmp_path, path, value):
    """A cassette with a field of another type is one sentence, and not a failed replay."""
    (tmp_path / "odd.json").write_text(json.dumps(changed(path, value)))
    with pytest.raises(CassetteError, match=r"odd\.json is not a cassette"):
        read_cassettes(tmp_path)


def test_cassette_of_right_types_is_read(tmp_path):
    """What the cases above change is a cassette."""
    (tmp_path / "chat.json").write_text(json.dumps(CASSETTE))
    assert read_cassettes(tmp_path)[0].exchanges[0].chunks == [b"{}"]


def test_run_with_an_odd_cassette_is_a_mistake_in_the_call(tmp_path, capsys):
    """``run --mode replay`` names the file that is not a cassette."""
    (tmp_path / "odd.json").write_text(DEEP)
    file = write_broken(tmp_path, "")
    text = file.read_text().replace(
        "provider=Broken", f"provider=Broken, cassettes=Path({str(tmp_path)!r})"
    )
    file.write_text(f"from pathlib import Path\n{text}")
    assert main(["run", str(file), "--mode", "replay", "--reports", str(tmp_path / "r")]) == 2
    assert "odd.json is not a cassette: it is nested" in capsys.readouterr().err


def test_deep_values_in_a_recording_are_no_drift_in_silence(tmp_path, capsys):
    """A reply that is nested too deeply to compare is one sentence."""
    path = ["exchanges", 0, "response", "chunks"]
    (tmp_path / "chat.json").write_text(json.dumps(changed(path, [DEEP])))
    assert main(["drift", str(tmp_path), str(tmp_path)]) == 2
    assert "holds no JSON" in capsys.readouterr().err


def test_deep_reply_holds_no_values():
    """A body that cannot be decoded from JSON has no values to look at."""
    assert list(json_values(DEEP.encode())) == []


@pytest.mark.parametrize("text", [f"a = {DEEP}", "a = '\x00'", "[[deviation]]\nid = 7"])
def test_odd_deviations_are_named(tmp_path, text):
    """A file of deviations that cannot be read is one sentence."""
    (tmp_path / "odd.toml").write_text(text)
    with pytest.raises(DeviationError, match=r"odd\.toml"):
        read_deviations(tmp_path / "odd.toml", date(2026, 5, 1))


@pytest.mark.parametrize(
    "body", [b"\xff", DEEP.encode(), b"project = 7", b"[project]\nentry-points = 1"]
)
def test_odd_project_file_is_one_sentence(tmp_path, body):
    """A name is looked up past odd files, or the file is named."""
    (tmp_path / "pyproject.toml").write_bytes(body)
    with pytest.raises(HarnessNotFoundError, match=r"pyproject\.toml|declares the provider"):
        find_harness("acme", tmp_path)


def test_readme_that_is_not_text_is_named(tmp_path, capsys):
    """``--readme`` of another encoding is a mistake in the call, found before the run."""
    (tmp_path / "README.md").write_bytes(b"\xff")
    file = write_broken(tmp_path, "")
    assert main(["run", str(file), "--readme", str(tmp_path / "README.md")]) == 2
    assert "README.md cannot be read: it is not UTF-8" in capsys.readouterr().err


def test_values_of_events_are_whole():
    """A character that only some readers take for the end of a line does not cut an event."""
    events = 'data: {"a": "1\u20282\x853"}\r\rdata: {"b": 4}\n\n'
    assert list(json_values(events.encode())) == [{"a": "1\u20282\x853"}, {"b": 4}]
