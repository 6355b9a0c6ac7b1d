"""The replies of the local service, prepared in advance."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import cycle, islice

from benchmarks.wires import wire_named

# Equal in length but different: a client may treat repetition as a fault of the model.
_WORDS = tuple(f" w{number:02d}," for number in range(50))
WORD_LENGTH = len(_WORDS[0])
"""The number of characters in each chunk of a stream."""
WORD = _WORDS[0]
"""The text of a stream of one chunk."""
TEXT = "".join(_WORDS)
"""The text of a whole answer."""

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
def whole_answer(wire: str) -> bytes:
    """Return the reply to a call without streaming."""
    body = wire_named(wire).whole(TEXT)
    return (
        _HEAD + b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    )


def stream_pieces(wire: str, count: int, *, joined: bool) -> Iterator[bytes]:
    """Yield the writes of a stream with ``count`` text chunks.

    With ``joined`` there are fifty chunks per write, as from a buffering proxy, otherwise one.
    """
    protocol = wire_named(wire)
    kind = protocol.stream_type.encode()
    yield _HEAD + b"content-type: %b\r\ntransfer-encoding: chunked\r\n\r\n" % kind
    if protocol.begin:
        yield _http_chunk(protocol.begin)
    if joined:
        for _ in range(count // len(_WORDS)):
            yield _block(wire)
        count %= len(_WORDS)
    yield from islice(cycle(_single(wire)), count)
    yield _http_chunk(protocol.end) + b"0\r\n\r\n"


@cache
def _block(wire: str) -> bytes:
    return _http_chunk(b"".join(map(wire_named(wire).word, _WORDS)))


@cache
def _single(wire: str) -> tuple[bytes, ...]:
    return tuple(_http_chunk(wire_named(wire).word(word)) for word in _WORDS)


def _http_chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)
