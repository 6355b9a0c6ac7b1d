"""What the tests of bulk runs on Ray share."""

import shutil
import tempfile
from pathlib import Path

import pytest
from provider_conformance.traffic import Traffic, parse_latency

from tests.bulk._batch import Batch
from tests.bulk._service import CountingService
from tests.bulk.conftest import interrupts
from tests.bulk_ray._cluster import cluster

__all__ = ["interrupts"]

ROWS = 2_000
AT_ONCE = 64
OPTIONS = ["--concurrency", str(AT_ONCE), "--engine", "ray", "--processes", "2"]


@pytest.fixture(scope="session")
def traffic():
    """What the service of all tests does to its clients."""
    return Traffic(latency=parse_latency("50ms"))


@pytest.fixture(scope="session")
def shared_service(traffic):
    """The service; workers get their environment once, with the cluster."""
    with CountingService(traffic) as service:
        yield service


@pytest.fixture
def service(shared_service):
    """The service, with its counts at zero."""
    shared_service.counts.received.clear()
    return shared_service


@pytest.fixture(scope="session")
def head(shared_service):
    """A cluster whose workers have the credential of the service."""
    folder = Path(tempfile.mkdtemp(prefix="ray-test-"))
    try:
        with cluster(folder, shared_service.environment) as head:
            yield head
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def batch(tmp_path, service, head):
    """A batch of rows that is asked on the cluster."""
    batch = Batch(tmp_path, {**service.environment, **head.variables}, OPTIONS)
    batch.write_rows(ROWS)
    return batch
