"""Garbage collection that sees only the objects of a check."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def only_new_garbage() -> Iterator[None]:
    """Make ``gc.collect()`` within the block ignore objects that existed before it.

    Otherwise objects that other code left behind could warn here, and each collection would visit
    every loaded module.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
