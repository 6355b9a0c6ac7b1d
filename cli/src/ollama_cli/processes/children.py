"""Child processes that are bounded in time and output, and whose whole group ends with them."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ollama_cli.processes.groups import NEW_GROUP, Group

_LAST_WORDS_S = 0.5
"""How long the pipes are read after the end; who left the group may hold them for ever."""
_BURIAL_S = 2.0
"""How long the system may take to end a process that was killed."""
_ERRORS_KEPT = 1 << 16


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a child.

    Attributes:
        code: its exit code, negative if a signal ended it; ``None`` if its time was up.
        stdout: what it wrote, up to the limit.
        stderr: the beginning of what it wrote there.
        is_cut: whether it wrote more to standard output.
        seconds: how long it took.
    """

    code: int | None
    stdout: bytes
    stderr: bytes
    is_cut: bool
    seconds: float


async def run_child(
    command: str | Sequence[str],
    *,
    stdin: bytes,
    environment: Mapping[str, str],
    folder: Path | None,
    timeout: float,
    limit: int,
) -> Finished:
    """Run a child and return what became of it; nothing of its process group is left.

    What it writes is read to its end, so it never waits for us, and kept up to a limit. It has no
    terminal, and gets no Ctrl-C of ours. If this call is cancelled, or a signal ends this process,
    the group ends too.

    Args:
        command: a text for the shell, or a program with its arguments.
        stdin: what it may read; a file, so that nobody waits if it does not.
        environment: all of its variables.
        folder: where it runs; ``None`` for the current folder.
        timeout: the most seconds that it may take.
        limit: the most bytes of its standard output that are kept.

    Raises:
        OSError: it cannot be started.
    """
    over = asyncio.Event()
    child = _Child(limit, over)
    running = asyncio.ensure_future(_run(command, child, stdin, environment, folder, timeout))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        over.set()
        while not running.done():
            with suppress(asyncio.CancelledError):  # a second one does not leave it behind
                await asyncio.wait([running])
        _ = running.cancelled() or running.exception()  # or the loop would tell it
        raise


async def _run(
    command: str | Sequence[str],
    child: _Child,
    stdin: bytes,
    environment: Mapping[str, str],
    folder: Path | None,
    timeout: float,
) -> Finished:
    start = time.monotonic()
    loop = asyncio.get_running_loop()
    with Group() as group:
        with _as_file(stdin) as file:
            options = {"stdin": file, "env": dict(environment), "cwd": folder, **NEW_GROUP}
            transport, _ = await (
                loop.subprocess_shell(lambda: child, command, **options)
                if isinstance(command, str)
                else loop.subprocess_exec(lambda: child, *command, **options)
            )
        group.is_led_by(transport.get_pid())
        try:
            await _at_most(timeout - (time.monotonic() - start), child.over)
            code = transport.get_returncode() if child.exited.is_set() else None
        finally:
            group.kill()
            await _end(transport, child)
    seconds = time.monotonic() - start
    return Finished(code, bytes(child.kept[1]), bytes(child.kept[2]), child.is_cut, seconds)


def current_folder() -> str | None:
    """Return the current folder; ``None`` if it was removed."""
    try:
        return str(Path.cwd())
    except OSError:
        return None


class _Child(asyncio.SubprocessProtocol):
    """Keeps what a child writes, up to a limit, and drops the rest.

    Args:
        limit: the most bytes of standard output that are kept.
        over: is set when it has exited, or shall be waited for no more.
    """

    def __init__(self, limit: int, over: asyncio.Event) -> None:
        self.over = over
        self._limits = {1: limit, 2: _ERRORS_KEPT}
        self._open = {1, 2}
        self.kept = {1: bytearray(), 2: bytearray()}
        self.is_cut = False
        self.exited = asyncio.Event()
        self.silent = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Keep what there is room for."""
        room = self._limits[fd] - len(self.kept[fd])
        self.kept[fd] += data[:room]
        self.is_cut = self.is_cut or (fd == 1 and len(data) > room)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Note that nobody can write any more."""
        self._open.discard(fd)
        if not self._open:
            self.silent.set()

    def process_exited(self) -> None:
        """Note it; children of the child may still hold the pipes."""
        self.exited.set()
        self.over.set()


async def _end(transport: asyncio.SubprocessTransport, child: _Child) -> None:
    """Read what a child whose group was killed had written, and close the pipes."""
    try:
        # Closing earlier would take its exit code from the loop.
        await _at_most(_BURIAL_S, child.exited)
        await _at_most(_LAST_WORDS_S, child.silent)
    finally:
        transport.close()
    await asyncio.sleep(0)  # the loop closes the pipes in its next turn


async def _at_most(seconds: float, event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _as_file(content: bytes) -> IO[bytes]:
    """Return an open file with this content that has no name."""
    if sys.platform == "linux":
        file: IO[bytes] = os.fdopen(os.memfd_create("stdin"), "w+b")  # never on a disk
    else:
        import tempfile

        file = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - the caller closes it
    file.write(content)
    file.seek(0)
    return file
