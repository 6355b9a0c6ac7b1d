"""A service on loopback that streams an answer without end, at a steady pace.

It prints its port, and then, for each line on its standard input, how many chunks it has sent.
"""

from __future__ import annotations

import asyncio
import json
import sys
from itertools import cycle

CHUNKS_A_SECOND = 200

_ANSWER = """\
a paragraph with *some* words that stand out, **others** that do so more, and `code` within it; it
goes on for a while, as paragraphs of answers do, so that it fills a few rows of the terminal.

- an item of a list
- another one, which is longer than the one before it

```python
def code(argument: int) -> int:
    return argument + 1  # with a comment
```

"""
_PIECE = 5
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"

_sent = 0


async def serve() -> None:
    """Listen on a free port, print it, and serve until stdin ends."""
    server = await asyncio.start_server(_converse, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(_sent, flush=True)


async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_HEAD)
        await _stream(writer)
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
        pass  # the client closed the connection, or the service ends
    finally:
        writer.close()


async def _stream(writer: asyncio.StreamWriter) -> None:
    global _sent
    loop = asyncio.get_running_loop()
    due = loop.time()
    for piece in cycle(_ANSWER[at : at + _PIECE] for at in range(0, len(_ANSWER), _PIECE)):
        choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
        chunk = {"id": "1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
        writer.write(f"data: {json.dumps(chunk)}\n\n".encode())
        await writer.drain()
        _sent += 1
        due += 1 / CHUNKS_A_SECOND
        await asyncio.sleep(max(due - loop.time(), 0))


if __name__ == "__main__":
    asyncio.run(serve())
