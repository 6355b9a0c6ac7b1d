"""What a journal keeps, and how it is read again."""

import asyncio
import time
import tracemalloc
from dataclasses import replace
from decimal import Decimal

import pytest
from provider_sdk import ToolCall, Usage
from provider_sdk.bulk.errors import JournalError, LeaseLostError
from provider_sdk.bulk.store import Journal, JournalReader, ModelSums, SentTwice, Totals, database

from ._bulk_store import answer, new_journal, refusal


async def kept(path, *results):
    """Store results, and read them with the file opened again."""
    async with Journal.open(path) as journal:
        for result in results:
            await journal.intend(result.index, 1)
            await journal.record(result)
    with JournalReader.open(path) as reader:
        return list(reader.results())


@pytest.mark.parametrize(
    "result",
    [
        answer(),
        refusal(),
        answer(state="unknown", text=None, usage=None, cost_usd=None, tool_calls=()),
        answer(text=""),
        answer(text="nul \0, escape \x1b[31m, ends \u2028\u2029 \ufeff\ufffe"),
        answer(text="half \ud83d and half \ude00 of another", id="\udc80", served_by="\ud800"),
        answer(text="both \ud83d", reasoning="\ude00"),
        answer(text="two halves \ud83d\ude00, and one whole 😀"),
        answer(cost_usd=Decimal("0.1000000000000000000000001")),
        answer(usage=Usage(2**70, None)),
        answer(tool_calls=(ToolCall("", "cut", None, '{"a": "\ud83d'),)),
        answer(tool_calls=(ToolCall("1", "deep", {"a": [[[{"b": -0.0}]]], "n": 10**40}),)),
        answer(2**62),
    ],
)
async def test_a_result_comes_back_as_it_was(tmp_path, result):
    """Every character of it, however a service cut its texts."""
    assert await kept(new_journal(tmp_path), result) == [result]


@pytest.mark.parametrize("arguments", [{"a": object()}, {(1, 2): 3}, {"a": 10**5000}])
async def test_arguments_that_are_not_json_lose_no_answer(tmp_path, arguments):
    """An answer was paid for; what the model wrote is kept, and the other calls too."""
    odd = ToolCall("1", "odd", arguments, "as written")
    plain = ToolCall("2", "plain", {"a": 1}, '{"a": 1}')
    result = answer(tool_calls=(odd, plain))

    [found] = await kept(new_journal(tmp_path), result)

    assert found == replace(result, tool_calls=(replace(odd, arguments=None), plain))


async def test_arguments_nested_beyond_reading_lose_no_answer(tmp_path):
    """They are left out like other arguments that are not JSON."""
    deep = []
    for _ in range(100_000):
        deep = [deep]
    calls = (ToolCall("1", "deep", {"a": deep}, "as written"),)

    [found] = await kept(new_journal(tmp_path), answer(tool_calls=calls))

    assert found.tool_calls[0] == ToolCall("1", "deep", None, "as written")


async def test_a_huge_text_comes_back(tmp_path):
    """Fifty megabytes are one row among others."""
    results = [answer(0), answer(1, text="é" * 25_000_000), answer(2)]

    assert await kept(new_journal(tmp_path), *results) == results


async def test_results_come_in_the_order_of_the_rows(tmp_path):
    """In whichever order they were recorded, over more than one chunk."""
    path = new_journal(tmp_path)
    async with Journal.open(path) as journal:
        await asyncio.gather(*(journal.record(answer(row)) for row in reversed(range(1234))))

        assert [result.index for result in journal.results()] == list(range(1234))


async def test_a_range_of_results_has_both_ends(tmp_path):
    """Rows of the input that have no result are left out."""
    path = new_journal(tmp_path)
    async with Journal.open(path) as journal:
        for row in (1, 3, 5, 7):
            await journal.record(answer(row))

        assert [result.index for result in journal.results(3, 6)] == [3, 5]


async def test_a_reader_that_stops_midway_does_not_keep_the_log_from_being_emptied(tmp_path):
    """Between chunks no read is open; else the log would grow as long as somebody reads."""
    path = new_journal(tmp_path)
    log = path.with_name(f"{path.name}-wal")
    async with Journal.open(path) as journal:
        for row in range(3):
            await journal.record(answer(row, text="x" * 2_000_000))
        with JournalReader.open(path) as reader:
            reading = reader.results()
            next(reading)
            for row in range(3, 40):
                await journal.record(answer(row, text="x" * 2_000_000))

            assert log.stat().st_size < 20_000_000
            assert len(list(reading)) == 39


