"""A provider that failed is not preferred for a while."""

import asyncio

import pytest
from provider_sdk import (
    AllProvidersFailedError,
    ProviderAuthError,
    ProviderModelNotFoundError,
    ProviderPermissionError,
    ProviderQuotaError,
    ProviderRateLimitError,
    ProviderRequestError,
    ProviderUnavailableError,
)

from ._clock import now, on_the_clock
from ._routes import Log, asked, chain, foreign, known, outcomes, raising

pytestmark = pytest.mark.usefixtures("own_registrations")

DOWN = ProviderUnavailableError("down")


async def names(router, count=1, **arguments):
    """Who answers the next calls."""
    return [(await asked(router, **arguments)).route.provider for _ in range(count)]


@pytest.mark.parametrize(
    ("failure", "seconds"),
    [
        (DOWN, 30),
        (ProviderQuotaError("no credits"), 30),
        (ProviderRateLimitError("slow down"), 30),
        (ProviderRateLimitError("slow down", retry_after=7), 7),
        (ProviderUnavailableError("down", retry_after=1000), 1000),
        (ProviderUnavailableError("down", retry_after=1e12), 86_400),
        (ProviderUnavailableError("down", retry_after=0), 30),
        (ProviderAuthError("rejected"), 300),
        (ProviderPermissionError("not for you"), 300),
        (ProviderAuthError("rejected", retry_after=7), 7),
        (ProviderModelNotFoundError("gone"), 300),
    ],
)
@on_the_clock
async def test_how_long_it_lasts(failure, seconds):
    """As long as the service asks; else 30 s, and 5 min for a credential or model that is gone."""
    log = Log()
    one = known("one", failure, "one")
    known("two")
    async with chain("one", "two", observer=log) as router:
        assert await names(router) == ["two"]
        await asyncio.sleep(seconds - 0.5)
        assert await names(router) == ["two"]
        assert len(one.calls) == 1
        await asyncio.sleep(1)
        assert await names(router, 2) == ["one", "one"]

    assert ("cool down", "one", seconds, type(failure)) in log.told


@on_the_clock
async def test_it_grows():
    """Each failure in a row makes the next one longer, up to a limit; an answer ends that."""
    log = Log()
    one = known("one", *[DOWN] * 6, "one", DOWN)
    known("two")
    async with chain("one", "two", observer=log) as router:
        for _ in range(8):
            await asked(router)
            await asyncio.sleep(301)

    told = [each[2] for each in log.told if each[0] == "cool down"]
    assert told == [30, 60, 120, 240, 300, 300, 30]
    assert len(one.calls) == 8


@on_the_clock
async def test_a_candidate_that_cools_is_moved_back():
    """It is asked after all others have failed."""
    known("one", DOWN, "one")
    known("two", "two", DOWN)
    async with chain("one", "two") as router:
        assert await names(router) == ["two"]
        answer = await asked(router)

    assert outcomes(answer.route) == [("two", "failed"), ("one", "answered")]


@on_the_clock
async def test_the_route_says_that_it_cools():
    """And for how long."""
    known("one", ProviderRateLimitError("slow down", retry_after=60))
    known("two")
    async with chain("one", "two") as router:
        await asked(router)
        await asyncio.sleep(10)
        answer = await asked(router)

    assert outcomes(answer.route) == [("one", "skipped"), ("two", "answered")]
    error = answer.route.attempts[0].error
    assert str(error) == "one failed lately and is not asked for 50 s more"
    assert (error.provider, error.retry_after) == ("one", 50)


@on_the_clock
async def test_all_cool():
    """The first to be ready is asked, and its answer ends its cool-down."""
    one = known("one", ProviderRateLimitError("slow down", retry_after=60), "one")
    two = known("two", ProviderRateLimitError("slow down", retry_after=20), "two")
    three = known("three", ProviderRateLimitError("slow down", retry_after=40), "three")
    async with chain("one", "two", "three") as router:
        with pytest.raises(AllProvidersFailedError) as caught:
            await asked(router)
        assert await names(router, 2) == ["two", "two"]

    assert caught.value.retry_after == 20
    assert (len(one.calls), len(two.calls), len(three.calls)) == (1, 3, 1)


@on_the_clock
async def test_all_cool_and_the_first_fails_again():
    """The others are asked in the order in which they will be ready."""
    known("one", ProviderRateLimitError("slow down", retry_after=60))
    known("two", ProviderRateLimitError("slow down", retry_after=20))
    async with chain("one", "two") as router:
        for expected in (["one", "two"], ["two", "one"]):
            with pytest.raises(AllProvidersFailedError) as caught:
                await asked(router)
            assert outcomes(caught.value) == [(name, "failed") for name in expected]


@on_the_clock
async def test_one_call_probes():
    """At the end of a cool-down one call tries the provider; all others wait for its answer."""
    one, _ = known("one", DOWN, "one"), known("two")
    async with chain("one", "two") as router:
        await asked(router)
        await asyncio.sleep(31)
        one.takes = 5
        answers = await asyncio.gather(*(asked(router) for _ in range(20)))
        after = await asyncio.gather(*(asked(router) for _ in range(20)))

    providers = [answer.route.provider for answer in answers]
    assert (providers.count("one"), providers.count("two")) == (1, 19)
    skipped = [a.route.attempts[0].error for a in answers if a.route.provider == "two"]
    waits = "one failed lately and is not asked until a call has tried it again"
    assert {(str(error), error.retry_after) for error in skipped} == {(waits, None)}
    assert all(answer.route.provider == "one" for answer in after)


