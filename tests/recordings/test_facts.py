"""Every recorded exchange gives its recorded facts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from provider_sdk import ProviderError, StreamInterruptedError

from .exchanges import Exchange
from .facts import Answer, error_class, error_class_in_stream
from .replay import QUESTION, Service, ask, provider_of
from .wires import select, wire_of


@pytest.mark.parametrize(**select("chat", "chat_stream"))
async def test_answer(exchange: Exchange, counted: Callable[[Exchange], None]):
    """An answer gives its text, reasoning, tool calls, finish reason, model and usage."""
    counted(exchange)
    async with provider_of(exchange) as provider:
        response = await ask(provider, exchange)

    assert Answer.of(response) == wire_of(exchange).expected(exchange)


@pytest.mark.parametrize(**select("error"))
async def test_error(exchange: Exchange, counted: Callable[[Exchange], None]):
    """An error gives its class, its status and the service's own message."""
    counted(exchange)
    async with provider_of(exchange) as provider:
        with pytest.raises(ProviderError) as caught:
            await provider.chat(QUESTION, exchange.model)

    assert type(caught.value) is error_class(exchange.facts)
    assert caught.value.status == exchange.status
    assert exchange.facts["message"] in str(caught.value)


@pytest.mark.parametrize(**select("error"))
async def test_error_of_a_stream(exchange: Exchange):
    """The same error answers a call for a stream, from the call itself."""
    async with provider_of(exchange) as provider:
        with pytest.raises(ProviderError) as caught:
            await provider.chat(QUESTION, exchange.model, stream=True)

    assert type(caught.value) is error_class(exchange.facts)
    assert exchange.facts["message"] in str(caught.value)


@pytest.mark.parametrize(**select("failed_stream"))
async def test_failed_stream(exchange: Exchange, counted: Callable[[Exchange], None]):
    """An error inside a stream gives its class and the service's own message."""
    counted(exchange)
    async with provider_of(exchange) as provider:
        with pytest.raises(ProviderError) as caught:
            await ask(provider, exchange)

    assert isinstance(caught.value, error_class_in_stream(exchange.facts))
    assert exchange.facts["stream_error"] in str(caught.value)


@pytest.mark.parametrize(**select("endless_stream"))
async def test_endless_stream(exchange: Exchange, counted: Callable[[Exchange], None]):
    """A stream that was recorded without its end is an error."""
    counted(exchange)
    async with provider_of(exchange) as provider:
        with pytest.raises(StreamInterruptedError):
            await ask(provider, exchange)


@pytest.mark.parametrize(**select("list_models"))
async def test_model_list(exchange: Exchange, counted: Callable[[Exchange], None]):
    """A model list gives all its ids, each once, in its order."""
    counted(exchange)
    async with provider_of(exchange) as provider:
        ids = await provider.list_models()

    assert len(ids) == len(set(ids)) == exchange.facts["count"]
    first = [id.removeprefix(wire_of(exchange).prefix) for id in exchange.facts["first_ids"]]
    assert ids[: len(first)] == first


@pytest.mark.parametrize(**select("chat", "chat_stream"))
async def test_call_ids(exchange: Exchange):
    """No two calls of one answer share an id, also where the service sent none."""
    async with provider_of(exchange) as provider:
        calls = (await ask(provider, exchange)).tool_calls

    assert len({call.id for call in calls}) == len(calls)


@pytest.mark.parametrize(**select("chat", "chat_stream"))
async def test_headers(exchange: Exchange):
    """The id of the exchange and the back end behind a router come from where they stand."""
    async with provider_of(exchange) as provider:
        response = await ask(provider, exchange)

    pattern = wire_of(exchange).names_exchange
    named = pattern.search(exchange.body) if pattern else None
    ids = [exchange.headers.get(name) for name in ("request-id", "x-request-id")]
    assert response.request_id == next(filter(None, ids), named and named[1].decode())
    assert response.served_by == exchange.headers.get("x-inference-provider")


@pytest.mark.parametrize(**select("chat"))
async def test_cut_body(exchange: Exchange):
    """An answer whose JSON is cut is an error, never a shorter answer."""
    body = exchange.body.rstrip()
    for length in {0, 1, len(body) // 2, len(body) - 1}:
        service = Service(exchange)
        service.pieces = [body[:length]]
        async with provider_of(exchange, service) as provider:
            with pytest.raises(ProviderError):
                await ask(provider, exchange)
