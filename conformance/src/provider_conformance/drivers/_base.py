"""The port through which a script reaches a provider."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Literal, Protocol, Self

from provider_conformance._service import Service

DriverName = Literal["respx", "socket", "live"]


class Driver(Protocol):
    """Plays the replies of a ``Service`` to whatever the provider sends.

    Attributes:
        name: as the report names it.
        address: where the service is, ``http://host[:port]``.
        other_address: a second host, which no credential may reach.
        connections: how many connections the provider holds open; for a driver without any, how
            many answers it neither read to the end nor closed.
    """

    name: DriverName
    address: str
    other_address: str

    @property
    def connections(self) -> int: ...
    @property
    def unreachable(self) -> str:
        """An address at which connecting never comes to an end."""

    def __init__(self, service: Service, /) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    def new_loop(self) -> asyncio.AbstractEventLoop:
        """Return an event loop whose clock fits the driver."""

    async def settle(self) -> None:
        """Let happen what is under way; as good as no time passes."""

    async def pass_time(self, seconds: float) -> None:
        """Let time pass for all who wait, without waiting for it."""
