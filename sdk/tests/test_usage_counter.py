"""A counter adds up what calls use, whoever made them and however they ended."""

import asyncio
import datetime
import json
import threading
import weakref

import pytest
from provider_sdk import (
    ChatResponse,
    ObservedAttempt,
    ProviderError,
    ProviderUnavailableError,
    StreamInterruptedError,
    ToolCall,
    Usage,
    UsageCounter,
    UsageRow,
    estimate_tokens,
)
from provider_sdk._observing import observed
from provider_sdk.testing import FakeProvider

from ._service import USER

DAY = "2026-11-29"
BLUE = ChatResponse(text="Blue.", usage=Usage(10, 4), model="m")


def counter(**arguments):
    """A counter whose day is fixed."""
    return UsageCounter(today=lambda: datetime.date.fromisoformat(DAY), **arguments)


def watched(*replies):
    """A fake provider, and the counter that watches it."""
    provider = FakeProvider(*replies)
    provider.observer = counted = counter()
    return provider, counted


def figures(row):
    """The calls and tokens of a row."""
    return row.calls, row.failed, row.prompt_tokens, row.completion_tokens, row.source


async def test_a_reported_call():
    """Its row has the counts as the service reported them, and says so."""
    provider, counted = watched(
        ChatResponse(text="Blue.", usage=Usage(10, 4, None, 3, 2, cache_write_tokens=1))
    )

    await provider.chat(USER, "m")

    assert counted.rows() == [
        UsageRow(
            day=DAY,
            provider="fake",
            model="m",
            source="reported",
            calls=1,
            prompt_tokens=10,
            completion_tokens=4,
            cached_tokens=3,
            cache_write_tokens=1,
            reasoning_tokens=2,
            unpriced=1,
        )
    ]


async def test_calls_add_up():
    """Two calls of the same model are one row."""
    provider, counted = watched(BLUE, BLUE)

    await provider.chat(USER, "m")
    await provider.chat(USER, "m")

    assert [figures(row) for row in counted.rows()] == [(2, 0, 20, 8, "reported")]


async def test_a_stream_counts_once():
    """A stream counts when it has come to its end, and once."""
    provider, counted = watched(BLUE)

    stream = await provider.chat(USER, "m", stream=True)
    assert counted.rows() == []
    await stream.collect()
    await stream.aclose()

    assert [figures(row) for row in counted.rows()] == [(1, 0, 10, 4, "reported")]


async def test_a_call_without_usage():
    """What the service does not report is estimated, in a row of its own."""
    provider, counted = watched(BLUE, "Blue.")

    await provider.chat(USER, "m")
    await provider.chat(USER, "m")

    assert {row.source: figures(row) for row in counted.rows()} == {
        "reported": (1, 0, 10, 4, "reported"),
        "estimated": (1, 0, estimate_tokens(USER), estimate_tokens("Blue."), "estimated"),
    }


def test_a_missing_count():
    """A count that is missing is estimated, and the one that was reported stays."""
    counted = counter()

    row = counted.add(ChatResponse(usage=Usage(None, 4)), provider="p", messages=USER)

    assert figures(row) == (1, 0, estimate_tokens(USER), 4, "estimated")


def test_zeros_for_an_answer():
    """A service that reports no token at all for a text has not counted: it is not free."""
    counted = counter(prices={"m": {"input": 1, "output": 1}})

    row = counted.add(ChatResponse(text="Blue.", usage=Usage(0, 0)), provider="p", messages=USER)
    unknown = counted.add(ChatResponse(text="Blue.", usage=Usage(0, 0)), provider="p", model="m")
    empty = counted.add(ChatResponse(usage=Usage(0, 0)), provider="p")

    assert figures(row) == (1, 0, estimate_tokens(USER), estimate_tokens("Blue."), "estimated")
    assert (unknown.prompt_tokens, unknown.cost_usd) == (None, None)
    assert figures(empty) == (1, 0, 0, 0, "reported")


