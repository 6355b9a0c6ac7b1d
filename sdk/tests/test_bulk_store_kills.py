"""A process that is killed at any moment loses nothing that it was told is durable."""

import subprocess
import sys
from pathlib import Path

from ._bulk_store import new_journal

PROGRAM = Path(__file__).with_name("_bulk_store_kills.py")


def killed(what, place, times):
    """Run the program that kills, with a seed of its own, and return the numbers that it prints."""
    result = subprocess.run(
        [sys.executable, str(PROGRAM), what, str(place), str(times), "17"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return [int(number) for number in result.stdout.split()]


def test_a_killed_writer_loses_nothing(tmp_path):
    """All that it had heard is durable is there, and only rows in flight are in doubt."""
    ended, twice = killed("write", new_journal(tmp_path), 25)

    assert ended
    assert twice <= 25 * 32


def test_a_run_that_was_killed_while_it_began_can_begin(tmp_path):
    """Either its manifest is there and all its journals too, or it begins again."""
    assert killed("begin", tmp_path, 20) == [20]
