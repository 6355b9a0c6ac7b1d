"""How often the interpreter looks for garbage while rows are asked."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS = 50_000
"""New objects after which the garbage collector looks at them: those of some hundred rows."""


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """In the block, let the garbage collector look at rows in flight once, and not ten times.

    A row in flight consists of about a hundred objects, all of which are freed without the
    collector once it is answered. By itself it looks at them after every 700 (2,000 since Python
    3.13), which is a fifth of the time of a run. It is left alone if somebody has turned it off, or
    lets it look more seldom already, such as another run.
    """
    before = gc.get_threshold()
    if not 0 < before[0] < _OBJECTS:
        yield
        return
    gc.set_threshold(_OBJECTS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
