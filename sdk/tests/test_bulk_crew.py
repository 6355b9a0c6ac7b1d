"""The workers of other processes, as who started the run keeps them."""

import asyncio
from collections import deque

import pytest
from provider_sdk import ProviderAuthError
from provider_sdk.bulk import BulkError
from provider_sdk.bulk.engines.crew import Crew
from provider_sdk.bulk.engines.failures import failure_of
from provider_sdk.bulk.engines.messages import Ended, Lost, Renew, ShardEnded, Take, answer_of
from provider_sdk.bulk.limits import Grant, Spent

REFUSED = Ended(failure_of(ProviderAuthError("no key", status=401)))


class ScriptedDesk:
    """A desk with shards, which notes what it hears."""

    def __init__(self, shards=0):
        self.left = deque(range(shards))
        self.holders = {}
        self.lost_workers = []
        self.spent = []

    @property
    def is_finished(self):
        """Whether every shard has ended."""
        return not self.left and not self.holders

    def take(self, worker):
        """Return the next shard."""
        if not self.left:
            return None
        shard = self.left.popleft()
        self.holders[shard] = worker
        return shard

    def renew(self, spent):
        """Note and grant."""
        self.spent.append(spent)
        return Grant(seconds=1.0, concurrency=1)

    def ended(self, worker, shard):
        """Forget a shard."""
        del self.holders[shard]

    def lost(self, worker):
        """Note, and take its shards back."""
        self.lost_workers.append(worker)
        for shard in [each for each, holder in self.holders.items() if holder == worker]:
            del self.holders[shard]
            self.left.append(shard)


class ScriptedPlace:
    """Workers that say what a script says, one step after the other.

    Each script is a list of messages, or functions of the place that return one; a worker that is
    started takes the next script.
    """

    def __init__(self, *scripts, ends_when_stopped=True, refuses=None):
        self.scripts = deque(scripts)
        self.ends_when_stopped = ends_when_stopped
        self.refuses = refuses
        self.started = []
        self.answers = []
        self.stopped = 0
        self.closed = 0
        self.told = asyncio.Queue()

    async def start(self, worker):
        """Let the next script speak."""
        if self.refuses is not None:
            raise self.refuses
        self.started.append(worker)
        for message in self.scripts.popleft() if self.scripts else [Ended()]:
            self.told.put_nowait((worker, message))

    def send(self, worker, line):
        """Note an answer."""
        self.answers.append((worker, answer_of(line)))

    async def next(self):
        """Return the next message; an exception in a script is raised."""
        worker, message = await self.told.get()
        if isinstance(message, BaseException):
            raise message
        await asyncio.sleep(0.01)  # what was asked before is answered
        return worker, message

    def stop(self):
        """Let all workers end, if they are of that kind."""
        self.stopped += 1
        if self.ends_when_stopped:
            for worker in self.started:
                self.told.put_nowait((worker, Ended()))

    async def aclose(self):
        """Note that it was called."""
        self.closed += 1


WORK = [Take(1), ShardEnded(2, 0), Renew(3, Spent(worker="w", done=5)), Ended()]
BUSY = [Renew(1, Spent(worker="w"))]
"""A worker that goes on until it is told to stop."""


async def test_workers_run_to_their_end():
    """Questions are answered by the desk, and the place is closed."""
    place, desk = ScriptedPlace(WORK, [Ended()]), ScriptedDesk(1)
    await Crew(place, desk, 2).run()

    assert place.started == ["worker-0", "worker-1"]
    assert [(worker, answer.number) for worker, answer in place.answers] == [
        ("worker-0", 1),
        ("worker-0", 2),
        ("worker-0", 3),
    ]
    assert desk.is_finished
    assert (place.stopped, place.closed, desk.lost_workers) == (0, 1, [])


async def test_a_worker_that_dies_is_replaced():
    """Another one, of another name, gets its shards."""
    place, desk = ScriptedPlace([Take(1), Lost("it was killed")], WORK), ScriptedDesk(1)
    await Crew(place, desk, 1).run()

    assert place.started == ["worker-0", "worker-1"]
    assert desk.lost_workers == ["worker-0"]
    assert desk.is_finished


async def test_a_worker_that_leaves_its_shard_is_replaced():
    """It ends without an error if it is interrupted; the rows that it leaves are not done."""
    place, desk = ScriptedPlace([Take(1), Ended()], WORK), ScriptedDesk(1)
    await Crew(place, desk, 1).run()

    assert place.started == ["worker-0", "worker-1"]
    assert desk.lost_workers == ["worker-0"]
    assert desk.is_finished


