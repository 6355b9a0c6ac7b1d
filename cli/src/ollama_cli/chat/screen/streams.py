"""Standard output and error while the chat is open: what is written to them, the chat shows."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from ollama_cli.terminal.pairs import fitted


@contextmanager
def taken(feed: Callable[[str], None]) -> Iterator[None]:
    """Return a context in which ``feed`` gets what is written to standard output and error.

    A stream that is not the terminal, such as ``2>log``, stays as it is. What a thread writes to
    the streams of the chat after its end, goes to the terminal.
    """
    before = sys.stdout, sys.stderr
    feeds = feed, _fitting(feed)
    shown = [
        _Shown(each, take) if each.isatty() else None
        for each, take in zip(before, feeds, strict=True)
    ]
    sys.stdout, sys.stderr = (
        each if raw is None else _text_stream(raw, each)
        for raw, each in zip(shown, before, strict=True)
    )
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for raw in shown:
            if raw is not None:
                raw.is_over = True


def _fitting(feed: Callable[[str], None]) -> Callable[[str], None]:
    """Return what breaks whole lines between words, unless they are styled, and passes them on."""

    def take(text: str) -> None:
        is_whole = text.endswith("\n") and "\x1b" not in text
        feed(f"{fitted(text[:-1])}\n" if is_whole else text)

    return take


def _text_stream(raw: Any, before: TextIO) -> TextIO:
    """Return a text stream; a raw stream that takes everything at once needs no buffer."""
    return io.TextIOWrapper(
        raw, before.encoding, before.errors or "replace", newline="\n", write_through=True
    )


class _Shown(io.RawIOBase):
    is_over = False

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
        text = self._decode(view)
        if self.is_over:
            self._before.write(text)
            self._before.flush()
        else:
            self._feed(text)
        return len(view)
