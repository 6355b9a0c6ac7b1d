"""The tasks of a worker that ask its rows."""

import asyncio
import errno

import pytest
from provider_sdk import ProviderAuthError, ProviderRateLimitError
from provider_sdk.bulk import BulkInputError
from provider_sdk.bulk.running.slots import Slots
from provider_sdk.bulk.running.work import Work

from ._bulk_run import FakePermit, Notes, Scripted, answer, job, row
from ._clock import now, on_the_clock


class Limiter:
    """Lets so many rows be sent at once."""

    def __init__(self, limit):
        self._free = asyncio.Semaphore(limit)
        self.most = self.out = 0
        self.unknown = 0

    async def acquire(self, tokens):
        """Wait for a slot."""
        await self._free.acquire()
        self.out += 1
        self.most = max(self.most, self.out)
        return _Permit(tokens, self)

    def give_back(self):
        """Take a slot back."""
        self.out -= 1
        self._free.release()

    def count(self, *, unknown):
        """Count rows."""
        self.unknown += unknown


class _Permit(FakePermit):
    def __init__(self, tokens, limiter):
        super().__init__(tokens)
        self._limiter = limiter

    def release(self, outcome):
        super().release(outcome)
        self._limiter.give_back()


def _work(count, notes=None, first=0):
    rows = (row(first + index) for index in range(count))
    return Work(rows, notes or Notes(), {}, asyncio.Event())


async def _slow(prompt):
    await asyncio.sleep(1)
    return answer()


def _tasks():
    return len(asyncio.all_tasks()) - 1


@on_the_clock
async def test_as_many_rows_are_in_flight_as_the_limiter_lets():
    """Rows wait for each other, and not for a batch."""
    limiter, notes = Limiter(3), Notes()
    slots = Slots(Scripted(_slow), job(), limiter)
    work = _work(9, notes)
    slots.add(work)
    await work.all_ended.wait()

    assert limiter.most == 3
    assert now() == 3.0
    assert work.is_whole
    assert len(notes.results) == 9


@on_the_clock
async def test_there_is_one_task_more_than_may_be_sent_at_once():
    """Whatever the number of rows is."""
    slots = Slots(Scripted(_slow), job(), Limiter(3))
    slots.add(_work(100))
    await asyncio.sleep(10.5)

    assert _tasks() == 4
    assert slots.in_flight == 3


@on_the_clock
async def test_the_rows_of_the_next_shard_follow_without_a_gap():
    """The last rows of a shard do not let slots wait."""
    slots = Slots(Scripted(_slow), job(), Limiter(2))
    first, second = _work(3), _work(3, first=3)
    slots.add(first)
    await first.all_taken.wait()
    slots.add(second)
    await second.all_ended.wait()

    assert now() == 3.0


@on_the_clock
async def test_rows_that_wait_to_be_sent_again_leave_their_slots_to_others():
    """One that the service does not want yet keeps no other from being sent."""

    async def reply(prompt):
        if prompt == "question 0" and now() < 5:
            raise ProviderRateLimitError("slow down", retry_after=5.0)
        return await _slow(prompt)

    notes = Notes()
    slots = Slots(Scripted(reply), job(), Limiter(1))
    work = _work(4, notes)
    slots.add(work)
    await work.all_ended.wait()

    assert [result.index for result in notes.results] == [1, 2, 3, 0]
    assert now() == 6.0


@on_the_clock
async def test_while_a_service_refuses_only_few_rows_are_begun():
    """Or all rows of the run would soon wait to be sent again."""
    refused = ProviderRateLimitError("slow down", retry_after=100.0)
    slots = Slots(Scripted(refused), job(), Limiter(2))
    work = _work(1000)
    slots.add(work)
    await asyncio.sleep(50)

    assert _tasks() <= 18
    slots.stop()
    await slots.drain(0)


@on_the_clock
async def test_an_error_that_every_row_would_meet_stops_all():
    """No further row is taken, those that wait are let go, and those in flight are recorded."""

    async def reply(prompt):
        if prompt == "question 0":
            await asyncio.sleep(0.5)
            raise ProviderAuthError("wrong key")
        return await _slow(prompt)

    provider, notes = Scripted(reply), Notes()
    slots = Slots(provider, job(), Limiter(3))
    work = _work(100, notes)
    slots.add(work)
    await slots.stopped.wait()
    await slots.drain(None)

    assert isinstance(slots.error, ProviderAuthError)
    assert slots.error.__traceback__ is None
    assert work.all_ended.is_set()
    assert not work.is_whole
    assert sorted(result.index for result in notes.results) == [1, 2]
    assert len(provider.calls) == 3
    assert _tasks() == 0


