"""Replies that take long to read hold up neither the event loop nor the deadline."""

import asyncio
import threading
from contextlib import contextmanager

import pytest
from provider_sdk import ModelPage, OpenAIDialect, ProviderResponseError, ProviderTimeoutError

from ._service import USER, AcmeProvider, Reply, Service, completion

PATIENCE_S = 20
LARGE = Reply(completion("x" * 300_000))


class SlowDialect(OpenAIDialect):
    """Reads no reply before it may."""

    def __init__(self):
        self.may_read = threading.Event()

    def parse_chat(self, call, reply):
        """Wait, then read."""
        assert self.may_read.wait(PATIENCE_S)
        return super().parse_chat(call, reply)

    def parse_models(self, reply):
        """Wait, then find no model."""
        assert self.may_read.wait(PATIENCE_S)
        return ModelPage([])


@contextmanager
def slow_provider(**config):
    """A provider with a slow dialect, which is released in the end."""
    dialect = SlowDialect()
    kind = type("SlowProvider", (AcmeProvider,), {"dialect": dialect})
    try:
        yield Service(LARGE).provider(kind, **config), dialect.may_read
    finally:
        dialect.may_read.set()


async def collected(provider):
    """Ask for a stream and read it."""
    stream = await provider.chat(USER, stream=True)
    return await stream.collect()


CALLS = {
    "whole": lambda provider: provider.chat(USER),
    "to a stream": collected,
    "models": lambda provider: provider.list_models(),
    "health": lambda provider: provider.health_check(),
}


@pytest.mark.parametrize("ask", CALLS.values(), ids=CALLS)
async def test_other_tasks_go_on_while_a_large_reply_is_read(ask):
    """The reader waits here for what only another task does."""
    with slow_provider() as (provider, may_read):
        asking = asyncio.create_task(ask(provider))
        await asyncio.sleep(0.05)
        assert not asking.done()

        may_read.set()

        await asking


@pytest.mark.parametrize("ask", CALLS.values(), ids=CALLS)
async def test_the_deadline_ends_the_reading_of_a_large_reply(ask):
    """Whoever asked goes on, although the reader still works."""
    with slow_provider(timeout=0.1) as (provider, _):
        try:
            assert await ask(provider) is False
        except ProviderTimeoutError:
            pass
        else:
            assert isinstance(provider.health_error, ProviderTimeoutError)


async def test_a_model_list_is_bounded(monkeypatch):
    """All of its pages together."""
    monkeypatch.setattr("provider_sdk._http.provider.MAX_MODELS", 3)
    models = {"data": [{"id": f"m{number}"} for number in range(4)]}

    with pytest.raises(ProviderResponseError, match="longer than 3 models"):
        await Service(Reply(models)).provider().list_models()
