"""Workers, drivers and commands that die, pause or are interrupted in a run on Ray."""

import os
import signal

from provider_sdk.bulk.store import Journal, JournalReader, Lease, RunDirectory

from tests.bulk._batch import PATIENCE_S
from tests.bulk._judging import violations
from tests.bulk._killing import send_kill
from tests.bulk_ray._running import (
    driver_of,
    ended,
    has_ended,
    kill_of,
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
        kill = kill_of(batch, service, "worker")
        assert process.wait(PATIENCE_S) == 0

    assert violations(ended(batch, service, ROWS, kill)) == []


def test_a_killed_command_leaves_no_worker(batch, service, head):
    """Workers end by themselves, and the same command goes on."""
    with running(batch) as process:
        wait_for_requests(service, ROWS // 3)
        workers = head.actors()
        process.kill()
        process.wait()
    wait_until(lambda: has_ended(workers), "the end of the workers")
    service.settled()
    kill = kill_of(batch, service, "command")

    assert len(workers) == 2
    assert batch.run().returncode == 0
    assert violations(ended(batch, service, ROWS, kill)) == []


def test_a_killed_driver_ends_the_run(batch, service, head):
    """The command says so in a sentence, no worker goes on, and the same command does."""
    with running(batch) as process:
        wait_for_requests(service, ROWS // 3)
        workers = head.actors()
        send_kill(driver_of(process))
        assert process.wait(PATIENCE_S) not in (0, 9)
    said = (batch.folder / "said.txt").read_text()
    wait_until(lambda: has_ended(workers), "the end of the workers")
    service.settled()
    kill = kill_of(batch, service, "driver")

    assert "The process that speaks with Ray has ended" in said
    assert "Traceback" not in said
    assert batch.run().returncode == 0
    assert violations(ended(batch, service, ROWS, kill)) == []


def test_an_interrupt_lets_rows_in_flight_be_answered(batch, service, head):
    """After Ctrl-C no row is paid twice, and no worker is left."""
    with running(batch) as process:
        wait_for_requests(service, ROWS // 3)
        workers = head.actors()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 130

    wait_until(lambda: has_ended(workers), "the end of the workers")
    assert "Traceback" not in (batch.folder / "said.txt").read_text()
    assert batch.run().returncode == 0
    assert violations(ended(batch, service, ROWS)) == []
    assert set(service.settled().values()) == {1}


def test_a_paused_worker_that_lost_its_shard_writes_nothing(batch, service, head):
    """While it is paused another takes its shard; when it goes on, the journal refuses it."""
    with running(batch) as process:
        wait_for_requests(service, ROWS // 3)
        workers = head.actors()
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        folder = RunDirectory.open(batch.directory)
        before = {}
        for shard in folder.read_manifest().shards:
            path = folder.journal_path(shard.number)
            if lease := Lease.take(folder.path, shard.number, force=True):
                Journal.open(path, fence=lease.fence)
                before[path] = _rows(path)
                lease.release()
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
        code = process.wait(PATIENCE_S)
    assert code not in (0, 9)
    assert before
    assert {path: _rows(path) for path in before} == before


def _rows(path):
    with JournalReader.open(path) as journal:
        return journal.ended()
