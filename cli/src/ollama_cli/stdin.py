"""Reading standard input to its end, without hanging in silence."""

from __future__ import annotations

import codecs
import os
import select
import sys
import time
from collections.abc import Callable, Iterator

import click

QUIET_S = 3.0
"""After this silence the user is told that the command waits for standard input."""

_CHUNK = 1 << 16
# The longer mark first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32-LE"),
    (codecs.BOM_UTF32_BE, "UTF-32-BE"),
    (codecs.BOM_UTF16_LE, "UTF-16-LE"),
    (codecs.BOM_UTF16_BE, "UTF-16-BE"),
    (codecs.BOM_UTF8, "UTF-8"),
)


def piped_bytes(limit: int, timeout: float | None, on_quiet: Callable[[], None]) -> bytes:
    """Return what is piped in; nothing if standard input is closed or a terminal.

    Args:
        limit: the most bytes to accept.
        timeout: the most seconds to wait for the end; ``None`` waits for ever.
        on_quiet: called once if nothing arrives for ``QUIET_S`` seconds.

    Raises:
        click.UsageError: it cannot be read, is too long, or does not end in time.
    """
    if sys.stdin is None or sys.stdin.isatty():
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


def decoded(data: bytes) -> str:
    """Return the bytes as text: UTF-8, or what a byte order mark at their beginning says.

    Raises:
        click.UsageError: they are not text in that encoding.
    """
    mark, encoding = next((pair for pair in _MARKS if data.startswith(pair[0])), (b"", "UTF-8"))
    data = data[len(mark) :]
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        found = data[error.start]
        position = error.start + len(mark)
        problem = f"standard input is not {encoding} text (byte {position} is 0x{found:02x})"
    else:
        if "\0" not in text:
            return text
        problem = (
            f"standard input is not text: character {text.index(chr(0))} is NUL; "
            "UTF-16 needs a byte order mark"
        )
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
