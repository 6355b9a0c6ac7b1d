"""Standard input, read without keeping anything else waiting."""

from __future__ import annotations

import asyncio
import os
import select
import sys

import click

_CHUNK = 1 << 16


class StandardInput:
    """Reads standard input as it arrives; the event loop goes on meanwhile.

    Attributes:
        is_terminal: whether somebody types it.
    """

    def __init__(self) -> None:
        self.is_terminal = sys.stdin is not None and sys.stdin.isatty()
        self._has_ended = sys.stdin is None
        self._descriptor = _descriptor()

    async def read(self) -> bytes:
        """Return the next bytes; nothing at the end, and from then on.

        Raises:
            click.UsageError: it cannot be read; it counts as ended then.
        """
        if self._has_ended:
            return b""
        try:
            data = await self._read()
        except OSError as error:
            self._has_ended = True
            problem = f"standard input cannot be read: {error.strerror or error}"
        else:
            self._has_ended = not data
            return data
        raise click.UsageError(problem)

    def is_ready(self) -> bool:
        """Whether more has been typed already."""
        if not self.is_terminal or self._has_ended or sys.platform == "win32":
            return False
        return bool(select.select([sys.stdin], [], [], 0)[0])

    async def _read(self) -> bytes:
        if self._descriptor is None:
            return bytes(sys.stdin.buffer.read(_CHUNK))
        while True:
            try:
                await _readable(self._descriptor)
            except NotImplementedError:  # Windows can wait for sockets only
                return await asyncio.to_thread(os.read, self._descriptor, _CHUNK)
            try:
                return os.read(self._descriptor, _CHUNK)
            except BlockingIOError:
                continue  # another reader of the same pipe was faster


def _descriptor() -> int | None:
    try:
        return sys.stdin.fileno() if sys.stdin is not None else None
    except OSError:
        return None  # a stand-in for standard input, such as a test's


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    try:
        loop.add_reader(descriptor, arrived.set)
    except PermissionError:
        return  # a file, which never has to be waited for
    try:
        await arrived.wait()
    finally:
        loop.remove_reader(descriptor)


class LineSplitter:
    """Splits bytes that arrive in pieces of any size into lines, without their ends.

    Args:
        limit: the most bytes of a line; a longer one is ``None``, and nothing of it is kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes | None]:
        """Return the lines that a piece completes."""
        *ended, rest = data.split(b"\n")
        lines = []
        for piece in ended:
            self._add(piece)
            lines.append(self._take())
        self._add(rest)
        return lines

    def end(self) -> list[bytes | None]:
        """Return the line without an end at the end of the input, if there is one."""
        return [self._take()] if self._size else []

    def _add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            self._pieces.clear()
        elif piece:
            self._pieces.append(piece)

    def _take(self) -> bytes | None:
        line = None if self._size > self._limit else b"".join(self._pieces).removesuffix(b"\r")
        self._pieces, self._size = [], 0
        return line
