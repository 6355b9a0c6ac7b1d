import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from provider_conformance.traffic import Traffic

from tests.bulk._batch import Batch
from tests.bulk._service import CountingService

Serve = Callable[..., tuple[Batch, CountingService]]


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """Ctrl-C is heard, also where the tests were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Return a function that starts a service under some traffic, and a batch that asks it."""
    with ExitStack() as open_services:

        def start(traffic: Traffic | None = None, rows: int = 3, options: tuple[str, ...] = ()):
            service = open_services.enter_context(CountingService(traffic))
            batch = Batch(tmp_path, service.environment, options)
            batch.write_rows(rows)
            return batch, service

        yield start
