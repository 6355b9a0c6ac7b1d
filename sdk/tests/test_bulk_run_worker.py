"""A worker and its shards, with journals and leases on disk."""

import asyncio

import pytest
from provider_sdk import ProviderAuthError
from provider_sdk.bulk import (
    BulkError,
    Caps,
    JournalError,
    LeaseLostError,
    Limits,
    RunBusyError,
)
from provider_sdk.bulk.engines.local import DeskHere, LocalEngine
from provider_sdk.bulk.inputs import Form, survey
from provider_sdk.bulk.limits import Coordinator, Stop, SystemClock
from provider_sdk.bulk.running.conduct import Conductor
from provider_sdk.bulk.running.desk import RunDesk
from provider_sdk.bulk.running.opened import Opened
from provider_sdk.bulk.running.watching import InputWatch
from provider_sdk.bulk.running.worker import Worker
from provider_sdk.bulk.shards import plan_shards
from provider_sdk.bulk.store import InputFacts, Journal, Lease, Manifest, RunDirectory, Totals

from ._bulk_run import Scripted, answer, job, write_input

ROWS = 12


class Run:
    """A run of twelve rows in shards of two."""

    def __init__(self, folder, limit=16):
        path = write_input(folder / "in.jsonl", [f"row {number}" for number in range(ROWS)])
        found = survey(path, Form())
        shards = plan_shards(found.marks, ROWS, rows_per_shard=2)
        facts = InputFacts(
            path=str(path), format="jsonl", size=found.size, digest=found.digest, rows=ROWS
        )
        self.directory = RunDirectory.create(folder / "run")
        self.directory.begin(Manifest(input=facts, provider="scripted", shards=shards))
        self.coordinator = Coordinator(Limits(concurrency=limit), Caps(), SystemClock(), lease=0.1)
        self.desk = RunDesk(range(len(shards)), self.coordinator)
        self._job = {"directory": folder / "run", "input": path, "form": found.form}
        self._job["shards"] = shards

    def job(self, provider, **changes):
        """What a worker knows of it."""
        return job(make_provider=lambda: provider, **{**self._job, **changes})

    def worker(self, provider, **changes):
        """A worker in this process."""
        return Worker(self.job(provider, **changes), "w", DeskHere(self.desk, "w"))

    def totals(self):
        """What the rows came to."""
        return sum(Opened.read(self.directory.path).records.totals(), Totals())


@pytest.fixture
def run(tmp_path):
    """A run that nobody has worked at."""
    return Run(tmp_path)


async def test_a_worker_asks_the_rows_of_all_shards(run):
    """Then it closes its provider and gives the leases back."""
    provider = Scripted()
    await run.worker(provider).run()

    assert run.totals().done == ROWS
    assert run.desk.is_empty
    assert provider.closed == 1
    assert Lease.take(run.directory.path, 0) is not None


async def test_the_local_engine_runs_one_worker(run):
    """In this process."""
    await LocalEngine().run(run.job(Scripted()), run.desk)

    assert run.totals().done == ROWS


async def test_only_few_shards_are_open_at_once(run):
    """However few rows they have: each is a file, a thread and a lease."""
    held = set()

    async def reply(prompt):
        held.add(sum(1 for path in run.directory.path.glob("*.lease.1") if _is_held(path)))
        await asyncio.sleep(0.05)
        return answer()

    await run.worker(Scripted(reply)).run()

    assert 1 < max(held) <= 4


def _is_held(path):
    return b'"released": false' in path.read_bytes()


async def test_an_error_that_every_row_would_meet_is_raised(run):
    """After all that was in flight has ended, and the journals are closed."""
    provider = Scripted(ProviderAuthError("wrong key"))
    with pytest.raises(ProviderAuthError):
        await run.worker(provider).run()

    assert not run.desk.is_empty
    assert provider.closed == 1
    assert Lease.take(run.directory.path, 0) is not None


async def test_an_error_that_every_row_would_meet_lets_what_was_sent_be_answered(run):
    """It is paid for; only who cancels has no time for it."""

    async def reply(prompt):
        if prompt == "row 0":
            raise ProviderAuthError("wrong key")
        await asyncio.sleep(0.5)
        return answer()

    desk = DeskHere(run.desk, "w")
    with pytest.raises(ProviderAuthError):
        await Worker(run.job(Scripted(reply)), "w", desk, grace=0.0).run()

    assert run.totals().done >= 1


async def test_a_worker_ends_without_an_error_if_the_desk_stops_the_run(run):
    """Whoever runs it knows why."""

    async def reply(prompt):
        run.coordinator.stop(Stop("cancelled", "enough"))
        await asyncio.sleep(0.5)
        return answer()

    await run.worker(Scripted(reply)).run()

    assert run.totals().done > 0
    assert run.desk.is_finished


