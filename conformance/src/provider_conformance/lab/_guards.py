"""Keeps the process alive while foreign code runs, and tells whose an interrupt is."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

ENDED = "ended the process"
"""What messages say of a provider that ends its process, however it does that."""


class EndedProcessError(BaseException):
    """Raised in place of the end of the process."""


@contextmanager
def no_exit() -> Iterator[list[str]]:
    """Make ``os._exit`` raise ``EndedProcessError`` in this thread; collect the calls.

    Other threads and forked processes still end: that is how they are meant to.
    """
    calls: list[str] = []
    leave, process, thread = os._exit, os.getpid(), threading.get_ident()

    def refuse(status: int) -> NoReturn:
        if (os.getpid(), threading.get_ident()) != (process, thread):
            leave(status)
        calls.append(f"the provider {ENDED} with os._exit({status!r})")
        raise EndedProcessError(calls[-1])

    os._exit = refuse
    try:
        yield calls
    finally:
        os._exit = leave


@contextmanager
def noticed_interrupts() -> Iterator[list[int]]:
    """Collect the interrupts of the user, which still do what they do.

    A ``KeyboardInterrupt`` without one was raised by a provider.
    """
    seen: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield seen
        return
    handle = before

    def note(signum: int, frame: FrameType | None) -> None:
        seen.append(signum)
        handle(signum, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)
