"""Many calls at once, from several loops and threads, and cancelled at any instant."""

import asyncio
import gc
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from provider_sdk import ProviderTimeoutError

from ._server import serving, serving_in_a_thread
from ._service import KEY, USER, AcmeProvider, chunk, completion, sse

pytestmark = pytest.mark.usefixtures("transport")

ANSWER = completion()
STREAM = sse(chunk("Bl"), chunk("ue.", finish="stop"), done=True)


def provider_of(server, **config):
    """A provider that speaks to the server."""
    return AcmeProvider(**{"api_key": KEY, "base_url": server.url, "max_retries": 0, **config})


async def _stream(connection):
    await connection.send_head(content_type="text/event-stream", transfer_encoding="chunked")
    for piece in (STREAM[:40], STREAM[40:]):
        await asyncio.sleep(0.001)
        await connection.send_chunk(piece)
    await connection.send_chunk(b"")


async def _streamed(provider, **options):
    async with await provider.chat(USER, stream=True, **options) as stream:
        return (await stream.collect()).text


def test_one_provider_serves_threads_with_a_loop_each():
    """None disturbs the answers of another."""

    async def ask(provider):
        return [await _streamed(provider) for _ in range(20)]

    with serving_in_a_thread(_stream) as server:
        provider = provider_of(server)
        with ThreadPoolExecutor(6) as threads:
            found = list(threads.map(lambda _: asyncio.run(ask(provider)), range(6)))
        asyncio.run(provider.aclose())

    assert found == [["Blue."] * 20] * 6


async def test_after_a_storm_of_cancelled_calls_no_connection_is_stuck():
    """Whatever instant each was cancelled at; the next call is answered."""
    chance = random.Random(7)

    async def slow(connection):
        await asyncio.sleep(chance.uniform(0, 0.02))
        await _stream(connection)

    async def one(provider):
        async with asyncio.timeout(chance.uniform(0, 0.02)):
            await _streamed(provider)

    async with serving(slow) as server, provider_of(server) as provider:
        before = _descriptors()
        for _ in range(4):
            await asyncio.gather(*(one(provider) for _ in range(60)), return_exceptions=True)
        await asyncio.sleep(0.1)
        gc.collect()

        assert await _streamed(provider) == "Blue."
        assert _descriptors() - before <= 2 * 8 * 14  # both ends are in this process


def _descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_a_call_that_waits_for_a_connection_waits_on_its_own_deadline(monkeypatch):
    """Not on the five seconds that connecting may take."""
    monkeypatch.setattr("provider_sdk._http.pool.MAX_CONNECTIONS", 1)
    release = asyncio.Event()

    async def held(connection):
        await release.wait()
        await _stream(connection)

    async with serving(held) as server, provider_of(server) as provider:
        first = asyncio.create_task(_streamed(provider))
        await asyncio.sleep(0.05)
        with pytest.raises(ProviderTimeoutError, match=r"no answer within 0\.05 s"):
            await _streamed(provider, timeout=0.05)
        second = asyncio.create_task(_streamed(provider))
        release.set()

        assert await asyncio.gather(first, second) == ["Blue."] * 2


def test_closing_a_provider_closes_connections_of_other_loops():
    """Each by the loop that opened it."""
    opened, close = threading.Event(), threading.Event()

    async def elsewhere(provider):
        await provider.chat(USER)
        opened.set()
        await asyncio.to_thread(close.wait, 10)
        await asyncio.sleep(0.05)

    with serving_in_a_thread(ANSWER) as server:
        provider = provider_of(server)
        thread = threading.Thread(target=lambda: asyncio.run(elsewhere(provider)))
        thread.start()
        assert opened.wait(10)
        asyncio.run(provider.aclose())
        close.set()
        thread.join(10)

        assert not thread.is_alive()
