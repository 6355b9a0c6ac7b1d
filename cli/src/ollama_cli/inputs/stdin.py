"""Reading standard input to its end, without hanging in silence."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable, Iterator

import click

QUIET_S = 3.0
"""After this silence the user is told that the command waits for standard input."""

_CHUNK = 1 << 16


def piped_bytes(
    limit: int, timeout: float | None, on_quiet: Callable[[], None], *, typed: bool = False
) -> bytes:
    """Return what is piped in; nothing if standard input is closed, or a terminal.

    Args:
        limit: the most bytes to accept.
        timeout: the most seconds to wait for the end; ``None`` waits for ever.
        on_quiet: called once if nothing arrives for ``QUIET_S`` seconds.
        typed: whether to read a terminal, too.

    Raises:
        click.UsageError: it cannot be read, is too long, or does not end in time.
    """
    if sys.stdin is None or (sys.stdin.isatty() and not typed):
        return b""
    data = bytearray()
    try:
        for chunk in _chunks(timeout, on_quiet):
            data += chunk
            if len(data) > limit:
                break
    except OSError as error:
        problem = f"standard input cannot be read: {error.strerror or error}"
    else:
        if len(data) <= limit:
            return bytes(data)
        problem = f"standard input is longer than {limit} bytes ({limit >> 20} MiB)"
    raise click.UsageError(problem)


def _chunks(timeout: float | None, on_quiet: Callable[[], None]) -> Iterator[bytes]:
    try:
        descriptor = sys.stdin.fileno()
    except OSError:
        descriptor = -1  # a stand-in for standard input, such as a test's
    if descriptor < 0 or sys.platform == "win32":
        yield sys.stdin.buffer.read()  # Windows can wait for sockets only
        return
    clock = _Clock(timeout, on_quiet)
    while True:
        clock.wait_for(descriptor)
        try:
            chunk = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            continue  # another reader of the same pipe was faster
        if not chunk:
            return
        yield chunk


class _Clock:
    def __init__(self, timeout: float | None, on_quiet: Callable[[], None]) -> None:
        self._timeout = timeout
        self._end = None if timeout is None else time.monotonic() + timeout
        self._on_quiet: Callable[[], None] | None = on_quiet

    def wait_for(self, descriptor: int) -> None:
        quiet_at = time.monotonic() + QUIET_S
        while not select.select([descriptor], [], [], self._seconds_to(quiet_at))[0]:
            now = time.monotonic()
            if self._end is not None and now >= self._end:
                raise click.UsageError(
                    f"standard input did not end within {self._timeout:g} s (--timeout); "
                    "close it, or add: </dev/null"
                )
            if self._on_quiet is not None and now >= quiet_at:
                self._on_quiet()
                self._on_quiet = None

    def _seconds_to(self, quiet_at: float) -> float | None:
        ends = [quiet_at] if self._on_quiet is not None else []
        ends += [] if self._end is None else [self._end]
        return max(0.0, min(ends) - time.monotonic()) if ends else None
