"""The interface of a driver."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Literal, Protocol, Self

from provider_conformance._service import Service

DriverName = Literal["respx", "socket", "live"]


class Driver(Protocol):
    """Plays the replies of a ``Service`` to whatever the provider sends.

    Attributes:
        name: the name in reports.
        address: the address of the service, ``http://host[:port]``.
        other_address: the service under another host name, to which no credential may go.
        connections: how many connections the provider holds open; for a driver without
            connections, how many replies it has neither read to the end nor closed.
    """

    name: DriverName
    address: str
    other_address: str

    @property
    def connections(self) -> int: ...
    @property
    def unreachable(self) -> str:
        """An address to which a connection is never established."""

    def __init__(self, service: Service, /) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    def new_loop(self) -> asyncio.AbstractEventLoop:
        """Return a new event loop, with a clock that this driver can move."""

    async def settle(self) -> None:
        """Let pending tasks and writes happen; next to no time passes."""

    async def pass_time(self, seconds: float) -> None:
        """Move the clock of the event loop forward, without waiting."""
