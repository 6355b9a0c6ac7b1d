"""Asks all rows of one shard that have not ended; every engine calls this one function."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterator

from provider_sdk.bulk.errors import BulkError
from provider_sdk.bulk.inputs import read_rows
from provider_sdk.bulk.job import Job
from provider_sdk.bulk.rows import Row
from provider_sdk.bulk.running.ending import first_of, to_its_end
from provider_sdk.bulk.running.results import unknown_result
from provider_sdk.bulk.running.slots import Slots
from provider_sdk.bulk.running.work import Work
from provider_sdk.bulk.shards import Shard
from provider_sdk.bulk.store import Journal, Lease, RunDirectory

_LOOK_S = 1.0
"""How often a worker looks whether the former owner of a shard has gone."""


async def run_shard(shard: Shard, job: Job, slots: Slots, all_taken: asyncio.Event) -> bool:
    """Ask the rows of a shard that have not ended; return whether all have ended.

    They have not if the slots were stopped, such as by the loss of the lease.

    Args:
        shard: the shard.
        job: the run.
        slots: asks the rows.
        all_taken: is set once no row is left to begin, also if the shard fails.

    Raises:
        BulkError: journal or input cannot be used.
    """
    try:
        lease = await _lease(shard, job, slots)
        if lease is None:
            return False
        try:
            return await _with_journal(shard, job, slots, lease, all_taken)
        finally:
            lease.release()
    finally:
        all_taken.set()


async def _lease(shard: Shard, job: Job, slots: Slots) -> Lease | None:
    """Take the shard; wait while its former owner may still be at work."""
    while not slots.stopped.is_set():
        lease = Lease.take(job.directory, shard.number)
        if lease is not None:
            return lease
        await asyncio.sleep(_LOOK_S)
    return None


async def _with_journal(
    shard: Shard, job: Job, slots: Slots, lease: Lease, all_taken: asyncio.Event
) -> bool:
    directory = RunDirectory.open(job.directory)
    journal = Journal.open(directory.journal_path(shard.number), fence=lease.fence)
    try:
        ended = journal.ended()
        if job.on_unknown == "skip":
            ended |= await _leave_unknown(shard, job, journal, slots, ended)
        work = Work(_rows(shard, job, ended), journal, journal.attempts(), all_taken)
        slots.add(work)
        beating = asyncio.create_task(_beat(lease, slots))
        try:
            await first_of(work.all_ended.wait(), slots.drained.wait())
        finally:
            beating.cancel()
        return work.is_whole and work.all_ended.is_set()
    finally:
        await to_its_end(journal.aclose())


async def _beat(lease: Lease, slots: Slots) -> None:
    try:
        await lease.keep_beating()
    except BulkError as error:
        slots.stop(error)


async def _leave_unknown(
    shard: Shard, job: Job, journal: Journal, slots: Slots, ended: Container[int]
) -> set[int]:
    """Record that the rows in doubt are left without an answer; return their numbers."""
    doubtful = journal.doubtful()
    if not doubtful:
        return set()
    for row in _rows(shard, job, ended):
        if row.index in doubtful:
            await journal.record(unknown_result(row, attempts=doubtful[row.index]))
    slots.count_unknown(len(doubtful))
    return set(doubtful)


def _rows(shard: Shard, job: Job, ended: Container[int]) -> Iterator[Row]:
    return (row for row in read_rows(job.input, job.form, shard) if row.index not in ended)
