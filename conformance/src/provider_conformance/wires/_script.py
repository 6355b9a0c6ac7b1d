"""Requests and scripted replies, as plain data that any driver can play."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Pause:
    """Send nothing for some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reset:
    """Reset the connection in the middle of the body."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection cleanly, but before the end of the body."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Send nothing more and leave the connection open."""


@dataclass(frozen=True, slots=True)
class Endless:
    """Send the same bytes again and again until the client closes the connection."""

    data: bytes
    every: float


Step = bytes | Pause | Reset | Close | Hang | Endless

Head = Literal["send", "refuse", "reset", "close", "cut", "stall", "hang", "junk"]
"""Whether the head is sent, or what happens instead.

``refuse``: the connection is refused. ``reset``, ``close``: it is reset, or closed cleanly, before
any reply. ``cut``, ``stall``: it is reset, or falls silent, in the middle of the head. ``hang``:
nothing is sent. ``junk``: what is sent is not HTTP.
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """One scripted reply.

    Attributes:
        status: HTTP status.
        headers: response headers, names in lower case.
        steps: the body, one item per write; after the last one the body ends cleanly.
        head: what happens to the head of the reply.
        delay: seconds before the head.
        streamed: whether the body is sent without ``Content-Length``.
        closes: whether the service closes the connection afterwards, without announcing it.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    head: Head = "send"
    delay: float = 0.0
    streamed: bool = False
    closes: bool = False

    @property
    def body(self) -> bytes:
        """All bytes of the body."""
        return b"".join(step for step in self.steps if isinstance(step, bytes))

    @property
    def announced(self) -> int:
        """The ``Content-Length``; one more than is sent if the body never ends cleanly."""
        ends = all(isinstance(step, bytes | Pause) for step in self.steps)
        return len(self.body) + (not ends)


def byte_by_byte(data: bytes, every: float) -> tuple[Step, ...]:
    """Return steps that send the bytes one by one, with a pause before each."""
    return tuple(step for byte in data for step in (Pause(every), bytes([byte])))


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request as it reached the service; header names are in lower case.

    ``connection`` is the number of its connection, if the driver has connections.
    """

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    connection: int = 0

    @property
    def bearer_token(self) -> str | None:
        """The bearer token; ``None`` if the header is missing or its token is empty."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value if scheme.lower() == "bearer" and value else None


@dataclass(slots=True)
class Exchange:
    """A request, the reply to it, and how far the reply got.

    Attributes:
        sent: what was sent to the client, one item per write.
        ended: whether the body was sent to its end.
        closed: how often the client closed it, if the driver can tell.
    """

    number: int
    request: SeenRequest
    reply: Reply
    route: str
    sent: list[bytes] = field(default_factory=list)
    ended: bool = False
    closed: int = 0
