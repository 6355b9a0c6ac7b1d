"""The guide to a provider: whoever does what it says has one, at the level that it promises."""

import json
import re
import subprocess
import sys
from typing import get_args

import pytest
from provider_sdk import Capability

from ._guide import PAGE, ROOT, WAYS, Reader, first_missing, page_text, steps

LEVELS = ("silver", "gold", "platinum")
EXAMPLES = ROOT / "docs" / "guide" / "examples"
TOOLS = ("provider-conformance", "ollama-cli")


@pytest.fixture(scope="module", params=sorted(WAYS))
def project(request, tmp_path_factory):
    """Perform the guide in one of its ways, and return the folder of the project."""
    reader = Reader(tmp_path_factory.mktemp(request.param))
    for step in steps(page_text(), request.param):
        reader.perform(step)
    return reader.folder


def test_guide_leads_to_silver(project):
    """The provider reaches Silver by the kit's own report, and no sample protocol is left."""
    report = json.loads((project / "reports/conformance/parley.json").read_text())
    run = json.loads((project / "reports/conformance/parley.run.json").read_text())
    assert report["level"] in LEVELS
    assert run.get("sample", []) == []


@pytest.mark.parametrize("project", ["scaffold"], indirect=True)
@pytest.mark.parametrize("words", [["check"], ["format", "--check"]])
def test_project_is_clean(project, words):
    """What the guide shows passes the linter with the scaffold's settings."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *words, "."],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("project", ["scaffold"], indirect=True)
def test_project_is_typed(project):
    """What the guide shows passes a strict type checker with the scaffold's settings."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "src", "tests/wire.py", "account.py", "tools.py"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_example_is_shown():
    """No example file is left out of the page, and the page shows each as it is."""
    shown = [step.text for step in steps(page_text()) if step.kind == "file"]
    files = [path for path in EXAMPLES.rglob("*.*") if path.is_file() and path.suffix != ".pyc"]
    assert files
    assert [path for path in files if path.read_text() not in shown] == []


def test_every_capability_is_explained():
    """The table of capabilities names all that the contract knows."""
    _, _, after = PAGE.read_text().partition("## What the capabilities ask of you")
    table = after.partition("\n\n`")[0]
    assert [name for name in get_args(Capability) if f"`{name}`" not in table] == []


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        (["one", "three"], None),
        (["one  two", "th…"], "one  two"),
        (["three", "one"], "one"),
        (["th…e"], None),
    ],
)
def test_shown_lines_are_demanded_in_their_order(shown, missing):
    """Lines may be left out of what the guide shows, but none added, changed or moved."""
    assert first_missing(shown, "one\n two\nthree\n") == missing


def test_options_exist():
    """Every option that the page names is in the help of its command."""
    spans = re.findall(r"`([^`\n]+)`", PAGE.read_text())
    commands = [command for step in steps(page_text()) for command, _ in step.commands]
    used = {
        (tool, words[0], option)
        for text in [*spans, *commands]
        for tool in TOOLS
        for part in re.split(r" -- | \|\| ", text)
        if part.startswith(f"{tool} ") and (words := part.split()[1:])
        for option in words
        if option.startswith("--")
    }
    assert used
    missing = [use for use in sorted(used) if use[2] not in help_of(*use[:2])]
    assert missing == []


def help_of(tool: str, command: str) -> str:
    """Return the help of a command; of the tool itself if an option follows its name."""
    module = {"provider-conformance": "provider_conformance", "ollama-cli": "ollama_cli"}[tool]
    words = [] if command.startswith("-") else [command]
    done = subprocess.run(
        [sys.executable, "-m", module, *words, "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{tool} {command} is no command: {done.stderr}"
    return done.stdout