async def test_a_reader_has_little_in_memory(tmp_path):
    """About a megabyte of many results, or one long one."""
    path = new_journal(tmp_path)
    async with Journal.open(path) as journal:
        await asyncio.gather(*(journal.record(answer(r, text="x" * 20_000)) for r in range(3000)))
        tracemalloc.start()
        try:
            found = sum(1 for _ in journal.results())
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert found == 3000
    assert most < 10_000_000


async def test_a_reader_reads_beside_the_writer(tmp_path):
    """It sees what is durable at that moment."""
    path = new_journal(tmp_path)
    async with Journal.open(path) as journal:
        with JournalReader.open(path) as reader:
            await journal.record(answer(0))
            before = reader.ended()
            await journal.record(answer(1))

            assert (before, reader.ended()) == ({0}, {0, 1})


async def test_a_row_is_in_doubt_until_its_outcome_is_known(tmp_path):
    """An attempt that was noted and a row that ended are not."""
    async with Journal.open(new_journal(tmp_path)) as journal:
        for row in range(4):
            await journal.intend(row, 1)
        await journal.note(1, 1, "ProviderRateLimitError")
        await journal.record(answer(2))
        await journal.note(3, 1, "\ud800")
        await journal.intend(3, 2)

        assert journal.doubtful() == {0: 1, 3: 2}
        assert journal.attempts() == {0: 1, 1: 1, 3: 2}
        assert journal.ended() == {2}


async def test_a_note_on_an_earlier_attempt_changes_nothing(tmp_path):
    """The later one is still in doubt."""
    async with Journal.open(new_journal(tmp_path)) as journal:
        await journal.intend(0, 1)
        await journal.intend(0, 2)
        await journal.note(0, 1, "late")

        assert journal.doubtful() == {0: 2}


async def test_rows_sent_again_while_in_doubt_are_named(tmp_path):
    """With their attempts, and with their ids once they have ended; others are not."""
    async with Journal.open(new_journal(tmp_path)) as journal:
        for row in range(3):
            await journal.intend(row, 1)
        await journal.note(2, 1, "known")
        for row in range(3):
            await journal.intend(row, 2)
        await journal.record(answer(1))

        assert list(journal.sent_twice()) == [SentTwice(0, None, 2), SentTwice(1, "row-1", 2)]


async def test_the_first_result_of_a_row_stays(tmp_path):
    """What is durable is never replaced."""
    first, second = answer(0), answer(0, text="another", cost_usd=Decimal(9))

    async with Journal.open(new_journal(tmp_path)) as journal:
        await journal.record(first)
        await journal.record(second)

        assert list(journal.results()) == [first]
        assert journal.totals().cost == first.cost_usd


async def test_totals_are_exact(tmp_path):
    """Of states, tokens, costs and back ends."""
    async with Journal.open(new_journal(tmp_path)) as journal:
        for row in range(10):
            await journal.record(answer(row, cost_usd=Decimal("0.1")))
        await journal.record(refusal(10, usage=None, cost_usd=None, served_by=None))
        await journal.record(answer(11, state="unknown", usage=None, cost_usd=None))
        await journal.record(answer(12, served_by=None, usage=Usage(2**60, 0), cost_usd=None))
        await journal.record(answer(13, served_by=None, provider=None, usage=None, cost_usd=None))

        assert journal.totals() == Totals(
            done=12,
            failed=1,
            unknown=1,
            prompt_tokens=100 + 2**53,
            completion_tokens=200,
            total_tokens=300 + 2**53,
            cost=Decimal("1.0"),
            priced=10,
            served_by={"novita": 10, "hf": 1},
        )


async def test_an_empty_journal_has_totals(tmp_path):
    """All of them zero."""
    async with Journal.open(new_journal(tmp_path)) as journal:
        assert journal.totals() == Totals()


async def test_a_service_that_names_ever_new_back_ends_is_summed_up(tmp_path):
    """A thousand names are kept apart, the rest is one."""
    async with Journal.open(new_journal(tmp_path)) as journal:
        await asyncio.gather(*(journal.record(answer(r, served_by=f"n{r}")) for r in range(1003)))

        served_by = journal.totals().served_by

    assert (len(served_by), served_by["others"], sum(served_by.values())) == (1001, 3, 1003)


def test_totals_can_be_added():
    """Those of all shards are those of the run."""
    one = Totals(done=1, prompt_tokens=2, cost=Decimal("0.1"), priced=1, served_by={"a": 1})
    two = Totals(done=2, failed=1, unknown=3, cost=Decimal("0.2"), served_by={"a": 1, "b": 2})

    both = one + two

    assert both == Totals(
        done=3,
        failed=1,
        unknown=3,
        prompt_tokens=2,
        cost=Decimal("0.3"),
        priced=1,
        served_by={"a": 2, "b": 2},
    )
    assert both.ended == 7


