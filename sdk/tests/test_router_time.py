"""Each attempt has its share of a call's time."""

import asyncio

import httpx
import pytest
from provider_sdk import (
    AllProvidersFailedError,
    PreparedProvider,
    ProviderTimeoutError,
    ProviderUnavailableError,
    register_provider,
)

from ._clock import now, on_the_clock
from ._routes import Foreign, asked, chain, foreign, known, outcomes, raising
from ._service import AcmeProvider, Reply, Service, completion, failing

pytestmark = pytest.mark.usefixtures("own_registrations")

FOREVER = 1e6


@pytest.mark.parametrize("stream", [False, True])
@on_the_clock
async def test_half_of_the_time_while_another_remains(stream):
    """The last has all that is left, and the call ends at its deadline."""
    providers = [known(name) for name in ("one", "two", "three")]
    for each in providers:
        each.takes = FOREVER
    async with chain("one", "two", "three") as router:
        with pytest.raises(AllProvidersFailedError) as caught:
            await asked(router, stream=stream, timeout=80)

    assert [each.shares for each in providers] == [[40], [20], [20]]
    assert [each.asked_at for each in providers] == [[0], [40], [60]]
    assert now() == 80
    assert [each.seconds for each in caught.value.attempts] == [40, 20, 20]
    assert all(isinstance(each.error, ProviderTimeoutError) for each in caught.value.attempts)


@on_the_clock
async def test_the_default_timeout():
    """It is that of any provider, over all attempts of the call."""
    one, two = known("one"), known("two")
    one.takes = two.takes = FOREVER
    async with chain("one", "two") as router:
        with pytest.raises(AllProvidersFailedError):
            await asked(router)

    assert now() == 120


@on_the_clock
async def test_who_fails_early_leaves_its_time():
    """The next has a share of all that is left."""
    known("one", ProviderUnavailableError("down"))
    two, three = known("two"), known("three")
    two.takes = three.takes = FOREVER
    async with chain("one", "two", "three") as router:
        with pytest.raises(AllProvidersFailedError):
            await asked(router, timeout=80)

    assert (two.shares, three.shares) == ([40], [40])


@on_the_clock
async def test_who_cannot_be_asked_takes_no_share():
    """Nothing is kept for candidates without credential or capability."""
    one, two, three = known("one"), known("two", capabilities=frozenset()), known("three")
    three.has_credential = False
    async with chain("one", "two", "three") as router:
        await asked(router, timeout=80, stop=["."])

    assert one.shares == [80]
    assert two.calls == three.calls == []


@on_the_clock
async def test_who_cools_down_has_its_share():
    """It is asked after the others, and then has all that is left."""
    one = known("one", ProviderUnavailableError("down"), "one")
    two = known("two", "two", ProviderUnavailableError("down"))
    async with chain("one", "two") as router:
        await asked(router)
        two.takes = 30
        answer = await asked(router, timeout=80)

    assert (two.shares[-1], one.shares[-1]) == (40, 50)
    assert outcomes(answer.route) == [("two", "failed"), ("one", "answered")]


@on_the_clock
async def test_a_named_provider_has_all_the_time():
    """Nobody is asked after it."""
    one = known("one")
    known("two")
    async with chain("one", "two") as router:
        await asked(router, provider="one", timeout=80)

    assert one.shares == [80]


@pytest.mark.parametrize("arguments", [{}, {"provider": "one"}])
@on_the_clock
async def test_a_provider_that_does_not_keep_the_time(arguments):
    """It is told, and cancelled when its time is over; the error is its own."""
    ended = []

    async def answer(self, stream):
        try:
            await asyncio.sleep(FOREVER)
        finally:
            ended.append(now())

    kind = foreign("one", answer=answer)
    async with chain("one") as router:
        with pytest.raises(ProviderTimeoutError if arguments else AllProvidersFailedError) as got:
            await asked(router, timeout=30, **arguments)

    assert kind.options["timeout"] == 30
    assert ended == [30]
    error = got.value if arguments else got.value.attempts[0].error
    assert (error.provider, error.model) == ("one", "foreign-default")


@on_the_clock
async def test_no_time_is_left():
    """The last is asked nevertheless: it may answer at once."""

    async def answer(self, stream):
        try:
            await asyncio.sleep(FOREVER)
        except asyncio.CancelledError:
            await asyncio.sleep(50)
            raise

    foreign("one", answer=answer)
    foreign("two")
    async with chain("one", "two") as router:
        found = await asked(router, timeout=20)

    assert outcomes(found.route) == [("one", "failed"), ("two", "answered")]


# Retries of the providers themselves.


