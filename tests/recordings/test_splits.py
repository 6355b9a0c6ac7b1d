"""However the bytes of a recorded stream are cut, its events are those of the uncut body."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from provider_sdk import ChatCall, Message, StreamEvent, StreamFailure

from .exchanges import Exchange
from .wires import select, wire_of

STREAMS = select("chat_stream", "failed_stream", "endless_stream")
BUDGET = 50_000_000
"""Bytes that the cuts of one stream may cost, about one second."""


@pytest.mark.parametrize(**STREAMS)
def test_every_cut(exchange: Exchange):
    """A cut in front of any byte changes no event."""
    whole = _events(exchange, [exchange.body])

    for cuts in _combs(len(exchange.body)):
        assert _events(exchange, _pieces(exchange.body, cuts)) == whole, f"cut at {list(cuts)}"


@pytest.mark.parametrize(**STREAMS)
def test_single_bytes(exchange: Exchange):
    """All bytes arriving alone change no event."""
    alone = _pieces(exchange.body, range(1, len(exchange.body)))

    assert _events(exchange, alone) == _events(exchange, [exchange.body])


@pytest.mark.parametrize(**STREAMS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_partitions(exchange: Exchange, data: st.DataObject):
    """Any partition, empty pieces and other line ends included, changes no event."""
    ending = data.draw(st.sampled_from([b"\n", b"\r\n", b"\r"]))
    body = exchange.body.replace(b"\r\n", b"\n").replace(b"\n", ending)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=60)))

    assert _events(exchange, _pieces(body, cuts)) == _events(exchange, [exchange.body])


def _combs(size: int) -> Iterator[Sequence[int]]:
    """Yield sets of positions that hold every position once between them.

    A short stream is cut at one position at a time. For a long one that would take minutes: it is
    cut at several positions at a time, hundreds of bytes apart.
    """
    stride = min(size, BUDGET // size)
    for first in range(1, stride + 1):
        yield range(first, size, stride)


def _pieces(body: bytes, cuts: Iterable[int]) -> list[bytes]:
    return [body[start:end] for start, end in pairwise([0, *cuts, len(body)])]


def _events(exchange: Exchange, pieces: Sequence[bytes]) -> list[StreamEvent | str]:
    call = ChatCall(exchange.model, (Message("user", "What?"),), {}, stream=True)
    decoder = wire_of(exchange).provider.dialect.stream_decoder(call)
    events = [event for piece in pieces for event in decoder.feed(piece)]
    events += decoder.flush()
    return [_comparable(event) for event in events]


def _comparable(event: StreamEvent) -> StreamEvent | str:
    # Two exceptions are never equal.
    return repr(event.error) if isinstance(event, StreamFailure) else event
