"""What docs/hooks.md and docs/status_lines.md show works as it stands."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from ollama_cli.hooks.events import CAN_BE_DENIED, EVENTS
from ollama_cli.status_lines.built_in import BUILT_IN

from ._settings import write_settings

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "hooks.md").read_text(encoding="utf-8")
STATUS_LINES = (DOCS / "status_lines.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"```(\w+)\n(?!--8<--)(.*?)```", re.DOTALL)
BLOCKS = _BLOCK.findall(PAGE)
SETTINGS = [json.loads(code) for kind, code in BLOCKS if kind == "json"]
(LOG,) = (code for kind, code in BLOCKS if kind == "sh")
(SECRETS,) = (code for kind, code in BLOCKS if kind == "python")
(BRANCH,) = (code for kind, code in _BLOCK.findall(STATUS_LINES) if kind == "sh")


@pytest.fixture
def run(shell, tmp_path):
    """Run the command with settings of the page."""

    def run(settings, *arguments):
        folder = write_settings(tmp_path, **settings).parent
        return shell.run(*arguments, OLLAMA_CLI_CONFIG_DIR=str(folder))

    return run


def test_harmless_prompt_passes(run, tmp_path) -> None:
    """The same hook has nothing against the sample."""
    (tmp_path / "secrets.py").write_text(SECRETS)

    result = run(SETTINGS[0], "hooks", "test", "UserPromptSubmit")

    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, "Nothing is changed.")


def test_the_log_has_a_line_per_answer(run, tmp_path) -> None:
    """With its costs, and for nobody else to read."""
    (tmp_path / "log.sh").write_text(LOG)

    for _ in range(2):
        assert run(SETTINGS[1], "hooks", "test", "PostResponse").returncode == 0

    log = tmp_path / "answers.jsonl"
    assert [json.loads(line)["cost_usd"] for line in log.read_text().splitlines()] == [0.001] * 2
    assert log.stat().st_mode & 0o777 == 0o600


def test_the_status_line_runs(tmp_path) -> None:
    """It shows who answered, and the branch."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path)], check=True)
    file = tmp_path / "branch"
    file.write_text(BRANCH)
    file.chmod(0o700)

    found = subprocess.run(
        [file],
        cwd=tmp_path,
        env={"OLLAMA_CLI_PROVIDER": "hf", "PATH": "/usr/bin:/bin:/usr/local/bin"},
        stdout=subprocess.PIPE,
        check=True,
        encoding="utf-8",
    )

    assert found.stdout == "hf on main\n"


@pytest.mark.parametrize("event", EVENTS)
def test_events_are_on_the_page(event) -> None:
    """Each with all that it is told, and whether it can be denied."""
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{event}` |"))

    assert all(f"`{name}`" in row for name in EVENTS[event])
    assert ("cannot be" in row) == (event not in CAN_BE_DENIED)


def test_built_in_status_lines_are_on_the_page() -> None:
    """Each has a row."""
    assert all(f"| `{name}` |" in STATUS_LINES for name in BUILT_IN)
