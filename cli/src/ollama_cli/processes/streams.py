"""Standard output and error that lose nothing, wait for slow readers and never fail twice.

A parent process may have made a pipe non-blocking, closed it, or stopped reading; the disk may be
full. Python's own streams then lose text, print a traceback at exit, or change the exit code.
"""

from __future__ import annotations

import codecs
import io
import os
import select
import sys
import time
from typing import Any, TextIO

from ollama_cli.processes.interrupts import (
    Writing,
    answer,
    interruption,
    is_pressed,
    may_be_pressed_while_waiting,
)

NOTES_GRACE_S = 3.0
"""How long a line for standard error waits for a reader; a reader that is gone counts after it."""

VARIABLES = {"PYTHONIOENCODING": "the encoding of what is written, instead of the locale's"}
"""The variable that is read here, and what it sets."""

_CHUNK = 512
"""Bytes that a pipe takes without blocking once it is ready (POSIX's least ``PIPE_BUF``)."""
_LOOK_S = 0.1
"""How often a write that waits looks whether Ctrl-C was pressed."""
_CLOSED = "standard output is closed"


class OutputError(Exception):
    """The result cannot be written."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the result cannot be written: {reason}")


class ReaderGoneError(OutputError):
    """The reader closed the pipe: it has seen enough, which is not a failure."""


def prepare() -> None:
    """Put streams in place of ``sys.stdout`` and ``sys.stderr`` that write as this module says."""
    _fill_closed()
    sys.stdout = _text_stream(Results(_raw(sys.stdout)), sys.stdout, "replace")
    sys.stderr = _text_stream(Notes(_raw(sys.stderr)), sys.stderr, "backslashreplace")


class _Output(io.RawIOBase):
    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def writable(self) -> bool:
        """Return true."""
        return True

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._raw is not None and bool(self._raw.isatty())

    def fileno(self) -> int:
        """Return the file descriptor."""
        if self._raw is None:
            raise io.UnsupportedOperation(_CLOSED)
        return int(self._raw.fileno())


class Results(_Output):
    """Standard output: writes everything, however long the reader takes, unless interrupted."""

    _interrupted: int | None = None
    """The answer whose writing Ctrl-C interrupted."""

    def write(self, data: Any, /) -> int:
        """Write all of the data.

        Raises:
            ReaderGoneError: the reader closed the pipe.
            OutputError: it cannot be written, for example because the disk is full.
            KeyboardInterrupt: Ctrl-C was pressed, and the reader does not take it now. Within
                ``Cancelling`` it may be another class.
        """
        if self._interrupted == answer():
            raise interruption()  # what follows would continue half a line
        if self._raw is None:
            raise OutputError(_CLOSED)
        try:
            with Writing():
                if self._interrupted is not None:
                    self._write_all(memoryview(b"\n"))
                    self._interrupted = None
                return self._write_all(memoryview(data).cast("B"))
        except OSError as error:
            failure = _failure(error)
        except BaseException:
            self._interrupted = answer()
            raise
        raise failure

    def _write_all(self, data: memoryview) -> int:
        rest = data
        while rest:
            is_short = is_pressed() or may_be_pressed_while_waiting()
            if is_short:
                self._wait_unless_pressed()
            written = self._raw.write(rest[:_CHUNK] if is_short else rest)
            if written is None:
                _wait(self.fileno())
            else:
                rest = rest[written:]
        return len(data)

    def _wait_unless_pressed(self) -> None:
        while not _wait(self.fileno(), 0 if is_pressed() else _LOOK_S):
            if is_pressed():
                raise interruption()


class Notes(_Output):
    """Standard error: what nobody reads is dropped; the result and the exit code matter more.

    Args:
        raw: the stream to write to.
        grace_s: how long a line waits for a reader.
    """

    def __init__(self, raw: Any, grace_s: float = NOTES_GRACE_S) -> None:
        super().__init__(raw)
        self._grace_s = grace_s

    def write(self, data: Any, /) -> int:
        """Write the data, unless nobody takes it."""
        view = memoryview(data).cast("B")
        if self._raw is not None:
            try:
                with Writing():
                    self._offer(view)
            except OSError:
                self._raw = None
        return len(view)

    def _offer(self, rest: memoryview) -> None:
        patience = None if self._raw.isatty() or _same_file(1, self.fileno()) else self._grace_s
        while rest:
            if not _wait(self.fileno(), patience):
                self._raw = None
                return
            rest = rest[self._raw.write(rest[:_CHUNK]) or 0 :]


def _failure(error: OSError) -> OutputError:
    # Windows reports a pipe without a reader as an invalid argument.
    windows_pipe = sys.platform == "win32" and error.errno == 22
    if isinstance(error, ConnectionError) or windows_pipe:
        return ReaderGoneError("the reader is gone")
    return OutputError(error.strerror or type(error).__name__)


def _wait(descriptor: int, seconds: float | None = None) -> bool:
    """Wait until the descriptor takes data; return whether it does."""
    if sys.platform == "win32":
        return True  # only sockets can be waited for there, and pipes always block
    try:
        return bool(select.select([], [descriptor], [], seconds)[1])
    except ValueError:
        time.sleep(0.01)  # its number is too high for `select`
        return True


def _same_file(one: int, other: int) -> bool:
    try:
        return os.path.sameopenfile(one, other)
    except OSError:
        return False


def _raw(stream: TextIO | None) -> Any:
    buffer = None if stream is None else stream.buffer
    return getattr(buffer, "raw", buffer)


def _text_stream(output: _Output, before: TextIO | None, errors: str) -> io.TextIOWrapper:
    encoding = before.encoding if before is not None else "utf-8"
    if codecs.lookup(encoding).name == "ascii" and not os.environ.get("PYTHONIOENCODING"):
        encoding = "utf-8"  # the locale C only means that nobody chose an encoding
    buffer: Any = output  # a raw stream that writes everything at once needs no buffer
    return io.TextIOWrapper(buffer, encoding, errors, newline="\n", write_through=True)


def _fill_closed() -> None:
    """Open what is closed, or the next connection would get the number of a standard stream."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
