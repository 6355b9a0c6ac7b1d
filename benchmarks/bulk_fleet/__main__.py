"""``python -m benchmarks.bulk_fleet``: simulate a large run, and check it row by row in small.

Exits with 1 if the two simulations differ by more than they may.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from benchmarks.bulk_fleet import batches, costs, rows
from benchmarks.bulk_fleet.fleet import Figures, Fleet

FLEET = Fleet()
CHECKED = Fleet(
    rows=1_000_000,
    rows_per_shard=2_500,
    workers=20,
    concurrency=2_560,
    rpm=60_000,
    tpm=40_000_000,
    loss_per_hour=0.5,
)
QUICK = replace(CHECKED, rows=30_000, rows_per_shard=250, workers=5, concurrency=256, rpm=6_000)
MOST_APART = 0.05
"""How far the time of the two simulations may differ."""


def main() -> int:
    """Print the figures, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk_fleet", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small run only: some seconds")
    quick = parser.parse_args().quick
    checked = QUICK if quick else CHECKED
    by_grants, by_rows = _run(batches, checked), _run(rows, checked)
    _print("by grants", checked, by_grants)
    _print("row by row", checked, by_rows)
    apart = abs(by_grants.seconds / by_rows.seconds - 1)
    print(f"the two differ by {apart:.1%} in time; at most {MOST_APART:.0%} is allowed\n")
    print(*costs.lines(20 if quick else 200), "", sep="\n")
    if not quick:
        tight = replace(CHECKED, allowed=0.8)
        _print("by grants, the service allows 20 % less", tight, _run(batches, tight))
        _print("row by row, the service allows 20 % less", tight, _run(rows, tight))
        _print("by grants", FLEET, _run(batches, FLEET))
    return 0 if apart <= MOST_APART else 1


def _run(model: object, fleet: Fleet) -> Figures:
    simulate = batches.simulate if model is batches else rows.simulate
    with tempfile.TemporaryDirectory() as folder:
        begun = perf_counter()
        figures = simulate(fleet, Path(folder))
        print(f"({perf_counter() - begun:.0f} s on this machine)")
        return figures


def _print(name: str, fleet: Fleet, figures: Figures) -> None:
    hours, rest = divmod(round(figures.seconds), 3600)
    print(f"{fleet.rows:,} rows, {fleet.workers} workers, {fleet.rpm:,} rpm, {name}")
    print(f"  time                      {hours} h {rest // 60:02} min {rest % 60:02} s")
    print(f"  cost                      {figures.cost:,.2f} USD")
    print(f"  limit used                {figures.utilisation(fleet.rpm):.1%}")
    print(f"  requests refused (429)    {figures.refused:,} of {figures.sent:,}")
    print(f"  workers lost              {figures.losses}")
    print(f"  rows sent twice           {figures.twice:,} ({figures.twice / fleet.rows:.5%})")
    print(f"  shards taken over         {figures.taken_over}, after {figures.waited_s:.0f} s")
    renewal = figures.renewal_s / figures.renewals
    per_second = figures.renewals / figures.seconds
    print(f"  renewals                  {per_second:.0f} per second, {renewal * 1e6:.0f} µs each")
    print(f"  coordinator               {per_second * renewal:.2%} of one processor")
    if figures.beats:
        print(f"  heartbeats                {figures.beats / figures.seconds:.0f} per second")
    print()


if __name__ == "__main__":
    sys.exit(main())
