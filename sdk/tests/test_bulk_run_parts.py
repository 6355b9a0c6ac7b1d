"""Small parts of bulk runs: the desk, progress, reports, files for other processes."""

import asyncio
import json
import threading
from decimal import Decimal

import pytest
from provider_sdk import Usage
from provider_sdk.bulk import BulkInputError, BulkReport, Caps, Limits, Progress
from provider_sdk.bulk.limits import Coordinator, Spent, Stop
from provider_sdk.bulk.running import live
from provider_sdk.bulk.running.desk import RunDesk
from provider_sdk.bulk.running.ending import first_of, in_thread, to_its_end
from provider_sdk.bulk.running.expected import ExpectedTokens
from provider_sdk.bulk.running.locking import locked
from provider_sdk.bulk.running.opened import Opened, form_of
from provider_sdk.bulk.running.progress import Meter
from provider_sdk.bulk.running.report import Share, _classes, _shares
from provider_sdk.bulk.running.status import status_of
from provider_sdk.bulk.store import (
    InputFacts,
    Manifest,
    ModelSums,
    RunDirectory,
    RunLock,
    Totals,
)

from ._bulk_limits import FakeClock
from ._bulk_run import row
from ._clock import now, on_the_clock


def _coordinator(clock=None):
    return Coordinator(Limits(concurrency=8), Caps(), clock or FakeClock())


# The desk.


def test_each_shard_is_given_to_one_worker():
    """In the order of the input."""
    desk = RunDesk([3, 5], _coordinator())

    assert [desk.take("a"), desk.take("b"), desk.take("a")] == [3, 5, None]
    assert not desk.is_finished


def test_a_run_is_finished_once_every_shard_has_ended():
    """Who waits for a shard is told so."""
    desk = RunDesk([3], _coordinator())
    desk.take("a")
    desk.ended("a", 3)

    assert desk.is_finished


def test_the_shards_of_a_lost_worker_go_to_others():
    """What it says afterwards does not count."""
    desk = RunDesk([3, 4, 5], _coordinator())
    desk.take("a"), desk.take("b"), desk.take("a")
    desk.lost("a")
    desk.ended("a", 3)

    assert [desk.take("b"), desk.take("b"), desk.take("b")] == [3, 5, None]


def test_the_coordinator_hears_of_a_lost_worker():
    """What it held is lent to others."""
    heard = []

    class Listening(Coordinator):
        def lost(self, worker):
            heard.append(worker)

    RunDesk([3], Listening(Limits(concurrency=8), Caps(), FakeClock())).lost("a")

    assert heard == ["a"]


def test_no_shard_is_begun_after_a_stop():
    """Workers hear that the run is finished."""
    coordinator = _coordinator()
    desk = RunDesk([3], coordinator)
    coordinator.stop(Stop("cancelled", "enough"))

    assert desk.take("a") is None
    assert desk.is_finished
    assert not desk.is_empty


# Progress.


def _meter(clock, before=None):
    coordinator = _coordinator(clock)
    desk = RunDesk([0], coordinator)
    return desk, Meter(100, before or Totals(), desk, coordinator, clock.now)


def test_progress_adds_what_earlier_processes_did():
    """Rows, tokens and cost are those of the whole run."""
    clock = FakeClock()
    before = Totals(done=10, failed=1, total_tokens=100, cost=Decimal(1), priced=10)
    desk, meter = _meter(clock, before)
    desk.renew(Spent(worker="a", done=5, unknown=2, retried=3, tokens=50, cost=Decimal(1)))
    clock.time += 2
    told = meter.read()

    assert (told.done, told.failed, told.unknown, told.left) == (15, 1, 2, 82)
    assert (told.tokens, told.cost_usd, told.retried, told.seconds) == (150, Decimal(2), 3, 2)
    assert told.projected_cost_usd == Decimal(2) + Decimal(2) / 15 * 82
    assert told.concurrency == 8


def test_rates_are_those_of_the_last_seconds():
    """A fast begin does not promise a fast end."""
    clock = FakeClock()
    desk, meter = _meter(clock)
    desk.renew(Spent(worker="a", done=50, tokens=500))
    for _ in range(30):
        clock.time += 1
        meter.read()
    desk.renew(Spent(worker="a", done=20, tokens=100))
    clock.time += 1
    told = meter.read()

    assert (told.rows_per_s, told.tokens_per_s) == (1.0, 5.0)
    assert told.seconds_left == 30.0


