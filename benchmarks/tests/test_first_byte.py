"""How long commands take to their first byte, in as few rounds as can be."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.first_byte.commands import Command
from benchmarks.first_byte.measuring import WrongAnswerError, cost_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def output():
    """What one round of the contenders prints that the workspace has."""
    words = ("--rounds", "1", "--only", "httpx", "ollama_cli", "ollama_cli -c")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.first_byte", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    # 1 tells that the promise was missed, which one round cannot judge.
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["httpx", "ollama_cli", "ollama_cli -c"])
def test_each_contender_has_a_line(output, name):
    """Its time and its ratio to httpx, by processor and by clock."""
    row = next(line for line in output.splitlines() if line.startswith(f"  {name:24}"))

    assert all(float(figure) > 0 for figure in row[26:].split())
    assert len(row[26:].split()) == 4


def test_the_verdict_is_printed(output):
    """A run ends with what was promised."""
    assert "start to first byte: at most 1.30 x httpx: CPU" in output.splitlines()[-1]


def test_a_command_without_the_answer_ends_the_run(tmp_path):
    """What it cost would mean nothing."""
    command = Command((sys.executable, "-c", "print('another answer')"), {}, tmp_path)

    with pytest.raises(WrongAnswerError, match="another answer"):
        cost_of(command)
