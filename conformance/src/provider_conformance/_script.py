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
class Hang:
    """Send nothing more and leave the connection open."""


Step = bytes | Pause | Reset | Hang

Head = Literal["send", "refuse", "reset", "hang", "junk"]
"""What happens instead of the head: nothing listens, the connection drops, nothing comes, or bytes
that are no HTTP."""


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
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    head: Head = "send"
    delay: float = 0.0
    streamed: bool = False

    @property
    def body(self) -> bytes:
        """All bytes of the body."""
        return b"".join(step for step in self.steps if isinstance(step, bytes))


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request as it reached the service; header names are lower-case."""

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


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