def test_before_the_first_row_nothing_is_promised():
    """No time left, no cost."""
    _, meter = _meter(FakeClock())
    told = meter.read()

    assert (told.rows_per_s, told.seconds_left) == (0.0, None)
    assert (told.cost_usd, told.projected_cost_usd) == (None, None)


def test_a_rate_next_to_nothing_tells_no_time_left():
    """JSON has no endless number, and nobody waits so long."""
    assert Progress(rows=1, rows_per_s=5e-324).seconds_left is None


def test_a_moment_that_is_read_twice_is_kept_once():
    """A callback and a file may be told at the same time."""
    clock = FakeClock()
    desk, meter = _meter(clock)
    clock.time += 1
    desk.renew(Spent(worker="a", done=1))

    assert meter.read() == meter.read()


# Files for other processes.


def test_progress_is_read_as_it_was_written(tmp_path):
    """By ``status`` of another process."""
    told = Progress(rows=9, done=3, cost_usd=Decimal("0.1"), seconds=2.0, rows_per_s=1.5, pause=1.0)
    live.write_progress(tmp_path, told)

    assert live.read_progress(tmp_path) == told
    assert (tmp_path / "progress.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "[]", "{", '{"rows": 1}', '{"rows": "many"}', "null"])
def test_progress_that_cannot_be_read_is_none(tmp_path, content):
    """Another version may have written it."""
    (tmp_path / "progress.json").write_text(content)

    assert live.read_progress(tmp_path) is None


def test_progress_that_cannot_be_written_does_not_matter(tmp_path):
    """The run goes on, and nothing is left over."""
    (tmp_path / "progress.json").mkdir()
    live.write_progress(tmp_path, Progress(rows=1))

    assert [path.name for path in tmp_path.iterdir()] == ["progress.json"]


def test_a_request_to_end_is_seen_and_forgotten(tmp_path):
    """The next start is not ended by the request for the last one."""
    live.ask_to_end(tmp_path)
    seen = live.is_asked_to_end(tmp_path)
    live.forget_request(tmp_path)

    assert (seen, live.is_asked_to_end(tmp_path)) == (True, False)


def test_a_directory_that_cannot_be_read_asks_nothing(tmp_path):
    """The run goes on, such as while a network file system is away."""
    assert not live.is_asked_to_end(tmp_path / ("x" * 300))


# Reports.


def test_quantiles_are_bounds_of_classes():
    """Half of ten answers came within two seconds, all of them within four."""
    report = BulkReport(rows=10, done=10, failed=0, unknown=0, latency=[(1, 2), (2, 3), (4, 5)])

    assert [report.quantile(share) for share in (0.1, 0.5, 0.51, 1.0)] == [1, 2, 4, 4]


def test_without_answers_there_is_no_quantile():
    """Nothing took any time."""
    assert BulkReport(rows=1, done=0, failed=0, unknown=0).quantile(0.5) is None


def test_classes_are_the_differences_between_bounds():
    """What is beyond the last bound has a class without one, which is JSON too."""
    classes = _classes((1.0, 2.0, 4.0), (3, 3, 7), 9)

    assert classes == ((1.0, 3), (4.0, 4), (None, 2))
    assert json.loads(json.dumps(classes))[-1] == [None, 2]


def test_the_sums_of_shards_are_added_by_model():
    """A price that is known of some answers only is the sum of these."""
    sums = [
        ModelSums("hf", "m", "reported", 2, 10, 5, Decimal(1), 2),
        ModelSums("hf", None, "estimated", 1, 3, 1, Decimal(0), 0),
        ModelSums("hf", "m", "reported", 1, 4, 2, Decimal(0), 0),
    ]

    assert _shares(sums) == [
        Share(
            provider="hf",
            model="",
            source="estimated",
            rows=1,
            prompt_tokens=3,
            completion_tokens=1,
            cost_usd=None,
        ),
        Share(
            provider="hf",
            model="m",
            source="reported",
            rows=3,
            prompt_tokens=14,
            completion_tokens=7,
            cost_usd=Decimal(1),
        ),
    ]


def test_no_known_price_stays_unknown_in_a_sum():
    """It is not 0."""
    one = ModelSums("hf", "m", "reported", 1, 1, 1, Decimal(0), 0)

    assert _shares([one, one])[0].cost_usd is None


# Expected tokens.


def test_answers_are_expected_to_be_as_long_as_those_before():
    """The last ones count a little more each; one without a count changes nothing."""
    expected = ExpectedTokens()
    first = expected.of(row(), {})
    expected.learn(Usage(10, 100))
    expected.learn(Usage(10, 200))
    expected.learn(Usage(10, None))

    assert first - expected.of(row(), {}) == 256 - 105


def test_no_longer_answer_is_expected_than_is_allowed():
    """The row's own limit counts before that of the run."""
    expected = ExpectedTokens()
    of_run = expected.of(row(), {"max_tokens": 9})
    of_row = expected.of(row(options={"max_tokens": 4}), {"max_tokens": 9})

    assert of_run - of_row == 5


# Directories.


def _manifest(**form):
    facts = InputFacts(path="in.jsonl", format="jsonl", size=1, digest="00", rows=0)
    return Manifest(input=facts, form=form, provider="hf")


def test_a_directory_that_has_not_begun_is_none_of_a_run(tmp_path):
    """It has no manifest yet."""
    RunDirectory.create(tmp_path / "run")
    with pytest.raises(BulkInputError, match="not the directory of a run"):
        Opened.read(tmp_path / "run")


def test_a_setting_of_a_later_version_is_refused():
    """It might decide what is sent."""
    with pytest.raises(BulkInputError, match="colour"):
        form_of(_manifest(colour="blue"))


def test_status_of_a_directory_that_is_being_begun(tmp_path):
    """A process is at it, and nothing is known yet."""
    path = tmp_path / "run"
    RunDirectory.create(path)
    before = status_of(path)
    with RunLock.take(path):
        during = status_of(path)

    assert (before.state, before.pid) == ("new", None)
    assert (during.state, during.progress) == ("running", None)
    assert during.pid


def test_status_without_a_progress_file_counts_the_journals(tmp_path):
    """A process that has just begun has written none."""
    path = tmp_path / "run"
    RunDirectory.create(path).begin(_manifest())
    with RunLock.take(path):
        status = status_of(path)

    assert (status.state, status.progress.rows) == ("running", 0)


# Waiting.


@on_the_clock
async def test_what_must_end_ends_although_its_caller_is_cancelled():
    """Twice, too; the cancellation is raised afterwards."""
    ended = []

    async def work():
        await asyncio.sleep(5)
        ended.append(now())

    waiting = asyncio.create_task(to_its_end(work()))
    for _ in range(2):
        await asyncio.sleep(1)
        waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert ended == [5.0]


@on_the_clock
async def test_of_those_that_do_not_end_first_only_coroutines_are_cancelled():
    """A task belongs to somebody else."""
    ends = []

    async def wait(seconds):
        await asyncio.sleep(seconds)
        ends.append(seconds)

    task = asyncio.create_task(wait(3))
    await first_of(wait(1), wait(2), task)
    await asyncio.sleep(10)

    assert ends == [1, 3]


@on_the_clock
async def test_what_ends_is_returned_or_raised():
    """As if it had been awaited."""

    async def work(error=None):
        if error:
            raise error
        return 3

    assert await to_its_end(work()) == 3
    with pytest.raises(KeyError):
        await to_its_end(work(KeyError()))


async def test_a_thread_returns_or_raises():
    """What it is told to do."""

    def fail():
        raise KeyError("x")

    assert await in_thread(lambda: 3) == 3
    with pytest.raises(KeyError):
        await in_thread(fail)


async def test_a_thread_outlives_a_caller_that_is_cancelled():
    """It ends by itself, and nobody hears of it."""
    may_end, ended = threading.Event(), threading.Event()

    def work():
        may_end.wait(20)
        ended.set()

    waiting = asyncio.create_task(in_thread(work))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    may_end.set()
    await asyncio.to_thread(ended.wait, 20)
    await asyncio.sleep(0.05)

    assert ended.is_set()


def test_a_thread_may_outlive_the_event_loop():
    """A survey that was interrupted does not keep the process."""
    may_end, ended = threading.Event(), threading.Event()

    def work():
        may_end.wait(20)
        ended.set()

    async def main():
        task = asyncio.create_task(in_thread(work))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(main())
    may_end.set()

    assert ended.wait(20)


async def test_a_lock_that_comes_too_late_is_given_back(tmp_path):
    """Whoever waited for it was cancelled meanwhile."""
    path = tmp_path / "run"
    RunDirectory.create(path)

    async def wait():
        async with locked(path):
            raise AssertionError("it was cancelled")

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.sleep(0.2)

    assert RunLock.holder(path) is None


async def test_a_lock_that_is_refused_too_late_is_no_matter(tmp_path):
    """Nobody waits for it."""
    path = tmp_path / "run"
    RunDirectory.create(path)
    with RunLock.take(path):

        async def wait():
            async with locked(path):
                raise AssertionError("it was cancelled")

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.sleep(0.2)

        assert RunLock.holder(path) is not None
