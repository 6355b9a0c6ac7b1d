"""What the benchmark of bulk runs prints, with few rows, and how its service counts."""

import random
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from provider_conformance import OpenAIWire
from provider_conformance.commands.serve import echo
from provider_conformance.drivers import SocketDriver
from provider_conformance.traffic import RateLimits, Shares, Traffic, TrafficService

from benchmarks.bulk.contenders import FAST, FLOOR
from benchmarks.processes import Child

ROOT = Path(__file__).parents[2]


def printed(*arguments):
    """Return what a run prints."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bulk", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=300,
    )
    # 1 tells that a promise was missed, which a few rows cannot judge.
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_each_contender_has_its_figures():
    """Rows per second, the ratio to the floor, processor time and peak memory, in that order."""
    output = printed("--rows", "200", "--rounds", "1", "--only", FLOOR, FAST)
    for name in (FLOOR, FAST):
        row = next(line for line in output.splitlines() if line.startswith(f"  {name:30}"))
        figures = [float(figure) for figure in row[32:].split()]
        assert len(figures) == 4
        assert min(figures) > 0
    assert "rows per second with [fast]: at least 0.75 x floor: " in output.splitlines()[-1]


def test_memory_is_shown_by_rows():
    """With ``--memory`` each contender has one figure per number of rows."""
    output = printed("--memory", "50", "100", "--only", FAST)
    row = next(line for line in output.splitlines() if line.startswith(f"  {FAST:30}"))
    assert len(row[32:].split()) == 2
    assert "peak memory grows by at most" in output.splitlines()[-1]


@contextmanager
def fast_service(*arguments):
    """Serve fast; yield the base URL, and a function that returns the counts."""
    with Child("benchmarks.bulk.service", *arguments) as service:
        port = service.read()
        yield f"http://127.0.0.1:{port}/v1", lambda: service.ask(0)


@contextmanager
def kits_service(traffic):
    """Serve as the kit does; yield the base URL, and a function that returns the counts."""
    service = TrafficService(OpenAIWire(), None, random.Random(1), echo, traffic)
    with SocketDriver(service) as driver:
        yield f"{driver.address}/v1", lambda: httpx.get(f"{driver.address}/counts").json()


def met(url, rows):
    """Ask for rows one after another, and return what each met."""
    found = []
    with httpx.Client() as client:
        for row in rows:
            body = {"model": "m", "messages": [{"role": "user", "content": f"[row {row}]"}]}
            try:
                reply = client.post(f"{url}/chat/completions", json=body)
            except httpx.TransportError:
                found.append("broken")
            else:
                found.append((reply.status_code, "retry-after" in reply.headers))
    return found


ROWS = [*range(30), *range(5)]
BOTH = {
    "answers": ([], {}),
    "limits": (
        ["--rpm", "10"],
        {"limits": RateLimits(10)},
    ),
    "faults": (
        ["--fault", "server=30%", "--fault", "reset=20%", "--seed", "4"],
        {"faults": Shares([("server", 0.3), ("reset", 0.2)]), "rng": random.Random(4)},
    ),
}


@pytest.mark.parametrize(("arguments", "traffic"), BOTH.values(), ids=BOTH)
def test_both_services_count_alike(arguments, traffic):
    """The same requests meet the same, and are counted the same, at the kit's own service."""
    with fast_service(*arguments) as (url, counts):
        fast = met(url, ROWS), counts()
    with kits_service(Traffic(**traffic)) as (url, counts):
        kits = met(url, ROWS), counts()
    assert fast == kits