def test_a_prompt_that_nobody_knows():
    """Without messages, the tokens of a prompt that was not counted are unknown, not zero."""
    row = counter().add(ChatResponse(text="Blue."), provider="p")

    assert row.prompt_tokens is None
    assert row.source == "estimated"


def test_a_count_that_the_total_tells():
    """A missing count is the rest of the total that was reported."""
    counted = counter()

    first = counted.add(ChatResponse(usage=Usage(10, None, 14)), provider="p")
    second = counted.add(ChatResponse(usage=Usage(None, 4, 14)), provider="p")

    assert figures(first) == figures(second) == (1, 0, 10, 4, "reported")


def test_thoughts_that_only_the_total_tells():
    """What the total holds beyond both counts was written too, unless the cache explains it."""
    counted = counter()

    hidden = counted.add(ChatResponse(usage=Usage(10, 4, 114)), provider="p")
    cached = counted.add(ChatResponse(usage=Usage(10, 4, 114, cached_tokens=100)), provider="p")

    written = counted.add(ChatResponse(usage=Usage(10, 4, 114, cache_write_tokens=9)), provider="p")

    assert figures(hidden) == (1, 0, 10, 104, "reported")
    assert figures(cached) == figures(written) == (1, 0, 10, 4, "reported")


@pytest.mark.parametrize("bad", [-5, 2.5e99, float("nan")])
def test_a_count_that_is_not_one(bad):
    """What is not a token count is not taken for one."""
    row = counter().add(ChatResponse(text="Blue.", usage=Usage(bad, 4)), provider="p")

    assert (row.prompt_tokens, row.source) == (None, "estimated")


def test_parts_are_never_more_than_the_whole():
    """More tokens from the cache than in the prompt cannot be."""
    usage = Usage(10, 4, None, 99, 99, cache_write_tokens=99)

    row = counter().add(ChatResponse(usage=usage), provider="p")

    assert (row.cached_tokens, row.cache_write_tokens, row.reasoning_tokens) == (10, 0, 4)


def test_an_answer_that_calls_tools():
    """Calls and reasoning are part of what the model wrote, and tools of what it read."""
    plain, full = (
        ChatResponse(text="Blue."),
        ChatResponse(
            text="Blue.",
            reasoning="Because of the air.",
            tool_calls=(ToolCall("1", "get_weather", {"city": "Paris"}),),
        ),
    )
    tools = [{"type": "function", "function": {"name": "get_weather", "parameters": {}}}]
    counted = counter()

    short = counted.add(plain, provider="p", messages=USER)
    long = counted.add(full, provider="p", messages=USER, tools=tools)

    assert long.completion_tokens > short.completion_tokens + 5
    assert long.prompt_tokens > short.prompt_tokens + 5


def test_arguments_of_any_kind():
    """An adapter may return arguments that JSON cannot express: the call counts all the same."""
    calls = (ToolCall("1", "f", {"day": datetime.date(2026, 11, 29)}), ToolCall("2", "g"))

    row = counter().add(ChatResponse(tool_calls=calls), provider="p", messages=USER)

    assert row.completion_tokens > 5


async def test_a_failed_call():
    """A call that failed before anything arrived counts as failed; its tokens are unknown."""
    provider, counted = watched(ProviderUnavailableError("down"))

    with pytest.raises(ProviderUnavailableError):
        await provider.chat(USER, "m")

    (row,) = counted.rows()
    assert figures(row) == (1, 1, None, None, "unknown")
    assert row.cost_usd is None


async def test_a_broken_stream():
    """What had arrived of a stream that broke is estimated, and marked as failed."""
    provider, counted = watched(["Blue", ", because", StreamInterruptedError("cut")])

    stream = await provider.chat(USER, "m", stream=True)
    with pytest.raises(ProviderError):
        await stream.collect()

    (row,) = counted.rows()
    expected = estimate_tokens(USER), estimate_tokens("Blue, because")
    assert figures(row) == (1, 1, *expected, "estimated")