async def test_sums_are_kept_apart_by_model(tmp_path):
    """And by who counted the tokens; rows that nobody answered are left out."""
    async with Journal.open(new_journal(tmp_path)) as journal:
        await journal.record(answer(0))
        await journal.record(answer(1))
        await journal.record(answer(2, model="other", usage=None, cost_usd=None))
        await journal.record(refusal(3, provider=None, model=None, usage=None, cost_usd=None))

        assert journal.sums_by_model() == [
            ModelSums("hf", "glm", "estimated", 2, 20, 40, Decimal("0.000250"), 2),
            ModelSums("hf", "other", "reported", 1, 0, 0, Decimal(0), 0),
        ]


async def test_errors_are_counted_by_type(tmp_path):
    """The most frequent first."""
    async with Journal.open(new_journal(tmp_path)) as journal:
        await journal.record(answer(0))
        for row, kind in enumerate(["B", "A", "B"], start=1):
            failed = refusal(row)
            await journal.record(replace(failed, error=replace(failed.error, type=kind)))

        assert list(journal.errors().items()) == [("B", 2), ("A", 1)]


async def test_latencies_count_what_was_answered_in_time(tmp_path):
    """Each bound counts all rows up to it; failed rows are left out."""
    async with Journal.open(new_journal(tmp_path)) as journal:
        for row, seconds in enumerate([0.1, 0.5, 2.0]):
            await journal.record(answer(row, seconds=seconds))
        await journal.record(refusal(3, seconds=0.1))

        assert journal.latencies([0.1, 1, 10]) == [1, 2, 3]


async def test_failures_are_read_alone(tmp_path):
    """In the order of the rows."""
    async with Journal.open(new_journal(tmp_path)) as journal:
        for row in (4, 3, 1):
            await journal.record(refusal(row))
        await journal.record(answer(2))

        assert [result.index for result in journal.failures()] == [1, 3, 4]


async def test_forgotten_rows_are_asked_again(tmp_path):
    """A failed row is as if it had an outcome; one left unknown is in doubt again."""
    async with Journal.open(new_journal(tmp_path)) as journal:
        for row, state in enumerate(["done", "failed", "unknown"]):
            await journal.intend(row, 1)
            await journal.record(answer(row, state=state))

        assert await journal.forget(["failed", "unknown", "failed"]) == 2

        assert journal.ended() == {0}
        assert journal.doubtful() == {2: 1}
        assert journal.attempts() == {1: 1, 2: 1}
        assert [result.index for result in journal.results()] == [0]


async def test_what_forgotten_rows_cost_stays_in_the_sums(tmp_path):
    """It was paid; a cap that forgot it would be exceeded."""
    async with Journal.open(new_journal(tmp_path)) as journal:
        await journal.record(refusal(0))
        await journal.record(refusal(1, usage=None, cost_usd=None))
        before = journal.totals()
        await journal.forget(["failed"])
        after = journal.totals()

        assert (after.cost, after.priced, after.total_tokens) == (before.cost, 1, 30)
        assert after.failed == 0
        assert journal.sums_by_model()[0].cost == before.cost


async def test_a_forgotten_row_that_failed_is_not_sent_twice(tmp_path):
    """Its first sending has a known end."""
    async with Journal.open(new_journal(tmp_path)) as journal:
        await journal.intend(0, 1)
        await journal.record(refusal(0))
        await journal.forget(["failed"])
        await journal.intend(0, 2)

        assert list(journal.sent_twice()) == []


async def test_calls_that_wait_together_share_a_transaction(tmp_path):
    """One wait for the disk serves all; the log has a few commits instead of hundreds."""
    path = new_journal(tmp_path)
    log = path.with_name(f"{path.name}-wal")
    async with Journal.open(path) as journal:
        await asyncio.gather(*(journal.intend(row, 1) for row in range(1000)))

        assert len(journal.doubtful()) == 1000
        assert log.stat().st_size < 1000 * 4096 / 4


async def test_a_cancelled_call_is_written_nevertheless(tmp_path):
    """A result that is paid for is not lost because its caller was stopped."""
    async with Journal.open(new_journal(tmp_path)) as journal:
        recording = asyncio.create_task(journal.record(answer(0)))
        await asyncio.sleep(0)
        recording.cancel()
        await asyncio.gather(recording, return_exceptions=True)
        await journal.intend(1, 1)

        assert recording.cancelled()
        assert journal.ended() == {0}


