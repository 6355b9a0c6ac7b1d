"""What a provider leaves to the collection of garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def only_new_garbage() -> Iterator[None]:
    """Keep what existed before the block out of ``gc.collect()`` within it.

    Else what other code dropped would warn here, and every collection would walk through all
    modules.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
