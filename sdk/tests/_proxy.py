"""An HTTP proxy on loopback, through which every host is one server."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ._server import Server


@dataclass
class Proxy:
    """Where it listens, and what it was asked."""

    address: str = ""
    heads: list[bytes] = field(default_factory=list)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def proxying(
    server: Server, refusal: bytes = b"", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Proxy]:
    """Pass everything on to a server, or answer every request with a refusal."""
    proxy = Proxy()
    port = urlsplit(server.url).port

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        proxy.heads.append(head)
        if refusal:
            writer.write(refusal)
            writer.close()
            return
        there, back = await asyncio.open_connection("127.0.0.1", port)
        if head.startswith(b"CONNECT"):
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            back.write(head)
        await asyncio.gather(_copy(reader, back), _copy(there, writer))

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as listener:
        proxy.address = f"127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        yield proxy