async def test_a_stream_that_was_closed():
    """A stream that its reader closed counts as failed, with what had arrived."""
    provider, counted = watched(["Blue", ", because"])

    async with await provider.chat(USER, "m", stream=True) as stream:
        await anext(stream)

    (row,) = counted.rows()
    assert figures(row) == (1, 1, estimate_tokens(USER), estimate_tokens("Blue"), "estimated")


async def test_a_stream_that_was_dropped():
    """A stream that its reader left without closing it counts like one that was closed."""
    provider, counted = watched(["Blue", ", because"])

    async def read_one_chunk():
        async for _ in await provider.chat(USER, "m", stream=True):
            break

    with pytest.warns(ResourceWarning, match="dropped"):
        await read_one_chunk()
    await asyncio.sleep(0)

    (row,) = counted.rows()
    assert figures(row) == (1, 1, estimate_tokens(USER), estimate_tokens("Blue"), "estimated")


def test_a_stream_that_outlives_its_loop():
    """Nobody can read or close it any more, and nothing more is told."""
    provider, counted = watched(["Blue", ", because"])

    stream = asyncio.run(provider.chat(USER, "m", stream=True))
    with pytest.warns(ResourceWarning, match="dropped"):
        del stream

    assert counted.rows() == []


def test_partial_usage_that_was_reported():
    """Reported counts of a broken stream count if they fit what had arrived."""
    row = counter().add(BLUE, provider="p", failed=True)

    assert figures(row) == (1, 1, 10, 4, "reported")


def test_partial_usage_from_the_start_of_a_stream():
    """A count that was reported when the stream began is less than what arrived after it."""
    partial = ChatResponse(text="Blue. " * 100, usage=Usage(10, 1))

    row = counter().add(partial, provider="p", failed=True)

    assert (row.prompt_tokens, row.source) == (10, "estimated")
    assert row.completion_tokens == estimate_tokens(partial.text)


async def test_a_cancelled_call():
    """A call that was cancelled counts as failed."""
    counted = counter()
    attempt = ObservedAttempt("p", "m", USER, {}, False)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await observed(counted, attempt, asyncio.Event().wait)

    assert [figures(row) for row in counted.rows()] == [(1, 1, None, None, "unknown")]


async def test_retries_are_marked():
    """Further requests for the same call are in its row."""
    row = counter().add(BLUE, provider="p", retries=2)

    assert (row.calls, row.retries) == (1, 2)


# Who reports the same call twice.


async def ask_through(counted, provider, **options):
    """Ask as a router does: it reports the attempt, and the provider may report it too."""
    attempt = ObservedAttempt(provider.name, "m", USER, {}, bool(options.get("stream")))
    return await observed(counted, attempt, lambda: provider.chat(USER, "m", **options))


@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_that_router_and_provider_report(stream):
    """A counter that watches both counts the call once."""
    provider, counted = watched(BLUE)

    answer = await ask_through(counted, provider, stream=stream)
    if stream:
        await answer.collect()

    assert [figures(row) for row in counted.rows()] == [(1, 0, 10, 4, "reported")]


async def test_a_failure_that_router_and_provider_report():
    """A failed call counts once too."""
    provider, counted = watched(ProviderUnavailableError("down"), BLUE)

    with pytest.raises(ProviderUnavailableError):
        await ask_through(counted, provider)
    await ask_through(counted, provider)

    assert [row.calls for row in counted.rows()] == [1, 1]


async def test_two_counters():
    """One counter on the router and another on the provider count the call each."""
    provider, inner = watched(BLUE)
    outer = counter()

    await ask_through(outer, provider)

    assert inner.rows() == outer.rows()
    assert inner.rows()[0].calls == 1


