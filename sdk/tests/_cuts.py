"""Bytes, cut in every way that a network may cut them."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


def fed(decoder: Any, pieces: Iterable[bytes]) -> list[Any]:
    """Everything that a decoder gives for the pieces, its flush included."""
    found = [item for piece in pieces for item in decoder.feed(piece)]
    return found + decoder.flush()


def single_splits(data: bytes) -> Iterable[list[bytes]]:
    """Every way to cut the data once, at its ends too, and every byte alone."""
    yield from ([data[:at], data[at:]] for at in range(len(data) + 1))
    yield [data[at : at + 1] for at in range(len(data))]


@st.composite
def partitions(draw: Callable[..., Any], data: bytes) -> list[bytes]:
    """Some way to cut the data, empty pieces included."""
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=20)))
    return [data[start:end] for start, end in pairwise([0, *cuts, len(data)])]
