"""A fast service for chat completions on loopback, which counts like the kit's ``serve``.

It answers each request with the same text after a latency, and takes about a quarter of the
processor time of the kit's own server, so that the clients are what is measured. Each line on
stdin is answered with the counts so far, as JSON; the service ends with stdin.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
from typing import cast

from provider_conformance.traffic import (
    RateLimits,
    Shares,
    Traffic,
    Verdict,
    Window,
    parse_latency,
    parse_share,
    parse_window,
)

PROMPT_TOKENS, ANSWER_TOKENS = 20, 12
_TEXT = "The scripted service has an answer of some twelve tokens for each row."
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END_OF_HEAD = b"\r\n\r\n"
_STATUSES = {"server": b"500 Internal Server Error", "overloaded": b"503 Service Unavailable"}
_RESET = "reset"
_FAULTS = (*_STATUSES, "rate-limit", _RESET)


def _reply(status: bytes, body: object, headers: bytes = b"") -> bytes:
    encoded = json.dumps(body).encode()
    return b"HTTP/1.1 %b\r\ncontent-type: application/json\r\n%bcontent-length: %d\r\n\r\n%b" % (
        status,
        headers,
        len(encoded),
        encoded,
    )


_ANSWER = _reply(
    b"200 OK",
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": _TEXT},
            }
        ],
        "usage": {
            "prompt_tokens": PROMPT_TOKENS,
            "completion_tokens": ANSWER_TOKENS,
            "total_tokens": PROMPT_TOKENS + ANSWER_TOKENS,
        },
    },
)


class FastConnection(asyncio.Protocol):
    """One connection; its requests are answered one after another."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._data = bytearray()
        self._waiting: Verdict | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self._transport = cast("asyncio.Transport", transport)
        self._loop = asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        """Take bytes of a request."""
        self._data += data
        self._serve_next()

    def connection_lost(self, error: Exception | None) -> None:
        """Count a request whose client left before its answer."""
        if self._waiting:
            self._traffic.leave(self._waiting, answered=False)
            self._waiting = None

    def _serve_next(self) -> None:
        if self._waiting or (end := self._data.find(_END_OF_HEAD)) < 0:
            return
        found = _LENGTH.search(self._data, 0, end)
        start = end + len(_END_OF_HEAD)
        stop = start + (int(found[1]) if found else 0)
        if len(self._data) < stop:
            return
        body = bytes(self._data[start:stop])
        del self._data[:stop]
        self._waiting = verdict = self._traffic.meet(body, PROMPT_TOKENS + ANSWER_TOKENS)
        if verdict.delay:
            self._loop.call_later(verdict.delay, self._answer)
        else:
            self._answer()

    def _answer(self) -> None:
        verdict, self._waiting = self._waiting, None
        if verdict is None:
            return  # the client has left
        if verdict.fault == _RESET:
            self._transport.abort()
        else:
            self._transport.write(self._reply_to(verdict))
        answered = verdict.fault is None and verdict.retry_after is None
        self._traffic.leave(verdict, answered=answered)
        self._serve_next()

    def _reply_to(self, verdict: Verdict) -> bytes:
        seconds = 1 if verdict.fault == "rate-limit" else verdict.retry_after
        if seconds is not None:
            self._traffic.ask_to_wait(seconds)
            error = {"message": "too many requests", "code": "rate_limit_exceeded"}
            headers = b"retry-after: %d\r\n" % seconds
            return _reply(b"429 Too Many Requests", {"error": error}, headers)
        if verdict.fault:
            return _reply(_STATUSES[verdict.fault], {"error": {"message": verdict.fault}})
        return _ANSWER


async def serve(traffic: Traffic) -> None:
    """Listen on a free port, print it, and tell the counts until stdin ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: FastConnection(traffic), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(traffic.counts.to_dict()), flush=True)


def main() -> None:
    """Serve the traffic that the arguments describe."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk.service", description=__doc__)
    parser.add_argument("--latency", type=parse_latency)
    parser.add_argument("--rpm", type=int)
    parser.add_argument("--tpm", type=int)
    parser.add_argument("--window", type=parse_window, default=Window())
    parser.add_argument("--fault", type=parse_share, action="append", default=[])
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    if unknown := {name for name, share in options.fault} - set(_FAULTS):
        parser.error(f"{', '.join(unknown)} cannot be simulated here; {', '.join(_FAULTS)} can")
    traffic = Traffic(
        limits=RateLimits(options.rpm, options.tpm, options.window),
        latency=options.latency,
        faults=Shares([(name, 1.0 if share is None else share) for name, share in options.fault]),
        rng=random.Random(options.seed),
    )
    asyncio.run(serve(traffic))


if __name__ == "__main__":
    main()