async def test_calls_while_a_stream_is_read():
    """What is asked between the chunks of a stream is a call of its own."""
    provider, counted = watched(BLUE, BLUE)

    stream = await ask_through(counted, provider, stream=True)
    await ask_through(counted, provider)
    await stream.collect()

    assert [figures(row) for row in counted.rows()] == [(2, 0, 20, 8, "reported")]


async def test_a_task_that_outlives_the_call_it_was_started_in():
    """Its own calls are not taken for a part of that call."""
    provider, counted = watched(BLUE, BLUE)
    ready = asyncio.Event()
    tasks = []

    async def later():
        await ready.wait()
        return await provider.chat(USER, "m")

    async def ask():
        tasks.append(asyncio.create_task(later()))
        return BLUE

    await observed(counted, ObservedAttempt("router", "m", USER, {}, False), ask)
    ready.set()
    await tasks[0]

    assert sum(row.calls for row in counted.rows()) == 2


async def test_an_attempt_that_is_reported_again():
    """An end that is told twice counts once."""
    counted, attempt = counter(), ObservedAttempt("p", "m", USER, {}, False)

    counted.attempt_started(attempt)
    counted.finished(attempt, BLUE)
    counted.finished(attempt, BLUE)
    counted.failed(attempt, ProviderError("late"), None)

    counted.first_event(attempt)

    assert [figures(row) for row in counted.rows()] == [(1, 0, 10, 4, "reported")]


# Sessions, days and sums.


async def test_sessions():
    """Calls within the block belong to the session, also if a stream is read after it."""
    provider, counted = watched(BLUE, BLUE, BLUE)

    with counted.session("one"):
        await provider.chat(USER, "m")
        stream = await provider.chat(USER, "m", stream=True)
    with counted.session("two"):
        await stream.collect()
    await provider.chat(USER, "m")

    assert [(row.session, row.calls) for row in counted.rows()] == [(None, 1), ("one", 2)]


@pytest.mark.parametrize("name", [5, None, b"one"])
def test_a_session_that_is_not_text(name):
    """It is refused where it is named, and not where rows are sorted."""
    with pytest.raises(TypeError, match="a session's name must be text, not"):
        counter().session(name)
    if name is not None:
        with pytest.raises(TypeError, match="a session's name must be text, not"):
            counter().add(BLUE, provider="p", session=name)


async def test_a_session_whose_block_ends_elsewhere():
    """A generator may be closed in another context than the one in which it began."""
    counted = counter()

    async def requests():
        with counted.session("one"):
            yield counted.add(BLUE, provider="p")

    opened = requests()
    row = await asyncio.create_task(anext(opened))
    await asyncio.create_task(opened.aclose())

    assert row.session == "one"
    assert counted.add(BLUE, provider="p").session is None


async def test_sessions_of_tasks():
    """Tasks in different sessions do not mix them up."""
    provider, counted = watched(*[BLUE] * 20)

    async def ask(name):
        with counted.session(name):
            await asyncio.sleep(0)
            await provider.chat(USER, "m")

    await asyncio.gather(*(ask(str(n % 4)) for n in range(20)))

    assert [(row.session, row.calls) for row in counted.rows()] == [(str(n), 5) for n in range(4)]


def test_the_day_changes():
    """A call counts for the day on which it ended."""
    days = iter(["2026-11-30", "2026-11-29"])
    counted = UsageCounter(today=lambda: datetime.date.fromisoformat(next(days)))

    counted.add(BLUE, provider="p")
    counted.add(BLUE, provider="p")

    assert [row.day for row in counted.rows()] == ["2026-11-29", "2026-11-30"]


def test_a_time_is_a_day():
    """A clock may tell the time of any zone: calls of one day are in one row."""
    zone = datetime.timezone(datetime.timedelta(hours=14))
    counted = UsageCounter(today=lambda: datetime.datetime.now(zone))

    counted.add(BLUE, provider="gemini", model="gemini-2.5-flash")
    (row,) = {counted.add(BLUE, provider="gemini", model="gemini-2.5-flash") for _ in range(9)}

    assert row.day == counted.today().isoformat()
    assert type(counted.today()) is datetime.date
    assert len(counted.rows()) == 1