async def test_a_lost_lease_ends_the_worker(run):
    """Another worker has the shard; what is written here is refused."""

    async def reply(prompt):
        lease = Lease.take(run.directory.path, 0, force=True)
        async with Journal.open(run.directory.journal_path(0), fence=lease.fence):
            return answer()

    with pytest.raises(LeaseLostError):
        await run.worker(Scripted(reply)).run()


async def test_a_lease_that_is_lost_while_nothing_is_written_ends_the_worker(run):
    """The heartbeat notices."""
    never = asyncio.Event()

    async def reply(prompt):
        Lease.take(run.directory.path, 0, force=True)
        await never.wait()

    worker = run.worker(Scripted(reply))
    with pytest.raises(LeaseLostError):
        async with asyncio.timeout(30):
            await worker.run()


async def test_a_damaged_journal_ends_the_worker(run):
    """Nothing of its shard is sent."""
    run.directory.journal_path(0).write_bytes(b"nonsense" * 1000)
    provider = Scripted()
    with pytest.raises(JournalError, match="damaged"):
        await run.worker(provider).run()

    assert "row 0" not in [prompt for prompt, _, _ in provider.calls]


async def test_a_worker_waits_for_a_shard_whose_owner_may_live(run):
    """Such as one that its parent has left, and that ends within seconds."""
    lease = Lease.take(run.directory.path, 0)
    working = asyncio.create_task(run.worker(Scripted()).run())
    await asyncio.sleep(0.2)
    lease.release()
    await working

    assert run.totals().done == ROWS


async def test_a_worker_that_waits_for_a_shard_can_be_stopped(run):
    """It has sent nothing of it."""
    lease = Lease.take(run.directory.path, 0)
    working = asyncio.create_task(run.worker(Scripted()).run())
    await asyncio.sleep(0.2)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working

    assert run.totals().done == 0
    lease.release()


async def test_a_call_that_does_not_heed_its_cancellation_keeps_no_shard(run):
    """The journal is closed and the lease given back; its row stays in doubt."""
    may_end = asyncio.Event()
    begun = asyncio.Event()

    async def reply(prompt):
        begun.set()
        while not may_end.is_set():
            try:
                await may_end.wait()
            except asyncio.CancelledError:
                continue
        return answer()

    desk = DeskHere(run.desk, "w")
    worker = Worker(run.job(Scripted(reply)), "w", desk, patience=0.1)
    working = asyncio.create_task(worker.run())
    await begun.wait()
    working.cancel()
    await asyncio.sleep(0.05)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    is_free = Lease.take(run.directory.path, 0) is not None
    may_end.set()
    await asyncio.sleep(0.05)

    assert is_free
    assert run.totals().done == 0
    run.desk.lost("w")
    assert [run.desk.take("x") for _ in range(6)].count(None) == 0


async def test_a_desk_that_cannot_be_reached_ends_the_worker(run):
    """As when the process that started the run has been killed."""

    class Gone(DeskHere):
        async def take(self):
            raise BulkError("gone")

    with pytest.raises(BulkError, match="gone"):
        await Worker(run.job(Scripted()), "w", Gone(run.desk, "w")).run()


async def test_a_desk_that_hears_of_no_end_ends_the_worker(run):
    """The rows are recorded; the next start sees that."""

    class Deaf(DeskHere):
        async def ended(self, shard):
            raise BulkError("gone")

    with pytest.raises(BulkError, match="gone"):
        await Worker(run.job(Scripted()), "w", Deaf(run.desk, "w")).run()


async def test_a_worker_waits_while_others_may_give_shards_back(run):
    """It ends once all have ended."""
    taken = [run.desk.take("other") for _ in range(6)]
    working = asyncio.create_task(run.worker(Scripted()).run())
    await asyncio.sleep(0.3)
    assert not working.done()
    run.desk.lost("other")
    await working

    assert len(taken) == 6
    assert run.totals().done == ROWS


async def test_a_run_that_another_process_has_taken_over_ends(run):
    """As after a sleep of this machine: two desks would spend twice what is allowed."""

    class Idle:
        lease_s = 1.0

        async def run(self, job, desk):
            here = DeskHere(desk, "w")
            while await here.take() is not None:
                pass

    def check():
        raise RunBusyError("another process has it")

    opened = Opened.read(run.directory.path)
    totals = opened.records.totals()
    limits, caps = Limits(concurrency=1), Caps()
    job = run.job(Scripted())
    conductor = Conductor(
        Idle(), opened, job, limits, caps, totals, None, check, InputWatch(job.input)
    )
    with pytest.raises(RunBusyError, match="another process has it"):
        await conductor.run()
