"""The replies of the local service, prepared in advance."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import cycle, islice

MODEL = "bench/model"
# Equal in length but different: a client may treat repetition as a fault of the model.
_WORDS = tuple(f" w{number:02d}," for number in range(50))
WORD_LENGTH = len(_WORDS[0])
"""The number of characters in each chunk of a stream."""
TEXT = "".join(_WORDS)
"""The text of a whole answer."""

_USAGE = {
    "prompt_tokens": 21,
    "completion_tokens": 60,
    "total_tokens": 81,
    "prompt_tokens_details": {"cached_tokens": 0},
}
# The headers that a real router behind a CDN sends with every answer.
_HEAD = (
    b"HTTP/1.1 200 OK\r\n"
    b"date: Mon, 02 Nov 2026 10:00:00 GMT\r\n"
    b"server: cloudflare\r\n"
    b"x-powered-by: huggingface-moon\r\n"
    b"x-robots-tag: none\r\n"
    b"x-inference-provider: novita\r\n"
    b"x-request-id: 01JBENCH00000000000000000A\r\n"
    b"x-ratelimit-remaining-requests-minute: 1999\r\n"
    b"x-ratelimit-remaining-tokens-minute: 999999\r\n"
    b"access-control-allow-origin: *\r\n"
    b"cross-origin-opener-policy: same-origin\r\n"
    b"vary: Origin\r\n"
)


@cache
def whole_answer() -> bytes:
    """Return the reply to a call without streaming."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": TEXT, "tool_calls": None},
        "logprobs": None,
        "finish_reason": "stop",
    }
    body = _json(_envelope("chat.completion", [choice], _USAGE))
    return (
        _HEAD + b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    )


def stream_pieces(count: int, *, joined: bool) -> Iterator[bytes]:
    """Yield the writes of a stream with ``count`` text chunks.

    With ``joined`` there are fifty chunks per write, as from a buffering proxy, otherwise one.
    """
    yield _HEAD + b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    if joined:
        for _ in range(count // len(_WORDS)):
            yield _block()
        count %= len(_WORDS)
    yield from islice(cycle(_single()), count)
    yield _tail()


@cache
def _events() -> tuple[bytes, ...]:
    return tuple(
        _event({"role": "assistant", "content": word}, finish_reason=None) for word in _WORDS
    )


@cache
def _block() -> bytes:
    return _http_chunk(b"".join(_events()))


@cache
def _single() -> tuple[bytes, ...]:
    return tuple(map(_http_chunk, _events()))


@cache
def _tail() -> bytes:
    last = _event({}, finish_reason="stop")
    usage = b"data: %b\n\n" % _json(_envelope("chat.completion.chunk", [], _USAGE))
    return _http_chunk(last + usage + b"data: [DONE]\n\n") + b"0\r\n\r\n"


def _event(delta: dict[str, str], finish_reason: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return b"data: %b\n\n" % _json(_envelope("chat.completion.chunk", [choice], None))


def _envelope(kind: str, choices: list[object], usage: object) -> dict[str, object]:
    return {
        "id": "chatcmpl-5f0c7a1e9b2d4e7f8a6b3c1d0e9f8a7b",
        "object": kind,
        "created": 1793613600,
        "model": MODEL,
        "system_fingerprint": "fp_2df2c50ce520692a7dce",
        "choices": choices,
        "usage": usage,
    }


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _http_chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)
