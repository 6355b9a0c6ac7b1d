"""A run from end to end, as short as can be."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import wires
from benchmarks.results import (
    CALL,
    CALL_AT_ONCE,
    CALL_ROUTED,
    CHUNK,
    FIRST_ANSWER,
    IMPORT,
    JOINED_CHUNK,
)
from benchmarks.wires import NAMES

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=NAMES)
def output(request):
    """What a run of each protocol prints."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks",
            "--smoke",
            *("--wire", request.param),
            "--only",
            "socket",
            "httpx",
            "provider_sdk",
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    # 1 tells that a promise was missed, which so short a run cannot judge.
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.mark.parametrize("measure", [CALL, CALL_AT_ONCE, CHUNK, JOINED_CHUNK, IMPORT, FIRST_ANSWER])
def test_every_measure_is_printed(output, measure):
    """Each measure has a line for each contender, with ratios."""
    heading = next(line for line in output.splitlines() if line.startswith(f"{measure} ("))
    rows = output[output.index(heading) :].splitlines()[1:4]

    assert [row.split()[0] for row in rows] == ["socket", "httpx", "provider_sdk"]
    assert all(len(row.split()) == 7 for row in rows)


def test_verdicts_are_printed(output):
    """A run ends with what was promised and whether it was kept."""
    assert "peak memory after the first call: at most 1.3 x raw httpx" in output
    assert "a routed call: at most 1.10 x a plain one: CPU" in output


def test_routing_is_measured(output):
    """Plain and routed calls have lines of their own, without and with an observer."""
    heading = next(line for line in output.splitlines() if line.startswith(f"{CALL_ROUTED} ("))
    rows = output[output.index(heading) :].splitlines()[1:5]

    names = ["provider_sdk", "routed", "routed_observed", "counted"]
    assert [row.split()[0] for row in rows] == names


def test_absent_peers_are_named(monkeypatch, capsys):
    """A peer that is not installed is left out, and the run says so."""
    monkeypatch.setattr(wires, "find_spec", lambda name: None if name == "openai" else name)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--only", "socket", "openai", "any_llm"])
    asked = []
    monkeypatch.setattr(command, "run", lambda wire, names, plan: asked.append(names))
    monkeypatch.setattr(command, "lines", lambda results, wire: [])
    monkeypatch.setattr(command, "verdicts", lambda results, wire: [])

    assert command.main() == 0
    assert asked == [["socket"]]
    assert "left out, because they are not installed: openai, any_llm" in capsys.readouterr().out