async def test_closing_writes_what_waits(tmp_path):
    """Calls that came before are durable when it returns, and it can be repeated."""
    path = new_journal(tmp_path)
    journal = Journal.open(path)
    waiting = [asyncio.create_task(journal.record(answer(row))) for row in range(20)]
    await asyncio.sleep(0)

    await asyncio.gather(journal.aclose(), journal.aclose())
    await journal.aclose()

    await asyncio.gather(*waiting)
    with JournalReader.open(path) as reader:
        assert reader.ended() == set(range(20))


async def test_closing_can_be_repeated_after_it_was_cancelled(tmp_path):
    """As when somebody presses Ctrl-C twice."""
    journal = Journal.open(new_journal(tmp_path))
    await journal.intend(0, 1)
    closing = asyncio.create_task(journal.aclose())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)

    await asyncio.wait_for(journal.aclose(), 30)

    assert closing.cancelled()


async def test_a_closed_journal_takes_nothing(tmp_path):
    """The caller hears of it instead of waiting for ever."""
    journal = Journal.open(new_journal(tmp_path))
    await journal.aclose()

    with pytest.raises(JournalError, match="is closed"):
        await journal.intend(0, 1)


async def test_a_closed_journal_is_one_file(tmp_path):
    """So a copy of it is complete."""
    path = new_journal(tmp_path)
    await kept(path, answer())

    assert [each.name for each in path.parent.glob("*.journal*")] == [path.name]


def test_a_loop_that_ends_early_loses_nothing(tmp_path):
    """What was given to the journal is written, though nobody waits any more."""
    path = new_journal(tmp_path)

    async def give():
        journal = Journal.open(path)
        await journal.intend(0, 1)
        recording = asyncio.ensure_future(journal.record(answer(0, text="x" * 10_000_000)))
        await asyncio.sleep(0)
        return journal, recording

    loop = asyncio.new_event_loop()
    journal, recording = loop.run_until_complete(give())
    recording.cancel()
    loop.run_until_complete(asyncio.gather(recording, return_exceptions=True))
    loop.close()

    for _ in range(1000):
        if journal.ended() == {0}:
            break
        time.sleep(0.01)
    assert journal.ended() == {0}
    with pytest.raises(JournalError, match="another process or event loop"):
        asyncio.run(journal.aclose())
    journal._writer._orders.put(None)
    journal._writer._thread.join()
    journal._reading.close()


async def test_a_later_fence_ends_writing(tmp_path):
    """A worker that lost its lease hears it at whatever it writes next, and ever after."""
    path = new_journal(tmp_path)
    async with Journal.open(path, fence=1) as old, Journal.open(path, fence=2) as new:
        with pytest.raises(LeaseLostError, match="another worker has taken over"):
            await old.record(answer(0))
        with pytest.raises(LeaseLostError):
            await old.intend(1, 1)
        await new.record(answer(2))

        assert new.ended() == {2}
        assert new.attempts() == {}


async def test_calls_that_wait_when_the_shard_is_lost_hear_it(tmp_path):
    """Also one that came while another was being written."""
    path = new_journal(tmp_path)
    async with Journal.open(path, fence=1) as old:
        other = database.connect(path)
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE fence SET number = 2")
        first = asyncio.create_task(old.intend(0, 1))
        for _ in range(1000):
            await asyncio.sleep(0.001)
            if old._writer._orders.empty():
                break
        second = asyncio.create_task(old.intend(1, 1))
        await asyncio.sleep(0)
        other.execute("COMMIT")
        other.close()

        outcomes = await asyncio.gather(first, second, return_exceptions=True)

    assert [type(each) for each in outcomes] == [LeaseLostError, LeaseLostError]


async def test_an_earlier_fence_cannot_open(tmp_path):
    """A worker that wakes after hours finds the shard taken."""
    path = new_journal(tmp_path)
    async with Journal.open(path, fence=2):
        with pytest.raises(LeaseLostError):
            Journal.open(path, fence=1)


async def test_the_same_fence_can_open_again(tmp_path):
    """As its owner does after closing."""
    path = new_journal(tmp_path)
    async with Journal.open(path, fence=3):
        pass
    async with Journal.open(path, fence=3) as journal:
        await journal.intend(0, 1)


async def test_a_journal_on_another_computer_has_no_shared_log(tmp_path):
    """Its log would need memory that two computers share; all else is the same."""
    path = new_journal(tmp_path)
    async with Journal.open(path, remote=True) as journal:
        await journal.record(answer(0))
        names = {each.name for each in path.parent.glob("*.journal-*")}

        assert not any(name.endswith(("-wal", "-shm")) for name in names)
        assert list(journal.results()) == [answer(0)]