def test_what_was_spent_by_name():
    """The known cost of any names is that of the rows which have them."""
    counted = counter(prices={"m": {"input": 1, "output": 0, "per": "1"}})
    for session, provider, answer in [("a", "p", BLUE), ("a", "q", BLUE), ("b", "p", None)]:
        counted.add(answer, provider=provider, session=session)
    counted.merge(counted.rows())

    assert counted.spent() == counted.spent(day=DAY) == 40
    assert (counted.spent(session="a"), counted.spent(provider="q")) == (40, 20)
    assert counted.spent(session="a", provider="p") == 20
    assert counted.spent(session="b") is counted.spent(model="") is counted.spent(day="") is None


def test_sums_by_name():
    """Rows can be told apart by fewer names; sources stay apart."""
    counted = counter()
    counted.add(BLUE, provider="p", model="m", session="one")
    counted.add(BLUE, provider="p", model="n", session="two")
    counted.add(ChatResponse(text="Blue."), provider="p", model="n", messages=USER)

    assert [(r.provider, r.model, r.calls, r.source) for r in counted.rows(by=["provider"])] == [
        ("p", "", 1, "estimated"),
        ("p", "", 2, "reported"),
    ]


def test_a_name_that_rows_do_not_have():
    """Another word is refused, and the error lists the right ones."""
    with pytest.raises(ValueError, match=r"'colour'; use day, session, provider and model"):
        counter().rows(by=["colour"])


def test_the_model_that_answered():
    """If no model was named, the row is that of the model which answered."""
    assert counter().add(BLUE, provider="p").model == "m"


def test_rows_of_another_counter():
    """Rows can be taken over, as from an earlier run."""
    first, second = counter(), counter()
    first.add(BLUE, provider="p")
    second.add(BLUE, provider="p")

    second.merge(first.rows())

    assert [figures(row) for row in second.rows()] == [(2, 0, 20, 8, "reported")]


def test_rows_of_an_earlier_run():
    """Rows that were stored as JSON are taken over, and add up exactly."""
    first, second = (counter(prices={"m": {"input": 0.1, "output": 0}}) for _ in range(2))
    first.add(ChatResponse(usage=Usage(10**6, 0)), provider="p", model="m")
    first.add(None, provider="p", model="m")

    stored = json.dumps([row.to_dict() for row in first.rows()])
    for _ in range(3):
        second.merge(map(UsageRow.from_dict, json.loads(stored)))

    assert [UsageRow.from_dict(row) for row in json.loads(stored)] == first.rows()
    assert str(second.spent()) == "0.3"
    assert sum(row.calls for row in second.rows()) == 6


def test_a_row_as_json():
    """A row is plain JSON types; what is unknown is null."""
    row = counter().add(BLUE, provider="p")

    assert row.to_dict() == {
        "day": DAY,
        "session": None,
        "provider": "p",
        "model": "m",
        "source": "reported",
        "calls": 1,
        "failed": 0,
        "retries": 0,
        "prompt_tokens": 10,
        "completion_tokens": 4,
        "cached_tokens": None,
        "cache_write_tokens": None,
        "reasoning_tokens": None,
        "cost_usd": None,
        "unpriced": 1,
    }


def test_threads():
    """Threads that count at once lose no call."""
    counted = counter()

    def work():
        for _ in range(500):
            counted.add(BLUE, provider="p")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [figures(row) for row in counted.rows()] == [(4000, 0, 40000, 16000, "reported")]


def test_an_attempt_that_never_ends_keeps_nothing():
    """An attempt that is dropped without an end leaves nothing behind in the counter."""
    counted, attempt = counter(), ObservedAttempt("p", "m", USER, {}, True)
    counted.attempt_started(attempt)
    kept = weakref.ref(attempt)

    del attempt

    assert kept() is None
