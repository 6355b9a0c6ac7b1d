"""Cookies and the provider's own client."""

import asyncio
import json

from ._service import KEY, USER, AcmeProvider, completion

PLANTED = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nset-cookie: mood=blue; Path=/\r\n"
    b"content-length: %d\r\n\r\n%b"
)


async def test_an_answer_plants_nothing_in_later_requests():
    """A cookie that the service sets is not sent back."""
    heads = []

    async def converse(reader, writer):
        body = json.dumps(completion()).encode()
        for _ in range(2):
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            await reader.read(4096)
            writer.write(PLANTED % (len(body), body))
        writer.close()

    async with await asyncio.start_server(converse, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with AcmeProvider(api_key=KEY, base_url=url) as provider:
            await provider.chat(USER)
            await provider.chat(USER)

    assert [b"cookie:" in head.lower() for head in heads] == [False, False]
