"""The lower bound: asyncio streams alone; it knows exactly which bytes come back."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

from benchmarks.contenders import BODY, STREAM_BODY

_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Client:
    """Keeps connections open and writes prepared requests to them."""

    def __init__(self, base_url: str) -> None:
        self._url = urlsplit(base_url)
        self._idle: list[_Connection] = []

    async def call(self) -> int:
        """Read head and body, and decode the body."""
        reader, writer = connection = await self._connection()
        writer.write(self._request(BODY))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.rpartition(b"content-length: ")[2])
        answer = json.loads(await reader.readexactly(length))
        self._idle.append(connection)
        return len(answer["choices"][0]["message"]["content"])

    async def stream(self) -> int:
        """Undo the chunked encoding, and decode each event."""
        reader, writer = connection = await self._connection()
        writer.write(self._request(STREAM_BODY))
        await reader.readuntil(b"\r\n\r\n")
        characters = 0
        while size := int(await reader.readuntil(b"\r\n"), 16):
            data = await reader.readexactly(size + 2)
            characters += sum(map(_characters, data.split(b"\n\n")))
        await reader.readexactly(2)
        self._idle.append(connection)
        return characters

    async def aclose(self) -> None:
        """Close the idle connections."""
        for _, writer in self._idle:
            writer.close()
            await writer.wait_closed()

    async def _connection(self) -> _Connection:
        if self._idle:
            return self._idle.pop()
        return await asyncio.open_connection(self._url.hostname, self._url.port)

    def _request(self, body: object) -> bytes:
        payload = json.dumps(body).encode()
        head = f"POST {self._url.path}/chat/completions HTTP/1.1\r\nhost: {self._url.netloc}\r\n"
        return head.encode() + b"content-length: %d\r\n\r\n%b" % (len(payload), payload)


def _characters(event: bytes) -> int:
    if not event.startswith(b"data: {"):
        return 0
    chunk: dict[str, Any] = json.loads(event[6:])
    return len(chunk["choices"][0]["delta"].get("content", "")) if chunk["choices"] else 0
