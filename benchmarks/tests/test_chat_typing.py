"""How long a key takes to its echo in the chat, with as few keys as can be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.chat_typing.typist import LETTERS, NoEchoError, Typist

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def output():
    """What a run of a few keys prints."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.chat_typing", "--keys", "20", "--rounds", "2"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    # 1 tells that the promise was missed, which a few keys cannot judge.
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["bare prompt_toolkit", "chat, streaming"])
def test_each_has_a_line(output, name):
    """Its median, its 95th percentile and the longest time, in that order."""
    row = next(line for line in output.splitlines() if line.startswith(f"  {name:24}"))
    figures = [float(figure) for figure in row[26:].split()]

    assert len(figures) == 3
    assert figures == sorted(figures)
    assert figures[-1] > 0


def test_an_answer_streamed_meanwhile(output):
    """The line with the pace tells that chunks were sent while keys were pressed."""
    pace = next(line for line in output.splitlines() if "chunks a second" in line)

    assert pace.startswith("20 keys, ")
    assert int(pace.split()[2]) > 0


def test_the_verdict_is_printed(output):
    """A run ends with what was promised."""
    assert "at most 8 ms above a bare loop: " in output.splitlines()[-1]


def test_a_program_without_echo_ends_the_run():
    """A key that is never shown has no time."""
    words = [sys.executable, "-c", "import os; os.system('stty raw -echo'); print('ready')"]
    with Typist(words, os.environ) as typist:
        typist.wait_for("ready")

        with pytest.raises(NoEchoError, match=LETTERS[0]):
            typist.echoes(1)
