"""Which checks still speak the protocol that a scaffolded provider began with."""

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
    """Mark a method of a wire that speaks a sample protocol until its author replaces it.

    Runs count what is marked, and name the checks that called it. The mark changes no verdict.
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
    """Yield the names of the marked methods that are called within the block."""
    _called.clear()
    yield _called
