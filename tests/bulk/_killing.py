"""Kills runs of the command with SIGKILL, at random instants, until they have ended."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from provider_sdk.bulk.store import JournalReader

from tests.bulk._batch import PATIENCE_S, Batch
from tests.bulk._judging import Ended, Kill, Moment, kill_between
from tests.bulk._service import CountingService

JOURNALS = "*.journal"
EARLY_SHARE = 0.25
"""The share of the kills that come at an instant after the start, whatever was sent by then."""
_EARLIEST_S = 1.5
_FEW_KILLS = 20
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
        tell: is told of all kills so far after each.
    """

    batch: Batch
    service: CountingService
    rows: int
    at_once: int
    rng: random.Random
    parts: Sequence[str] = ("parent",)
    tell: Callable[[Sequence[Kill]], None] = lambda kills: None
    kills: list[Kill] = field(default_factory=list)
    _last: tuple[str, Moment] | None = None

    def run(self, most: int) -> Ended:
        """Kill the run at most so many times, let it end, and return what came of it."""
        code = None
        while code is None and self._killed < most:
            code = self._start_and_kill(most)
        if code is None:
            self.batch.run()
        self._note("", Moment(frozenset(), self.service.settled()))
        return Ended(
            rows=self.rows,
            at_once=self.at_once,
            kills=self.kills,
            received=self.service.settled(),
            answers=self.batch.answers(),
            report=self.batch.report(),
            pays_once="skip" in self.batch.options,
        )

    @property
    def _killed(self) -> int:
        return len(self.kills) + (self._last is not None)

    def _note(self, what: str, moment: Moment) -> None:
        """Keep what came of the last kill; a moment is too large to be kept for each."""
        if self._last is not None:
            self.kills.append(kill_between(*self._last, moment))
            self.tell(self.kills)
        self._last = what, moment

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
        if self._killed >= most:
            return False
        if self.rng.random() < EARLY_SHARE:
            return not _ends_within(process, self.rng.uniform(0, _EARLIEST_S))
        span = 2 * self.rows / max(most, _FEW_KILLS)
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
            self._note(what, Moment(durable_rows(self.batch.directory), received))
        else:
            # The others go on: what is durable is read first, what came by then afterwards.
            durable = durable_rows(self.batch.directory)
            self._note(what, Moment(durable, Counter(self.service.counts.received)))


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