@on_the_clock
async def test_an_error_of_the_code_is_kept_with_its_place():
    """Whoever wrote the provider needs it."""

    async def reply(prompt):
        raise KeyError("choices")

    slots = Slots(Scripted(reply), job(), Limiter(1))
    slots.add(_work(1))
    await slots.stopped.wait()

    assert isinstance(slots.error, KeyError)
    assert slots.error.__traceback__ is not None


@on_the_clock
async def test_too_many_open_files_are_one_sentence():
    """Each row in flight has a connection, and the system counts them."""

    async def reply(prompt):
        raise OSError(errno.EMFILE, "Too many open files", "module.py")

    slots = Slots(Scripted(reply), job(), Limiter(1))
    slots.add(_work(1))
    await slots.stopped.wait()

    assert "ulimit" in str(slots.error)


@on_the_clock
async def test_an_input_that_can_no_longer_be_read_stops_all():
    """Such as a file on a disk that has gone."""

    def rows():
        yield row(0)
        raise BulkInputError("the input has gone")

    slots = Slots(Scripted(), job(), Limiter(1))
    work = Work(rows(), Notes(), {}, asyncio.Event())
    slots.add(work)
    await work.all_ended.wait()

    assert isinstance(slots.error, BulkInputError)
    assert not work.is_whole


@on_the_clock
async def test_an_input_with_a_fault_of_its_reader_stops_all():
    """The tasks would end one by one, and the run would wait for ever."""

    def rows():
        raise OSError("the disk has gone")
        yield

    slots = Slots(Scripted(), job(), Limiter(1))
    work = Work(rows(), Notes(), {}, asyncio.Event())
    slots.add(work)
    await work.all_ended.wait()

    assert isinstance(slots.error, OSError)


@on_the_clock
async def test_a_call_that_cancels_itself_stops_all():
    """As libraries do whose own time limit leaks; nobody would ask its row again."""

    async def reply(prompt):
        raise asyncio.CancelledError

    slots = Slots(Scripted(reply), job(), Limiter(1))
    work = _work(2)
    slots.add(work)
    await work.all_ended.wait()

    assert "row 0 was cancelled" in str(slots.error)
    assert not work.is_whole


@on_the_clock
async def test_what_is_in_flight_too_long_is_cancelled():
    """It has no result, so it stays in doubt."""

    async def reply(prompt):
        await asyncio.sleep(10)

    notes = Notes()
    slots = Slots(Scripted(reply), job(), Limiter(2))
    work = _work(2, notes)
    slots.add(work)
    await asyncio.sleep(1)
    slots.stop()
    await slots.drain(5)

    assert now() == 6.0
    assert [told[0] for told in notes.told] == ["intend", "intend"]
    assert work.all_ended.is_set()
    assert not work.is_whole


@on_the_clock
async def test_a_second_cancellation_ends_the_wait():
    """The tasks have ended all the same."""

    async def reply(prompt):
        await asyncio.sleep(100)

    slots = Slots(Scripted(reply), job(), Limiter(2))
    slots.add(_work(2))
    await asyncio.sleep(1)
    slots.stop()
    draining = asyncio.create_task(slots.drain(50))
    await asyncio.sleep(1)
    draining.cancel()
    with pytest.raises(asyncio.CancelledError):
        await draining

    assert now() == 2.0
    assert _tasks() == 0


@on_the_clock
async def test_a_call_that_does_not_heed_its_cancellation_is_left_alone():
    """As in libraries that catch too much; what it returns later is not recorded."""
    may_end = asyncio.Event()

    async def reply(prompt):
        while not may_end.is_set():
            try:
                await may_end.wait()
            except asyncio.CancelledError:
                continue
        return answer()

    slots = Slots(Scripted(reply), job(), Limiter(1))
    work = _work(1)
    slots.add(work)
    await asyncio.sleep(1)
    slots.stop()
    await slots.drain(0)
    left = now()
    drained = slots.drained.is_set() and not work.all_ended.is_set()
    may_end.set()
    await work.all_ended.wait()

    assert (left, drained) == (11.0, True)


@on_the_clock
async def test_a_shard_that_comes_after_the_stop_is_given_up():
    """Its rows stay for another start."""
    provider = Scripted()
    slots = Slots(provider, job(), Limiter(1))
    slots.stop()
    work = _work(2)
    slots.add(work)

    assert work.all_ended.is_set()
    assert not work.is_whole
    assert provider.calls == []


@on_the_clock
async def test_rows_left_unknown_are_counted():
    """The limiter reports them with the others."""
    limiter = Limiter(1)
    Slots(Scripted(), job(), limiter).count_unknown(3)

    assert limiter.unknown == 3


@on_the_clock
async def test_a_shard_without_rows_ends_at_once():
    """All of them may have ended before."""
    slots = Slots(Scripted(), job(), Limiter(1))
    work = _work(0)
    slots.add(work)
    await work.all_ended.wait()

    assert work.is_whole
