"""A short run of the soak finds nothing, and ends whatever its calls do."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.soak.asking import Asking
from tests.soak.faults import FAULTS
from tests.soak.plan import fault_of, question
from tests.soak.stations import NAMES, ROOT


def test_a_short_run_finds_nothing():
    """Sixty calls over failing upstreams keep every promise, and the table says so."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", "--calls", "60", "--at-once", "20", "--timeout", "8"],
        env={**os.environ, "SEED": "11"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "SEED=11  60 calls, 20 at once" in done.stdout
    assert done.stdout.endswith("nothing is violated\n")


class _Stuck:
    """A router whose calls never end by themselves; a stubborn one resists being cancelled too."""

    def __init__(self, *, stubborn):
        self.stubborn = stubborn
        self.free = asyncio.Event()

    async def route(self, task, messages, **options):
        while not self.free.is_set():
            try:
                await self.free.wait()
            except asyncio.CancelledError:
                if not self.stubborn:
                    raise


@pytest.mark.parametrize(
    ("stubborn", "told"),
    [
        (False, "the call did not end within 0.1 s"),
        (True, "the call goes on although it was cancelled"),
    ],
)
async def test_calls_that_never_end_are_found(stubborn, told):
    """The run goes on without them, and says which they were."""
    router, outcomes = _Stuck(stubborn=stubborn), []
    asked = replace(question(1, 1), cancel_after=None)
    await Asking(router, 0.05, 1, patience=0.05).ask_all([asked], outcomes.append)
    router.free.set()
    await asyncio.sleep(0)

    assert [(each.ending, each.message) for each in outcomes] == [("crashed", told)]


def test_each_fault_comes_in_a_whole_run():
    """In 2,000 calls every fault is planned, and nearly a third of the first requests fail."""
    planned = [fault_of(1, name, call, 0) for name in NAMES for call in range(2000)]

    assert set(planned) == {*FAULTS, ""}
    assert 0.28 < sum(map(bool, planned)) / len(planned) < 0.35