@on_the_clock
async def test_a_probe_that_fails():
    """The provider cools again, for longer."""
    one, _ = known("one", DOWN), known("two")
    async with chain("one", "two") as router:
        await asked(router)
        await asyncio.sleep(31)
        await asked(router)
        await asyncio.sleep(59)
        await asked(router)
        assert len(one.calls) == 2
        await asyncio.sleep(2)
        await asked(router)

    assert len(one.calls) == 3


@on_the_clock
async def test_a_probe_that_is_cancelled():
    """It tells nothing: the next call probes, and the cool-down does not grow."""
    log = Log()
    one, _ = known("one", DOWN), known("two")
    async with chain("one", "two", observer=log) as router:
        await asked(router)
        await asyncio.sleep(31)
        one.takes = 60
        probe = asyncio.create_task(asked(router))
        await asyncio.sleep(1)
        assert await names(router) == ["two"]
        probe.cancel()
        await asyncio.wait([probe])
        one.takes = 0
        await asked(router)

    assert [each[2] for each in log.told if each[0] == "cool down"] == [30, 60]


@pytest.mark.parametrize("failure", [ProviderRequestError("rejected"), KeyError("a bug")])
@on_the_clock
async def test_a_probe_that_says_nothing_of_the_service(failure):
    """The next call probes."""
    known("one", DOWN, failure, "one")
    known("two")
    async with chain("one", "two") as router:
        await asked(router)
        await asyncio.sleep(31)
        with pytest.raises(type(failure)):
            await asked(router)
        assert await names(router) == ["one"]


@on_the_clock
async def test_calls_under_way_do_not_make_it_grow():
    """Twenty calls that fail in one moment are one failure."""
    log = Log()
    one, _ = known("one", DOWN), known("two")
    one.takes = 1
    async with chain("one", "two", observer=log) as router:
        await asyncio.gather(*(asked(router) for _ in range(20)))

    assert len(one.calls) == 20
    assert [each[2] for each in log.told if each[0] == "cool down"] == [30] * 20


@on_the_clock
async def test_a_late_failure_does_not_shorten_it():
    """The longest that the service asked for counts."""
    one = known("one", *(ProviderRateLimitError("slow", retry_after=s) for s in (100, 2)), "one")
    known("two")
    one.takes = 1
    async with chain("one", "two") as router:
        await asyncio.gather(asked(router), asked(router))
        await asyncio.sleep(50)
        assert await names(router) == ["two"]


@on_the_clock
async def test_a_late_answer_ends_it():
    """A call that was under way shows that the provider works again."""
    one, _ = known("one", DOWN, "one"), known("two")
    async with chain("one", "two") as router:
        one.takes = 2
        first = asyncio.create_task(asked(router))
        await asyncio.sleep(1)
        second = asyncio.create_task(asked(router))
        answers = await asyncio.gather(first, second)
        assert await names(router) == ["one"]

    assert [answer.route.provider for answer in answers] == ["two", "one"]


@on_the_clock
async def test_a_named_provider_is_not_bound():
    """It is asked while it cools, and what becomes of that begins no cool-down."""
    one, _ = known("one", DOWN, DOWN, DOWN, "one"), known("two")
    async with chain("one", "two") as router:
        await asked(router)
        for _ in range(2):
            with pytest.raises(ProviderUnavailableError):
                await asked(router, provider="one")
        assert (await asked(router, provider="one")).text == "one"
        await asyncio.sleep(31)  # had it grown, it would cool still
        assert await names(router) == ["one"]

    assert len(one.calls) == 5


@on_the_clock
async def test_routers_do_not_share_it():
    """It lives in the router, and so do the providers."""
    one, _ = known("one", DOWN, "one"), known("two")
    async with chain("one", "two") as first, chain("one", "two") as second:
        await asked(first)
        answer = await asked(second)

    assert outcomes(answer.route)[0] == ("one", "failed")
    assert len(one.made) == 2


@on_the_clock
async def test_tasks_of_a_router_share_it():
    """Who failed for one task is moved back for all."""
    known("one", DOWN, "one")
    known("two")
    async with chain("one", "two") as router:
        await router.route("coding", [{"role": "user", "content": "?"}])
        assert await names(router) == ["two"]


@on_the_clock
async def test_a_stream_ends_a_probe_with_its_first_event():
    """Other calls need not wait for its end."""
    known("one", DOWN, ["Bl", "ue."])
    known("two")
    async with chain("one", "two") as router:
        await asked(router)
        await asyncio.sleep(31)
        async with await asked(router, stream=True) as stream:
            await anext(stream)
            assert await names(router) == ["one"]


@pytest.mark.parametrize("asked_for", [float("nan"), float("inf"), -5, "soon", True, None])
@on_the_clock
async def test_an_odd_hint(asked_for):
    """What a foreign provider passes as the time to wait counts only if it is one."""
    log = Log()
    foreign("one", answer=raising(ProviderUnavailableError("down", retry_after=asked_for)))
    known("two")
    async with chain("one", "two", observer=log) as router:
        await asked(router)

    assert ("cool down", "one", 30, ProviderUnavailableError) in log.told


@on_the_clock
async def test_a_huge_hint():
    """It is kept to a day."""
    foreign("one", answer=raising(ProviderUnavailableError("down", retry_after=10**400)))
    known("two")
    async with chain("one", "two") as router:
        await asked(router)
        await asyncio.sleep(86_401)
        await asked(router)

    assert now() > 86_400
