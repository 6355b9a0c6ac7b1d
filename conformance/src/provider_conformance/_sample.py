"""Which checks still speak the protocol that a scaffolded provider began with."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")
_SHOWN = 8
_spoken: set[str] = set()


def sample(method: Callable[_P, _T]) -> Callable[_P, _T]:
    """Mark a method of a wire that speaks a sample protocol until its author replaces it.

    Runs name the checks that called it. The mark changes no verdict.
    """

    @functools.wraps(method)
    def marked(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        _spoken.add(method.__name__)
        return method(*args, **kwargs)

    return marked


@contextmanager
def hearing_samples() -> Iterator[set[str]]:
    """Yield the names of the marked methods that are called within the block."""
    _spoken.clear()
    yield _spoken


def sample_note(spoken: Mapping[str, Sequence[str]]) -> str:
    """Return the line about checks, by id, and the marked methods that each called; or nothing."""
    if not spoken:
        return ""
    methods = sorted({name for names in spoken.values() for name in names})
    shown = ", ".join(list(spoken)[:_SHOWN])
    more = f" and {len(spoken) - _SHOWN} more" if len(spoken) > _SHOWN else ""
    count = "1 check still speaks" if len(spoken) == 1 else f"{len(spoken)} checks still speak"
    return (
        f"{count} the sample protocol ({', '.join(methods)}): "
        f"{shown}{more}; replace what is marked @sample in the wire"
    )