async def test_a_worker_that_dies_with_nothing_left_is_not_replaced():
    """Its rows had ended."""
    place, desk = ScriptedPlace([Lost("it was killed")]), ScriptedDesk(0)
    await Crew(place, desk, 1).run()

    assert place.started == ["worker-0"]


async def test_workers_that_keep_dying_end_the_run():
    """The error says how the last one died."""
    place = ScriptedPlace(*[[Take(1), Lost("no module")]] * 9)

    with pytest.raises(BulkError, match=r"4 workers have died.*no module"):
        await Crew(place, ScriptedDesk(1), 1, deaths=3).run()
    assert len(place.started) == 4
    assert place.closed == 1


async def test_a_row_that_ends_lets_workers_die_again():
    """A long run loses workers now and then."""
    progress = Renew(2, Spent(worker="w", failed=1))
    dying = [Take(1), progress, Lost("it was killed")]
    place, desk = ScriptedPlace(*[dying] * 6, WORK), ScriptedDesk(1)
    await Crew(place, desk, 1, deaths=1).run()

    assert len(place.started) == 7


async def test_an_error_of_one_worker_stops_all():
    """It is raised as it was at the worker."""
    place = ScriptedPlace(BUSY, [REFUSED])

    with pytest.raises(ProviderAuthError, match="no key"):
        await Crew(place, ScriptedDesk(3), 2).run()
    assert (place.stopped, place.closed) == (1, 1)


async def test_what_others_meet_while_they_stop_is_not_raised():
    """The first error is the reason."""
    place = ScriptedPlace([REFUSED, Ended(failure_of(BulkError("later")))], BUSY, BUSY)
    place.scripts[1] = [Lost("it was killed")]
    place.scripts[2] = [Ended(failure_of(BulkError("later")))]

    with pytest.raises(ProviderAuthError):
        await Crew(place, ScriptedDesk(3), 3).run()
    assert len(place.started) == 3


async def test_a_worker_that_was_given_up_is_not_heard():
    """What it says after it was lost changes nothing."""
    late = [Take(1), Lost("silent"), Take(2), Ended(failure_of(BulkError("late")))]
    place, desk = ScriptedPlace(late, WORK), ScriptedDesk(1)
    await Crew(place, desk, 1).run()

    assert desk.is_finished


async def test_a_place_that_cannot_start_workers_is_closed():
    """Its error is raised."""
    place = ScriptedPlace(refuses=BulkError("no processes"), ends_when_stopped=False)

    with pytest.raises(BulkError, match="no processes"):
        await Crew(place, ScriptedDesk(1), 1, grace=0.01).run()
    assert place.closed == 1


async def test_a_place_that_is_lost_ends_the_run():
    """All of its workers are lost."""
    gone = BulkError("the cluster has gone")
    place, desk = ScriptedPlace([Take(1), gone, gone]), ScriptedDesk(1)

    with pytest.raises(BulkError, match="the cluster has gone"):
        await Crew(place, desk, 1).run()
    assert desk.lost_workers == ["worker-0"]


async def test_a_cancelled_crew_lets_workers_end():
    """They are told to stop, answered until then, and closed."""
    place, desk = ScriptedPlace(BUSY), ScriptedDesk(1)
    running = asyncio.create_task(Crew(place, desk, 1).run())
    await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert (place.stopped, place.closed, desk.lost_workers) == (1, 1, [])


async def test_a_worker_that_does_not_stop_is_lost():
    """After the time of grace it is ended with the place."""
    place, desk = ScriptedPlace(BUSY, ends_when_stopped=False), ScriptedDesk(1)
    running = asyncio.create_task(Crew(place, desk, 1, grace=0.05).run())
    await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert (place.closed, desk.lost_workers) == (1, ["worker-0"])


async def test_a_second_cancellation_ends_the_time_of_grace():
    """The place is closed all the same."""
    place, desk = ScriptedPlace(BUSY, ends_when_stopped=False), ScriptedDesk(1)
    running = asyncio.create_task(Crew(place, desk, 1, grace=3600).run())
    for _ in range(2):
        await asyncio.sleep(0.05)
        running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert (place.closed, desk.lost_workers) == (1, ["worker-0"])
