"""The command ``provider-conformance`` takes what its help and the README say."""

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
