"""A batch that runs on Ray, its actors, and what becomes of it when they are disturbed."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.bulk._batch import PATIENCE_S, Batch
from tests.bulk._judging import Ended, Moment, kill_between
from tests.bulk._killing import children_of, durable_rows
from tests.bulk._service import CountingService

_POLL_S = 0.005


@contextmanager
def running(batch: Batch) -> Iterator[subprocess.Popen[str]]:
    """Start the command, and end it if it has not ended."""
    process = batch.start()
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(happens: Callable[[], object], what: str) -> None:
    """Wait until something happens.

    Raises:
        TimeoutError: it does not.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not happens():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} does not happen")
        time.sleep(_POLL_S)


def wait_for_requests(service: CountingService, more: int) -> None:
    """Wait until the service has got so many more requests."""
    wanted = service.counts.requests + more
    wait_until(lambda: service.counts.requests >= wanted, f"request {wanted}")


def driver_of(process: subprocess.Popen[str]) -> int:
    """Return the process of a command that speaks with Ray."""
    [driver] = children_of(process.pid)
    return driver


def moment(batch: Batch, service: CountingService) -> Moment:
    """Return what is durable, and then what the service has received."""
    durable = durable_rows(batch.directory)
    return Moment(durable, Counter(service.counts.received))


def ended(batch: Batch, service: CountingService, *kills: tuple[str, Moment]) -> Ended:
    """Return what came of a batch.

    Args:
        batch: it.
        service: what it asked.
        kills: what was killed, and the moment right after it; there may be one.
    """
    received = Counter(service.settled())
    after = Moment(frozenset(), received)
    return Ended(
        rows=len(batch.input.read_text().splitlines()),
        at_once=int(batch.options[1]),
        kills=[kill_between(what, before, after) for what, before in kills],
        received=received,
        answers=batch.answers(),
        report=batch.report(),
    )
