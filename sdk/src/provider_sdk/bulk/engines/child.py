"""A process with one worker, which another process has started.

Its input is lines: a JSON object with the job first, then answers of the desk, or ``stop``. Its
output is the messages of the worker. When the input ends, whoever started it has gone; then it
sends nothing more, and ends when what is in flight is answered, at the latest a few seconds later.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from typing import IO

from provider_sdk.bulk.engines.afar import DeskAfar
from provider_sdk.bulk.engines.processes import STOP
from provider_sdk.bulk.engines.remote import work

_LINE_LIMIT = 2**28


async def run(lines: asyncio.StreamReader, output: int) -> None:
    """Run the worker to its end.

    Args:
        lines: the input.
        output: where messages go, as a file descriptor.
    """

    def send(line: bytes) -> None:
        with suppress(BrokenPipeError):  # the end of the input says the same
            os.write(output, line + b"\n")

    settings = json.loads(await lines.readline())
    sys.path[:] = settings["path"]
    desk = DeskAfar(send)
    working = asyncio.create_task(work(settings["job"], settings["worker"], desk, send))
    listening = asyncio.create_task(_listen(lines, desk, working))
    await asyncio.wait([working])
    listening.cancel()


async def _listen(lines: asyncio.StreamReader, desk: DeskAfar, working: asyncio.Task[None]) -> None:
    while line := await lines.readline():
        if line.rstrip() == STOP:
            working.cancel()
        else:
            desk.receive(line)
    desk.close()
    working.cancel()


async def _run_on(input: IO[bytes], output: int) -> None:
    lines = asyncio.StreamReader(limit=_LINE_LIMIT)
    protocol = asyncio.StreamReaderProtocol(lines)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, input)
    await run(lines, output)


def main(input: int = 0, output: int = 1, errors: int = 2) -> None:
    """Run the worker; whatever prints meanwhile prints where errors go.

    Args:
        input: the file descriptor of the input; ``output`` and ``errors`` likewise.
    """
    messages = os.dup(output)
    os.dup2(errors, output)
    with open(input, "rb", buffering=0) as file:
        asyncio.run(_run_on(file, messages))
