"""Kills runs of the command with SIGKILL, at random instants, until they have ended."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from provider_sdk.bulk.store import JournalReader

from tests.bulk._batch import PATIENCE_S, Batch
from tests.bulk._judging import Ended, Kill
from tests.bulk._service import CountingService

JOURNALS = "*.journal"
EARLY_SHARE = 0.25
"""The share of the kills that come at an instant after the start, whatever was sent by then."""
_EARLIEST_S = 1.5
_POLL_S = 0.002
_MOST_DELAY_S = 0.05
_ENDS_WITHIN_S = 20.0


@dataclass
class Killer:
    """Runs a batch, kills it again and again, and lets it end.

    Args:
        batch: the run.
        service: what it asks.
        rows: how many rows the input has.
        at_once: how many may be in flight at once.
        rng: the source of the instants.
        parts: what is killed in turn, at random: ``parent``, ``child``, ``both``.
    """

    batch: Batch
    service: CountingService
    rows: int
    at_once: int
    rng: random.Random
    parts: Sequence[str] = ("parent",)
    kills: list[Kill] = field(default_factory=list)

    def run(self, most: int) -> Ended:
        """Kill the run at most so many times, let it end, and return what came of it."""
        code = None
        while code is None and len(self.kills) < most:
            code = self._start_and_kill(most)
        if code is None:
            code = self.batch.run().returncode
        return Ended(
            rows=self.rows,
            at_once=self.at_once,
            kills=self.kills,
            received=self.service.settled(),
            answers=self.batch.answers(),
            report=self.batch.report(),
            pays_once="skip" in self.batch.options,
        )

    def _start_and_kill(self, most: int) -> int | None:
        """Start the run and kill it; return its exit code if it ended by itself."""
        process = self.batch.start()
        try:
            while self._wait_for_instant(process, most):
                what = self.rng.choice(self.parts)
                self._kill(process, what)
                if what != "child":
                    return None
            return process.wait(PATIENCE_S)
        finally:
            process.kill()
            process.wait()

    def _wait_for_instant(self, process: subprocess.Popen[str], most: int) -> bool:
        """Wait for the next instant to kill; return whether there is one before the end."""
        if len(self.kills) >= most:
            return False
        if self.rng.random() < EARLY_SHARE:
            return not _ends_within(process, self.rng.uniform(0, _EARLIEST_S))
        span = 2 * self.rows / most
        counts = self.service.counts
        wanted = counts.requests + self.rng.uniform(1, span)
        deadline = time.monotonic() + PATIENCE_S
        while counts.requests < wanted:
            if _ends_within(process, _POLL_S):
                return False
            if time.monotonic() > deadline:
                raise TimeoutError("the run sends nothing, and does not end")
        return not _ends_within(process, self.rng.uniform(0, _MOST_DELAY_S))

    def _kill(self, process: subprocess.Popen[str], what: str) -> None:
        children = children_of(process.pid)
        killed = {"parent": [], "child": self.rng.sample(children, min(1, len(children)))}
        for pid in killed.get(what, children):
            send_kill(pid)
        if what != "child":
            process.kill()
            process.wait()
            wait_for_end(children)
            received = self.service.settled()
            self.kills.append(Kill(durable_rows(self.batch.directory), received, what))
        else:
            # The others go on: what is durable is read first, what came by then afterwards.
            durable = durable_rows(self.batch.directory)
            self.kills.append(Kill(durable, dict(self.service.counts.received), what))


def durable_rows(directory: Path) -> frozenset[str]:
    """Return the rows that have a result in a journal of a run directory.

    Raises:
        JournalError: a journal is damaged, although the run had begun.
    """
    if not (directory / "manifest.json").exists():
        return frozenset()  # it is written last, so nothing was sent before
    found: set[int] = set()
    for path in directory.glob(JOURNALS):
        with JournalReader.open(path) as journal:
            found |= journal.ended()
    return frozenset(map(str, found))


def children_of(pid: int) -> list[int]:
    """Return the children of a process that still run."""
    with suppress(OSError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in text.split()]
    return []


def send_kill(pid: int) -> None:
    """Kill a process, if it still runs."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def is_running(pid: int) -> bool:
    """Whether a process runs; one that has ended and is kept for its parent does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def wait_for_end(pids: Sequence[int]) -> None:
    """Wait until processes have ended.

    Raises:
        TimeoutError: one of them goes on without its parent.
    """
    deadline = time.monotonic() + _ENDS_WITHIN_S
    while left := [pid for pid in pids if is_running(pid)]:
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes go on without their parent: {left}")
        time.sleep(_POLL_S)


def _ends_within(process: subprocess.Popen[str], seconds: float) -> bool:
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
        return True
    return False
