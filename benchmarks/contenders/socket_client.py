"""The lower bound: asyncio streams alone; it knows exactly which bytes come back."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

from benchmarks.wires import Wire

_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Client:
    """Keeps connections open and writes prepared requests to them."""

    def __init__(self, wire: Wire, base_url: str) -> None:
        self._wire = wire
        self._start = f"{wire.prefix}{{".encode()
        self._url = urlsplit(base_url)
        self._idle: list[_Connection] = []

    async def call(self) -> int:
        """Read head and body, and decode the body."""
        reader, writer = connection = await self._connection()
        writer.write(self._request(self._wire.endpoint, self._wire.body))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.rpartition(b"content-length: ")[2])
        answer = json.loads(await reader.readexactly(length))
        self._idle.append(connection)
        return len(self._wire.text_of_answer(answer))

    async def stream(self) -> int:
        """Undo the chunked encoding, and decode each event."""
        reader, writer = connection = await self._connection()
        endpoint = self._wire.stream_endpoint or self._wire.endpoint
        writer.write(self._request(endpoint, self._wire.stream_body))
        await reader.readuntil(b"\r\n\r\n")
        characters = 0
        while size := int(await reader.readuntil(b"\r\n"), 16):
            data = await reader.readexactly(size + 2)
            characters += sum(map(self._characters, data.split(b"\n")))
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

    def _request(self, endpoint: str, body: object) -> bytes:
        payload = json.dumps(body).encode()
        path = f"{self._url.path}{endpoint}"
        head = f"POST {path} HTTP/1.1\r\nhost: {self._url.netloc}\r\n"
        return head.encode() + b"content-length: %d\r\n\r\n%b" % (len(payload), payload)

    def _characters(self, line: bytes) -> int:
        if not line.startswith(self._start):
            return 0
        return len(self._wire.text_of_event(json.loads(line[len(self._wire.prefix) :])))
