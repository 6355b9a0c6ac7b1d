"""Standard output and error while the chat is open: what is written to them, the chat shows."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO


@contextmanager
def taken(feed: Callable[[str], None]) -> Iterator[None]:
    """Return a context in which ``feed`` gets what is written to standard output and error.

    A stream that is not the terminal, such as ``2>log``, stays as it is.
    """
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_stream(each, feed) for each in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _stream(before: TextIO, feed: Callable[[str], None]) -> TextIO:
    if not before.isatty():
        return before
    buffer: Any = _Shown(before, feed)  # a raw stream that takes everything needs no buffer
    return io.TextIOWrapper(
        buffer, before.encoding, before.errors or "replace", newline="\n", write_through=True
    )


class _Shown(io.RawIOBase):
    def __init__(self, before: TextIO, feed: Callable[[str], None]) -> None:
        self._before = before
        self._feed = feed
        self._decode = codecs.getincrementaldecoder(before.encoding)("replace").decode

    def writable(self) -> bool:
        """Return true."""
        return True

    def isatty(self) -> bool:
        """Return true."""
        return True

    def fileno(self) -> int:
        """Return the file descriptor of the terminal."""
        return self._before.fileno()

    def write(self, data: Any, /) -> int:
        """Pass the data on as text."""
        view = memoryview(data).cast("B")
        self._feed(self._decode(view))
        return len(view)
