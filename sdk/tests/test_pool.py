"""Connections in small groups."""

import asyncio

import pytest
from provider_sdk import ProviderError
from provider_sdk._http import pool as pool_module
from provider_sdk._http.pool import GROUP_CONNECTIONS, Pool


class Client:
    """Notes that it was closed."""

    def __init__(self):
        self.closed = False

    async def aclose(self):
        """Close it."""
        self.closed = True


@pytest.fixture
def clients():
    """Every client that the pool made."""
    return []


@pytest.fixture
def make(clients):
    """Makes a noted client."""

    def make():
        clients.append(Client())
        return clients[-1]

    return make


@pytest.fixture
def pool(make):
    """A pool of noted clients."""
    return Pool(make)


async def test_one_call_after_the_other_uses_one_group(pool, clients):
    """Its connections are warm."""
    for _ in range(20):
        pool.release(await pool.lease())

    assert len(clients) == 1


async def test_a_full_group_is_followed_by_another(pool, clients):
    """No group has more calls at once than connections."""
    leased = [await pool.lease() for _ in range(GROUP_CONNECTIONS * 2 + 1)]

    assert [leased.count(group) for group in dict.fromkeys(leased)] == [8, 8, 1]
    assert len(clients) == 3


async def test_a_place_that_is_free_again_is_used(pool, clients):
    """Before another group is made."""
    leased = [await pool.lease() for _ in range(GROUP_CONNECTIONS)]
    pool.release(leased[0])

    assert await pool.lease() is leased[0]
    assert len(clients) == 1


async def test_a_group_with_a_broken_exchange_takes_no_further_call(pool, clients):
    """It is closed after its last one, and not before."""
    first, second = await pool.lease(), await pool.lease()
    pool.release(first, intact=False)

    assert await pool.lease() is not first
    assert not clients[0].closed
    pool.release(second)
    await asyncio.sleep(0)
    assert clients[0].closed


async def test_a_full_group_with_a_broken_exchange_takes_no_further_call(pool, clients):
    """Places that become free in it stay empty."""
    leased = [await pool.lease() for _ in range(GROUP_CONNECTIONS)]
    pool.release(leased[0], intact=False)
    pool.release(leased[1])

    assert await pool.lease() is not leased[0]


async def test_a_broken_group_with_two_broken_exchanges_is_closed_once(pool, clients):
    """The second changes nothing."""
    first, second = await pool.lease(), await pool.lease()
    pool.release(first, intact=False)
    pool.release(second, intact=False)
    await asyncio.sleep(0)

    assert [client.closed for client in clients] == [True]


async def burst(pool, calls):
    """Let so many calls begin, and then end."""
    for group in [await pool.lease() for _ in range(calls)]:
        pool.release(group)


async def settled():
    """Let what the loop has to do at once be done."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_after_a_burst_few_groups_stay(make, clients):
    """Idle connections are bounded, once they were not needed for a while."""
    pool = Pool(make, surplus_s=0)
    await burst(pool, GROUP_CONNECTIONS * 40)
    await settled()

    assert sum(not client.closed for client in clients) == 12


async def test_groups_that_are_idle_between_waves_of_calls_stay(make, clients):
    """The next wave needs them, and connecting anew costs more than a call."""
    pool = Pool(make, surplus_s=3600)
    for _ in range(3):
        await burst(pool, GROUP_CONNECTIONS * 40)
        await settled()
    await pool.aclose()

    assert len(clients) == 40


async def test_groups_that_served_for_a_moment_meanwhile_are_no_surplus(make, clients):
    """Though all are idle again when the pool looks."""
    pool = Pool(make, surplus_s=0)
    for _ in range(10):
        await burst(pool, GROUP_CONNECTIONS * 30)
        await asyncio.sleep(0)

    assert sum(client.closed for client in clients) <= 1  # the 13th, when the first look began


async def test_as_many_groups_are_closed_as_were_idle_throughout(make, clients):
    """Those that served meanwhile are no surplus; nor are they later, while they serve."""
    pool = Pool(make, surplus_s=0)
    await burst(pool, GROUP_CONNECTIONS * 40)
    await burst(pool, GROUP_CONNECTIONS * 30)
    leased = [await pool.lease() for _ in range(GROUP_CONNECTIONS * 20)]
    await settled()

    assert sum(client.closed for client in clients) == 8
    assert not any(group.client.closed for group in leased)


async def test_more_calls_than_connections_wait(pool, monkeypatch):
    """In the order in which they came."""
    monkeypatch.setattr(pool_module, "MAX_CONNECTIONS", 2)
    pool = Pool(Client)
    one, _ = await pool.lease(), await pool.lease()
    waiting = [asyncio.create_task(pool.lease()) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)

    pool.release(one)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [task.done() for task in waiting] == [True, False]
    waiting[1].cancel()


async def test_a_cancelled_wait_takes_no_place(monkeypatch):
    """Whoever comes after it is served."""
    monkeypatch.setattr(pool_module, "MAX_CONNECTIONS", 1)
    pool = Pool(Client)
    group = await pool.lease()
    gives_up = asyncio.create_task(pool.lease())
    await asyncio.sleep(0)
    gives_up.cancel()
    await asyncio.wait([gives_up])
    pool.release(group)

    assert await asyncio.wait_for(pool.lease(), 1) is group


async def test_closing_the_pool_closes_every_group(pool, clients):
    """Those that are in use, and those that are being closed."""
    busy = [await pool.lease() for _ in range(GROUP_CONNECTIONS + 1)]
    pool.release(busy[0], intact=False)
    await pool.aclose()
    for group in busy[1:]:
        pool.release(group)
    await asyncio.sleep(0)

    assert all(client.closed for client in clients)


async def test_a_client_that_cannot_be_made_takes_no_place(monkeypatch):
    """However often making one fails, calls are served once it works."""
    monkeypatch.setattr(pool_module, "MAX_CONNECTIONS", 2)
    failures = [OSError("no certificates")] * 5

    def make():
        if failures:
            raise failures.pop()
        return Client()

    pool = Pool(make)
    for _ in range(5):
        with pytest.raises(OSError, match="no certificates"):
            await pool.lease()

    assert await asyncio.wait_for(pool.lease(), 1)


async def test_calls_that_end_while_the_pool_is_closed_raise_nothing(pool):
    """Whether they were complete or cancelled."""
    leased = [await pool.lease() for _ in range(GROUP_CONNECTIONS + 3)]
    await pool.aclose()
    for number, group in enumerate(leased):
        pool.release(group, intact=number % 2 == 0)


async def test_calls_that_wait_while_the_pool_is_closed_are_refused(monkeypatch):
    """They open no further connection."""
    monkeypatch.setattr(pool_module, "MAX_CONNECTIONS", 1)
    pool = Pool(Client)
    group = await pool.lease()
    waiting = asyncio.create_task(pool.lease())
    await asyncio.sleep(0)
    await pool.aclose()
    pool.release(group)

    with pytest.raises(ProviderError, match="closed"):
        await waiting


async def test_an_abandoned_pool_forgets_its_clients():
    """If that is more than to say nothing."""
    forgotten = []
    pool = Pool(Client, abandon=forgotten.append)
    group = await pool.lease()
    pool.abandon()

    assert forgotten == [group.client]


async def test_a_pool_may_have_nothing_to_forget(pool, clients):
    """Its library says nothing of connections that it finds open."""
    await pool.lease()
    pool.abandon()

    assert [client.closed for client in clients] == [False]
