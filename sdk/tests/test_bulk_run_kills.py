"""Runs that are killed or interrupted, and what the next start finds."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from . import _bulk_run_child
from ._bulk_run import write_input
from ._bulk_run_child import AT_ONCE, bulk_run

ROWS = 120
_MAIN = (
    f"import sys; sys.path[:] = {sys.path!r}; from {_bulk_run_child.__name__} import main; main()"
)


@pytest.fixture
def folder(tmp_path):
    """A folder with an input."""
    write_input(tmp_path / "in.jsonl", [f"row {number}" for number in range(ROWS)])
    return tmp_path


def _served(folder):
    path = folder / "served"
    return path.read_text().splitlines() if path.exists() else []


def _end(folder, processes, how, after):
    """Start a run, and end it once it was asked so many rows; return how it ended."""
    command = [sys.executable, "-c", _MAIN, str(folder), str(processes)]
    before = len(_served(folder))
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while len(_served(folder)) < before + after and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(how)
        return process.wait()


@pytest.mark.parametrize("processes", [0, 2])
def test_kills_lose_nothing_and_double_only_what_was_in_flight(folder, processes):
    """Counted at the service: whatever was asked twice is named, and is not more than that."""
    kills = 3
    for after in (1, 20, 9):
        assert _end(folder, processes, signal.SIGKILL, after) == -signal.SIGKILL
    report = asyncio.run(bulk_run(str(folder), processes).run())

    lines = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert [line["text"] for line in lines] == [f"ROW {number}" for number in range(ROWS)]
    counts = Counter(line.removeprefix("row ") for line in _served(folder))
    twice = {id for id, count in counts.items() if count > 1}
    assert twice <= report.sent_twice.keys()
    assert len(report.sent_twice) <= kills * AT_ONCE
    assert all(counts[id] <= attempts for id, attempts in report.sent_twice.items())


@pytest.mark.parametrize("processes", [0, 2])
def test_an_interrupt_doubles_nothing(folder, processes):
    """What is in flight is awaited for some seconds, here in full."""
    _end(folder, processes, signal.SIGINT, 20)
    before = len(_served(folder))
    report = asyncio.run(bulk_run(str(folder), processes).run())

    assert before < ROWS
    assert len(_served(folder)) == ROWS
    assert report.sent_twice == {}
