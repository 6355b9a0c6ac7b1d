"""Workers, drivers and commands that die, pause or are interrupted in a run on Ray."""

import asyncio
import os
import signal
import sqlite3
from contextlib import closing

from provider_sdk.bulk.store import Journal, JournalReader, Lease, RunDirectory

from tests.bulk._batch import PATIENCE_S
from tests.bulk._judging import violations
from tests.bulk._killing import send_kill
from tests.bulk_ray._running import (
    driver_of,
    ended,
    moment,
    running,
    wait_for_requests,
    wait_until,
)
from tests.bulk_ray.conftest import ROWS


def test_a_killed_worker_is_replaced(batch, service, head):
    """Its rows are asked by another one, and only those that were in flight a second time."""
    with running(batch) as process:
        wait_for_requests(service, ROWS // 3)
        send_kill(head.actors()[0])
        kill = "worker", moment(batch, service)
        assert process.wait(PATIENCE_S) == 0

    assert violations(ended(batch, service, kill)) == []


def test_a_killed_command_leaves_no_worker(batch, service, head):
    """Workers end by themselves, and the same command goes on."""
    with running(batch) as process:
        wait_for_requests(service, ROWS // 3)
        assert head.actors()
        process.kill()
        process.wait()
    wait_until(lambda: not head.actors(), "the end of the workers")
    service.settled()
    kill = "command", moment(batch, service)

    assert batch.run().returncode == 0
    assert violations(ended(batch, service, kill)) == []


def test_a_killed_driver_ends_the_run(batch, service, head):
    """The command says so in a sentence, no worker goes on, and the same command does."""
    with running(batch) as process:
        wait_for_requests(service, ROWS // 3)
        assert head.actors()
        send_kill(driver_of(process))
        assert process.wait(PATIENCE_S) not in (0, 9)
    said = (batch.folder / "said.txt").read_text()
    wait_until(lambda: not head.actors(), "the end of the workers")
    service.settled()
    kill = "driver", moment(batch, service)

    assert "the process that speaks with Ray has ended" in said
    assert "Traceback" not in said
    assert batch.run().returncode == 0
    assert violations(ended(batch, service, kill)) == []


def test_an_interrupt_lets_rows_in_flight_be_answered(batch, service, head):
    """After Ctrl-C no row is paid twice, and no worker is left."""
    with running(batch) as process:
        wait_for_requests(service, ROWS // 3)
        assert head.actors()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 130

    wait_until(lambda: not head.actors(), "the end of the workers")
    assert "Traceback" not in (batch.folder / "said.txt").read_text()
    assert batch.run().returncode == 0
    assert violations(ended(batch, service)) == []
    assert set(service.settled().values()) == {1}


def test_a_paused_worker_that_lost_its_shard_writes_nothing(batch, service, head):
    """While it is paused another takes its shard; when it goes on, the journal refuses it."""
    with running(batch) as process:
        wait_for_requests(service, ROWS // 3)
        folder = RunDirectory.open(batch.directory)
        journals = [folder.journal_path(shard.number) for shard in folder.read_manifest().shards]
        workers = head.actors()
        wait_until(lambda: _pause(workers, journals), "a pause outside of a transaction")
        kill = "paused worker", moment(batch, service)
        for number, path in enumerate(journals):
            lease = Lease.take(folder.path, number, force=True)
            asyncio.run(Journal.open(path, fence=lease.fence).aclose())
            lease.release()
        before = [_rows(path) for path in journals]
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
        code = process.wait(PATIENCE_S)

    assert code not in (0, 9)
    assert [_rows(path) for path in journals] == before
    assert sum(map(len, before)) < ROWS
    assert batch.run().returncode == 0
    assert violations(ended(batch, service, kill)) == []


def _pause(workers, journals):
    """Pause all workers; return whether none of them is in the middle of a transaction."""
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    if all(_is_free(path) for path in journals):
        return True
    for worker in workers:
        os.kill(worker, signal.SIGCONT)
    return False


def _is_free(path):
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as database:
        try:
            database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        return True


def _rows(path):
    with JournalReader.open(path) as journal:
        return journal.ended()
