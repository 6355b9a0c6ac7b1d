"""Nothing that pytest can be told makes a partial proof pass for a whole one."""

import textwrap

import pytest
from provider_conformance import all_checks
from provider_conformance.__main__ import main

pytest_plugins = ["pytester"]

SUITE = """
    from provider_conformance import conformance
    from provider_conformance.zoo import HARNESS

    test_conformance = conformance(HARNESS)
"""
ONE = "test_suite.py::test_conformance[PC-CHAT-001]"


@pytest.fixture
def suite(pytester):
    """Return a project whose only test file proves the reference provider."""
    pytester.makepyfile(test_suite=textwrap.dedent(SUITE))
    return pytester


def test_deselecting_by_keyword_is_incomplete(suite):
    """A run that ``-k`` cuts down is INCOMPLETE and red."""
    result = suite.runpytest_subprocess("-k", "CHAT-001", "-p", "no:cacheprovider")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*INCOMPLETE*"])


def test_deselecting_by_node_is_incomplete(suite):
    """A run from which ``--deselect`` takes one item is INCOMPLETE and red."""
    wanted = [f"test_suite.py::test_conformance[{id}]" for id in list(all_checks())[:3]]
    result = suite.runpytest_subprocess(*wanted, "--deselect", wanted[1])
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*INCOMPLETE*"])


def test_deselecting_by_mark_runs_nothing_and_is_red(suite):
    """A run that ``-m`` empties is red."""
    assert suite.runpytest_subprocess("-m", "nothing").ret != 0


def test_skip_in_a_fixture_is_incomplete(suite):
    """A fixture that skips an item leaves the run INCOMPLETE and red."""
    suite.makeconftest(
        """
        import pytest

        @pytest.fixture(autouse=True)
        def sabotage(request):
            if "CHAT-001" not in request.node.name:
                pytest.skip("not today")
        """
    )
    result = suite.runpytest_subprocess("-k", "AUTH-001 or CHAT-001")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*INCOMPLETE*"])


def test_without_a_report_verify_is_red(tmp_path, capsys, harness_file):
    """``verify`` is red where no run left a report, whatever pytest said."""
    assert main(["verify", str(harness_file), "--reports", str(tmp_path)]) == 1
    assert "missing" in capsys.readouterr().out


def test_partial_run_leaves_no_report(tmp_path, capsys, harness_file):
    """A run of some checks writes nothing that ``verify`` could take for a proof."""
    main(["run", str(harness_file), "--only", "CHAT-001", "--reports", str(tmp_path)])
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def harness_file(tmp_path_factory):
    """Return a file with the reference's harness."""
    file = tmp_path_factory.mktemp("adopter") / "harness.py"
    file.write_text("from provider_conformance.zoo import HARNESS\n")
    return file
