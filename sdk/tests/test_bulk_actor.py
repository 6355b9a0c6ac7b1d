"""A worker as an actor of a cluster runs it."""

import asyncio
import functools
import json
from pathlib import Path

import pytest
from provider_sdk.bulk import BulkInputError, BulkRun
from provider_sdk.bulk.engines.actor import WorkerActor
from provider_sdk.bulk.engines.crew import Crew
from provider_sdk.bulk.engines.failures import error_of
from provider_sdk.bulk.engines.messages import Ended, Take, message_of
from provider_sdk.bulk.engines.packing import pack_job
from provider_sdk.testing import FakeProvider

from .test_bulk_packing import job


class ActorsHere:
    """A place whose actors live in this process, and are called as a cluster calls them."""

    def __init__(self, packed, silence=60.0):
        self.packed = packed
        self.silence = silence
        self.actors = {}
        self.told = asyncio.Queue()
        self.tasks = []

    async def start(self, worker):
        """Start an actor and listen to it."""
        actor = self.actors[worker] = WorkerActor(self.silence)
        await actor.start(worker, self.packed, str(Path.cwd()))
        self.tasks.append(asyncio.create_task(self.listen(worker, actor)))

    async def listen(self, worker, actor):
        """Pass on what it says until it has ended."""
        ended = False
        while not ended:
            for line in await actor.listen():
                message = message_of(line)
                ended = ended or isinstance(message, Ended)
                self.told.put_nowait((worker, message))

    def send(self, worker, line):
        """Call an actor."""
        self.tasks.append(asyncio.create_task(self.actors[worker].hear(line)))

    async def next(self):
        """Return what an actor says."""
        return await self.told.get()

    def stop(self):
        """Stop all."""
        self.tasks += [asyncio.create_task(each.stop()) for each in self.actors.values()]

    async def aclose(self):
        """Wait for the end of all calls."""
        await asyncio.gather(*self.tasks)


class EngineOfActors:
    """An engine whose workers are actors of this process."""

    lease_s = 0.25

    def __init__(self):
        self.began = asyncio.Event()

    async def run(self, job, desk):
        """Run two of them."""
        self.place = ActorsHere(pack_job(job))
        self.began.set()
        await Crew(self.place, desk, 2).run()


def rows_of(path, number):
    """Write so many rows."""
    lines = (json.dumps({"id": str(row), "prompt": "sky?"}) + "\n" for row in range(number))
    path.write_text("".join(lines))
    return path


def run_of(tmp_path, reply, number, **more):
    """Return a run over so many rows that a fake answers."""
    return BulkRun(
        rows_of(tmp_path / "in.jsonl", number),
        out=tmp_path / "out.jsonl",
        make_provider=functools.partial(FakeProvider, reply, repeat=True),
        **more,
    )


async def test_actors_answer_all_rows(tmp_path):
    """What they and the desk say to each other is enough for a whole run."""
    report = await run_of(tmp_path, "Blue.", 1_200, engine=EngineOfActors()).run()

    assert (report.rows, report.done, report.failed) == (1_200, 1_200, 0)
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 1_200


async def test_a_cancelled_run_stops_its_actors(tmp_path):
    """None of them goes on."""
    engine = EngineOfActors()
    running = asyncio.create_task(run_of(tmp_path, "Blue.", 1_200, engine=engine).run())
    began = asyncio.create_task(engine.began.wait())
    await asyncio.wait([began, running], return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(0.1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert all(task.done() for task in engine.place.tasks)


async def ended_of(actor):
    """Return the last message of an actor."""
    while True:
        for line in await actor.listen():
            if isinstance(message := message_of(line), Ended):
                return message


async def test_a_missing_run_directory_is_told_with_the_machine(tmp_path):
    """Machines of a cluster often share no files."""
    actor = WorkerActor()
    place = await actor.start("w", pack_job(job(FakeProvider)), str(tmp_path / "missing"))
    ended = await ended_of(actor)

    assert place.startswith("process ")
    with pytest.raises(BulkInputError, match="does not see the run directory"):
        raise error_of(ended.failure)


async def test_an_actor_works_in_the_folder_of_the_command(tmp_path, monkeypatch):
    """Relative names mean the same there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.chdir("/")
    await WorkerActor().start("w", pack_job(job(FakeProvider)), str(tmp_path))

    assert Path.cwd() == tmp_path


async def test_an_actor_to_which_nobody_listens_stops(tmp_path):
    """Who started it has gone; it asks nobody for a shard any more."""
    (tmp_path / "out.run").mkdir()
    actor = WorkerActor(silence=0.05)
    await actor.start("w", pack_job(job(FakeProvider)), str(tmp_path))
    await asyncio.sleep(0.5)
    said = [message_of(line) for line in await actor.listen()]

    assert any(isinstance(message, Take) for message in said)
    assert isinstance(said[-1], Ended)


async def test_an_actor_that_has_nothing_to_say_says_so(tmp_path):
    """So that it is known to be alive."""
    actor = WorkerActor()
    assert list(await actor.listen()) == []
