"""Marks the methods of a wire that still encode the sample protocol of a new scaffold."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
_sample_methods: set[Callable[..., object]] = set()
_called: set[str] = set()


def sample(method: Callable[_P, _T]) -> Callable[_P, _T]:
    """Mark a method of a wire that encodes a sample protocol and is still to be replaced.

    A run counts the marked methods and names the checks that called one. The mark changes no
    result, but the level is ``sample``, and ``verify`` is red.
    """

    @functools.wraps(method)
    def marked(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        _called.add(method.__name__)
        return method(*args, **kwargs)

    _sample_methods.add(marked)
    return marked


def is_sample(method: Callable[..., object]) -> bool:
    """Whether a method is marked."""
    return method in _sample_methods


@contextmanager
def record_sample_calls() -> Iterator[set[str]]:
    """Yield a set that collects the names of marked methods called within the block."""
    _called.clear()
    yield _called
