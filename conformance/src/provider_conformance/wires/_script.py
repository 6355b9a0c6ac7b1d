"""What a scripted service does, as plain data that any driver can play."""

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
    """Drop the connection in the middle of what is being sent."""


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection in good order, but before the body has ended."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Send nothing more and leave the connection open."""


@dataclass(frozen=True, slots=True)
class Endless:
    """Send the same bytes again and again, for as long as the client listens."""

    data: bytes
    every: float


Step = bytes | Pause | Reset | Close | Hang | Endless

Head = Literal["send", "refuse", "reset", "close", "cut", "stall", "hang", "junk"]
"""Whether the head is sent, or what happens instead.

``refuse``: nobody takes the connection. ``reset``, ``close``: it breaks, or ends in good order,
before any answer. ``cut``, ``stall``: it breaks, or falls silent, in the middle of the head.
``hang``: nothing comes. ``junk``: what comes is no HTTP.
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """One scripted answer.

    Attributes:
        status: HTTP status.
        headers: response headers, names in lower case.
        steps: the body, one item a write; after the last the body ends cleanly.
        head: what happens to the head of the answer.
        delay: seconds before the head.
        streamed: whether the body has no announced length.
        closes: whether the service ends the connection afterwards, unannounced.
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
        """The length that the head announces: more than will come, where the body does not end."""
        ends = all(isinstance(step, bytes | Pause) for step in self.steps)
        return len(self.body) + (not ends)


def byte_by_byte(data: bytes, every: float) -> tuple[Step, ...]:
    """Return the steps that send the bytes one by one, with a pause before each."""
    return tuple(step for byte in data for step in (Pause(every), bytes([byte])))


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request as it reached the service; header names are lower-case.

    ``connection`` numbers the connection that it came over, where the driver has connections.
    """

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    connection: int = 0


@dataclass(slots=True)
class Exchange:
    """A request, the reply to it, and how far the reply got.

    Attributes:
        sent: what was handed to the client, one item a write.
        ended: whether the body was sent to its end.
        closed: how often the client closed it, where the driver can tell.
    """

    number: int
    request: SeenRequest
    reply: Reply
    route: str
    sent: list[bytes] = field(default_factory=list)
    ended: bool = False
    closed: int = 0
