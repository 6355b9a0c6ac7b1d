"""A service on loopback that answers every chat call with prepared bytes.

The path selects the protocol and the reply: ``/chat/joined/500/…`` streams 500 chunks with fifty
per write, ``/chat/each/500/…`` with one per write. A request that asks for no stream, in its body
or its path, gets a whole answer; below ``/chat/late/`` it is delayed, each time by a different
number of milliseconds. Below ``/chat/paused/`` a stream pauses before it ends.
"""

from __future__ import annotations

import asyncio
import re
import sys
from itertools import cycle

from benchmarks.bodies import stream_pieces, whole_answer

_TARGET = re.compile(rb"POST /(\w+)/(joined|each|late|paused)/(\d+)/")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_STREAM = re.compile(rb'"stream": ?true')
_STREAM_PATH = re.compile(rb"POST \S+:stream")
# Real services do not answer in lockstep; if this one did, the calls of a client would queue up.
_LATENCIES_S = cycle(0.1 + turn * 7 % 20 * 0.02 for turn in range(20))
_PAUSE_S = 0.4


async def serve() -> None:
    """Listen on a free port, print it, and serve until stdin ends."""
    server = await asyncio.start_server(_converse, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    # The parent holds the other end of stdin, so this process ends with it.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            await _answer(head, await reader.readexactly(_length(head)), writer)
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
        pass  # the client closed the connection, or the service ends
    finally:
        writer.close()


async def _answer(head: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
    target = _TARGET.match(head)
    if target is None:
        writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
    elif _STREAM.search(body) or _STREAM_PATH.match(head):
        joined = target[2] == b"joined"
        *pieces, end = stream_pieces(target[1].decode(), int(target[3]), joined=joined)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if target[2] == b"paused":
            await asyncio.sleep(_PAUSE_S)
        writer.write(end)
    else:
        if target[2] == b"late":
            await asyncio.sleep(next(_LATENCIES_S))
        writer.write(whole_answer(target[1].decode()))
    await writer.drain()


def _length(head: bytes) -> int:
    found = _LENGTH.search(head)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    asyncio.run(serve())
