"""Adopting the kit takes what docs/conformance/index.md shows, copied as it is."""

import re
import subprocess
import sys

import pytest

from ._kit_site import ROOT

PAGE = (ROOT / "docs" / "conformance" / "index.md").read_text("utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a folder with the files that the page shows, under the names in their first lines."""
    folder = tmp_path_factory.mktemp("adopting")
    files = dict(re.findall(r"```(?:python|toml)\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))
    assert list(files) == ["tests/harness.py", "tests/test_conformance.py", "pyproject.toml"]
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def python(project, *words):
    """Run a module in a project, and return its exit code and output."""
    call = [sys.executable, "-m", *words]
    done = subprocess.run(call, cwd=project, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_harness_is_ten_lines(project):
    """What an adopter writes is at most ten lines of code."""
    lines = (project / "tests" / "harness.py").read_text().splitlines()
    assert len([line for line in lines if line.strip()]) <= 10


def test_both_commands_are_green(project):
    """The commands of the page, in their order, end with 0 and show the level."""
    commands = re.findall(r"^provider-conformance (run|verify) (tests/harness\.py)$", PAGE, re.M)
    assert [command for command, _ in commands] == ["run", "verify"]
    for words in commands:
        code, said = python(project, "provider_conformance", *words)
        assert code == 0, said
    assert "level silver" in said


def test_pytest_has_an_item_per_check(project):
    """The file for pytest is enough for one green item per check."""
    code, said = python(project, "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert code == 0, said
    assert re.search(r"377 passed", said), said
