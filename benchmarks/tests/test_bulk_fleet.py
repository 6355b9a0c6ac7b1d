"""The simulated fleet: both simulations agree, and every row is answered."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.bulk_fleet import batches, rows
from benchmarks.bulk_fleet.__main__ import MOST_APART, QUICK

ROOT = Path(__file__).parents[2]
MODELS = pytest.mark.parametrize("model", [batches, rows], ids=["grants", "rows"])
LOSSES = replace(QUICK, rows=20_000, loss_per_hour=20.0)


def test_quick_run_prints_both_simulations():
    """The small run shows the figures of both, and that they agree."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bulk_fleet", "--quick"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "by grants" in done.stdout
    assert "row by row" in done.stdout
    assert "a row costs the limiter" in done.stdout
    assert "with 2,000 at work" in done.stdout
    assert f"at most {MOST_APART:.0%} is allowed" in done.stdout


@MODELS
def test_every_row_is_answered_once(model, tmp_path):
    """Workers that are lost cost time and rows that are sent twice, and no row."""
    figures = model.simulate(LOSSES, tmp_path)
    assert figures.answered == LOSSES.rows
    assert figures.losses > 0
    assert figures.sent == LOSSES.rows + figures.twice


@MODELS
def test_twice_sent_rows_were_in_flight(model, tmp_path):
    """No more rows are sent twice than may be in flight at a loss."""
    figures = model.simulate(LOSSES, tmp_path)
    assert 0 < figures.twice <= figures.losses * LOSSES.concurrency


@MODELS
def test_shards_of_a_lost_worker_are_taken_over_after_its_silence(model, tmp_path):
    """The real lease gives a shard to another worker once its owner was silent for a minute."""
    figures = model.simulate(LOSSES, tmp_path)
    assert figures.taken_over > 0
    assert 60 < figures.waited_s < 75


@MODELS
def test_service_that_allows_as_much_refuses_nothing(model, tmp_path):
    """A fleet that keeps to the limits of the service is not refused."""
    assert model.simulate(QUICK, tmp_path).refused == 0


@MODELS
def test_service_that_allows_less_slows_the_run(model, tmp_path):
    """Refusals with Retry-After slow the fleet, which still answers every row."""
    strict = replace(QUICK, rows=10_000, allowed=0.7)
    figures = model.simulate(strict, tmp_path)
    assert figures.refused > 0
    assert figures.answered == strict.rows


@MODELS
def test_same_seed_gives_the_same_run(model, tmp_path):
    """A simulation can be repeated exactly."""
    runs = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        figures = model.simulate(LOSSES, tmp_path / name, seed=5)
        runs.append((figures.seconds, figures.sent, figures.twice, figures.cost))
    assert runs[0] == runs[1]
