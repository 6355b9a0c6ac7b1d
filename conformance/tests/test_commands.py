"""The command ``provider-conformance`` takes what its help and the README say."""

import json
import socket
import sys

import pytest
from provider_conformance.__main__ import main


@pytest.fixture
def harness_file(tmp_path):
    """Return a file with the reference's harness."""
    file = tmp_path / "harness.py"
    file.write_text("from provider_conformance.zoo import HARNESS\n")
    return str(file)


def test_run_tries_the_checks_that_are_named(harness_file, tmp_path, capsys):
    """``run`` needs a provider and nothing else; without a mode it is mocked."""
    assert main(["run", harness_file, "--only", "CHAT-001", "--reports", str(tmp_path)]) == 0
    assert "1 pass" in capsys.readouterr().out


def test_live_run_needs_a_model(harness_file, capsys):
    """``run --mode live`` without ``--model`` is a mistake in the call."""
    assert main(["run", harness_file, "--mode", "live"]) == 2
    assert "--model" in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags",
    [[], ["--fault", "cut"], ["--fault", "cut", "--times", "1"]],
    ids=["plain", "fault", "times"],
)
def test_serve_runs_a_command_behind_its_options(harness_file, flags):
    """``serve TARGET [OPTIONS] -- CMD`` ends with the code of CMD, whose options are its own."""
    command = [sys.executable, "-c", "import sys; sys.exit(int(sys.argv[2]))", "--fault", "7"]
    assert main(["serve", harness_file, *flags, "--", *command]) == 7
    assert main(["serve", *flags, harness_file, "--", *command]) == 7


def test_command_behind_another_subcommand_is_a_mistake(capsys):
    """Nothing but ``serve`` runs a command, and none is dropped in silence."""
    with pytest.raises(SystemExit, match="2"):
        main(["list", "--", "rm"])
    assert "serve" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def :", "SyntaxError"),
        ("import no_such_module_here", "ModuleNotFoundError"),
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit(0)", "SystemExit"),
        ("from provider_conformance import *\nHarness(None, OpenAIWire())", "must be a class"),
        ("from provider_conformance import *\nHarness(dict, OpenAIWire)", "instance of a wire"),
        (
            "from provider_conformance import *\nHarness(dict, OpenAIWire(), deviations='a.toml')",
            "deviations must be a Path, not 'a.toml'",
        ),
        (
            "from provider_conformance import *\n"
            "Harness(dict, OpenAIWire(), keywords={'timeout': 120, 'max_retries': 2, 'own': 1})",
            "keywords must not set max_retries, timeout: users get the class's own defaults",
        ),
        ("HARNESS = 1", "has no Harness called HARNESS"),
    ],
)
def test_harness_that_cannot_be_loaded_is_one_sentence(tmp_path, capsys, text, words):
    """Whatever a harness raises when it is read is a mistake in the call, with its place."""
    file = tmp_path / "odd_harness.py"
    file.write_text(text)
    assert main(["run", str(file)]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert "odd_harness.py" in said


@pytest.mark.parametrize("target", [":x", ".x:y", "no_such_module_here:x", "json:x"])
def test_target_that_names_nothing_is_one_sentence(target, capsys):
    """A target of an odd form is a mistake in the call, which the sentence repeats."""
    assert main(["run", target]) == 2
    assert target.partition(":")[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags", [["--port", "99999"], ["--port", "-1"], ["--times", "-2"], ["--times", "x"], ["--"]]
)
def test_serve_refuses_odd_numbers_and_no_command(harness_file, flags, capsys):
    """A number out of range and a ``--`` without a command are mistakes in the call."""
    with pytest.raises(SystemExit, match="2"):
        main(["serve", harness_file, *flags])
    assert "Traceback" not in capsys.readouterr().err


def test_serve_on_a_port_in_use_is_one_sentence(harness_file, capsys):
    """A port that somebody else has is a mistake in the call."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", harness_file, "--port", str(port), "--", "true"]) == 2
    assert f"port {port} cannot be used" in capsys.readouterr().err


def test_reports_that_cannot_be_written_are_one_sentence(harness_file, tmp_path, capsys):
    """A file in place of the folder for reports is a mistake in the call, found before the run."""
    (tmp_path / "taken").write_text("")
    assert main(["run", harness_file, "--reports", str(tmp_path / "taken")]) == 2
    assert "taken" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["[1]", "{", "\xff", "[" * 100_000, '{"results": [1]}', '{"schema": "a run"}']
)
def test_diff_of_what_is_no_report_is_one_sentence(tmp_path, capsys, text):
    """``diff`` names the file that is not a report."""
    file = tmp_path / "odd.json"
    file.write_bytes(text.encode("latin-1"))
    assert main(["diff", str(file), str(file)]) == 2
    assert "odd.json" in capsys.readouterr().err


def test_diff_of_folders_is_one_sentence(tmp_path, capsys):
    """``diff`` takes files."""
    assert main(["diff", str(tmp_path), str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("results", [[1, 2], None, {}, [{"id": 1, "status": "pass"}]])
def test_verify_takes_no_odd_report_for_a_proof(harness_file, tmp_path, capsys, results):
    """``verify`` says that a report without results proves nothing."""
    (tmp_path / "reference.json").write_text(json.dumps({"results": results}))
    (tmp_path / "reference.run.json").write_text("{}")
    assert main(["verify", harness_file, "--reports", str(tmp_path)]) == 1
    assert "no results" in capsys.readouterr().out


def test_report_without_reports_has_no_level(harness_file, tmp_path, capsys):
    """``report`` ends with 1 where nothing was proved, and says what is missing."""
    assert main(["report", harness_file, "--reports", str(tmp_path / "none")]) == 1
    assert "is missing" in capsys.readouterr().out