def acme(*replies, **config):
    """Register a provider over a scripted service."""
    service = Service(*replies)
    register_provider("acme", lambda: service.provider(AcmeProvider, **config))
    return service


@on_the_clock
async def test_nobody_sleeps_for_a_retry_after_while_another_remains():
    """The next is asked at once."""
    service = acme(failing(429, retry_after="5"))
    two = known("two")
    async with chain("acme", "two") as router:
        await asked(router)

    assert len(service.requests) == 1
    assert two.asked_at == [0]


@on_the_clock
async def test_short_waits_while_another_remains():
    """A provider tries again as long as it waits no longer than a second."""
    service = acme(failing(503), max_retries=9)
    two = known("two")
    async with chain("acme", "two") as router:
        await asked(router)

    assert len(service.requests) == 3  # the waits are at most 0.5, 1 and 2 seconds
    assert two.asked_at[0] <= 1.5


@pytest.mark.parametrize("failure", [httpx.ConnectError("refused"), httpx.ConnectTimeout("late")])
@on_the_clock
async def test_who_cannot_be_reached_is_not_asked_again_while_another_remains(failure):
    """Most often nothing runs there; the next is asked at once, and the last tries again."""
    service = acme(failure)
    two = known("two", ProviderUnavailableError("down"))
    last = Service(failure, Reply(completion()))
    register_provider("last", lambda: last.provider(AcmeProvider))
    async with chain("acme", "two", "last") as router:
        answer = await asked(router)

    assert [each.provider for each in answer.route.attempts] == ["acme", "two", "last"]
    assert answer.route.attempts[0].error.unreachable
    assert (len(service.requests), len(last.requests)) == (1, 2)
    assert two.asked_at == [0]


@on_the_clock
async def test_the_last_sleeps_as_it_is_asked():
    """Nobody is left to be asked instead."""
    known("one", ProviderUnavailableError("down"))
    service = acme(failing(429, retry_after="5"), Reply(completion()))
    async with chain("one", "acme") as router:
        answer = await asked(router)

    assert answer.text == "Blue."
    assert (len(service.requests), now()) == (2, 5)


@on_the_clock
async def test_a_named_provider_sleeps_as_it_is_asked():
    """Its own retries are as without a router."""
    service = acme(failing(429, retry_after="5"), Reply(completion()))
    known("two")
    async with chain("acme", "two") as router:
        await asked(router, provider="acme")

    assert (len(service.requests), now()) == (2, 5)


@on_the_clock
async def test_a_router_within_a_router():
    """The last of the inner chain does not sleep while another remains in the outer one."""
    service = acme(failing(429, retry_after="5"))
    inner = chain("acme")
    register_provider("inner", lambda: inner.as_provider())
    two = known("two")
    async with chain("inner", "two") as router:
        answer = await asked(router)

    assert outcomes(answer.route) == [("inner", "failed"), ("two", "answered")]
    assert len(service.requests) == 1
    assert two.asked_at == [0]


@on_the_clock
async def test_cancelling_a_call():
    """It ends at once, and cancels the provider that is asked; nobody else is."""
    one, two = known("one"), known("two")
    one.takes = FOREVER
    async with chain("one", "two") as router:
        call = asyncio.create_task(asked(router))
        await asyncio.sleep(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    assert now() == 1
    assert not two.calls


@pytest.mark.parametrize("base", [Foreign, PreparedProvider])
@on_the_clock
async def test_a_provider_that_hides_a_cancellation(base):
    """The call is cancelled nevertheless, and nobody else is asked."""

    async def answer(self, _):
        try:
            await asyncio.sleep(FOREVER)
        except asyncio.CancelledError:
            raise ProviderUnavailableError("the connection was lost") from None

    body = {"name": "one", "answer": answer, "fetch_models": None, "credential": "none"}
    register_provider("one", type("One", (base,), {**body, "default_model": "m"}))
    two = known("two")
    async with chain("one", "two") as router:
        call = asyncio.create_task(asked(router))
        await asyncio.sleep(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    assert not two.calls


@on_the_clock
async def test_a_provider_that_is_cancelled_from_within():
    """That is a failure of its own, and the next is asked."""
    foreign("one", answer=raising(asyncio.CancelledError()))
    known("two")
    async with chain("one", "two") as router:
        answer = await asked(router)

    assert outcomes(answer.route) == [("one", "failed"), ("two", "answered")]
    assert str(answer.route.attempts[0].error) == "it was cancelled, but not by its caller"


@on_the_clock
async def test_a_timeout_of_the_application():
    """It passes, whatever the router waits for."""
    foreign("one", answer=raising(ProviderUnavailableError("down")))
    known("two").takes = FOREVER
    async with chain("one", "two") as router:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await asked(router)

    assert now() == 3
