"""Ends checks that never end by themselves."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from provider_conformance.drivers._clock import StalledError


@contextmanager
def watchdog(seconds: float) -> Iterator[None]:
    """Raise ``StalledError`` in the block after so many real seconds, and again after as many.

    It uses a signal, which interrupts even code that blocks the event loop. Signals work only in
    the main thread of a POSIX process; elsewhere the limits of the event loop must do. Code that
    catches everything, ignores the signal or hangs outside Python does not end by it; the command
    kills its process.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(
        signal, "setitimer"
    ):
        yield
        return

    def raise_stalled(signum: int, frame: FrameType | None) -> None:
        raise StalledError(f"the check did not end within {seconds:g} real seconds")

    before = signal.signal(signal.SIGALRM, raise_stalled)
    # An earlier check may have left the signal blocked.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    # Again, because what is raised in a destructor goes no further than that.
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
