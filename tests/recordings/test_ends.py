"""A recorded stream that ends too early is an error, never a quiet short answer."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import pytest
from provider_sdk import ChatResponse, HttpProvider, StreamInterruptedError

from .exchanges import Exchange
from .facts import Answer
from .replay import Service, ask, provider_of
from .wires import select, wire_of

STREAMS = select("chat_stream")
_HALF_TAG = re.compile("<[/think]*$")


@pytest.mark.parametrize("drops", [False, True], ids=["closed", "dropped"])
@pytest.mark.parametrize(**STREAMS)
async def test_cut_stream(exchange: Exchange, drops: bool):
    """A stream cut before its end raises; cut behind it, it says all that the whole says."""
    service = Service(exchange)
    wire = wire_of(exchange)
    async with provider_of(exchange, service) as provider:
        whole = await ask(provider, exchange)
        service.drops = drops
        for length in _lengths(exchange.body):
            service.pieces = [exchange.body[:length]]
            cut = await _outcome(provider, exchange)
            if isinstance(cut, StreamInterruptedError):
                assert _is_part(cut.partial, whole), f"cut at {length}"
                continue
            assert wire.end.search(exchange.body[:length]), f"quiet at {length}"
            if wire.repeats_end and len(wire.end.findall(exchange.body)) > 1:
                assert _is_part(cut, whole), f"cut at {length}"
            else:
                assert _said(cut) == _said(whole), f"cut at {length}"


@pytest.mark.parametrize(**STREAMS)
async def test_dropped_after_the_end(exchange: Exchange):
    """A connection that drops behind the whole answer takes nothing from it."""
    service = Service(exchange)
    service.drops = True
    async with provider_of(exchange, service) as provider:
        response = await ask(provider, exchange)

    assert Answer.of(response) == wire_of(exchange).expected(exchange)


async def _outcome(
    provider: HttpProvider, exchange: Exchange
) -> ChatResponse | StreamInterruptedError:
    try:
        return await ask(provider, exchange)
    except StreamInterruptedError as error:
        return error


def _lengths(body: bytes) -> Iterator[int]:
    """Yield the middle and the end of each line, the end of the last excepted."""
    for line in re.finditer(rb"[^\r\n]+", body):
        yield sum(line.span()) // 2
        if line.end() < len(body.rstrip()):
            yield line.end()


def _said(response: ChatResponse) -> Answer:
    # Usage may come behind the finish reason, and is then lost with the cut.
    return dataclasses.replace(Answer.of(response), usage=None)


def _is_part(partial: ChatResponse | None, whole: ChatResponse) -> bool:
    if partial is None:
        return False
    # Text turns out to be reasoning when a ``</think>`` comes that nothing opened.
    if partial.text and (whole.reasoning or "").startswith(partial.text):
        return True
    # The beginning of a tag stands in the partial text, because it may never become one.
    return all(
        (said or "").startswith(_HALF_TAG.sub("", part or ""))
        for said, part in [
            (whole.text, partial.text),
            (whole.reasoning, partial.reasoning),
            (whole.refusal, partial.refusal),
        ]
    )
