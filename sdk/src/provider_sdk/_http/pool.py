"""Connections in small groups, and a limit for all groups together.

httpx goes through all connections of its pool for each request, so the cost of many simultaneous
calls grows with their square. With a few connections per client, it grows with their number. And of
either library, groups that are not needed any more can be closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from provider_sdk._http.failures import closed

GROUP_CONNECTIONS = 8
"""Connections of one client of the HTTP library."""

MAX_CONNECTIONS = 512
"""Connections of one provider in one event loop; further calls wait for a free one."""

_IDLE_GROUPS = 12
_SURPLUS_S = 1.0
"""Seconds in which groups beyond ``_IDLE_GROUPS`` must all stay idle before they are closed.

Calls that wait for something together come in waves: what is idle between two of them is no
surplus, and a new connection costs more than a whole call.
"""


class Client(Protocol):
    """A few connections of an HTTP library."""

    async def aclose(self) -> None: ...


_Client = TypeVar("_Client", bound=Client)


class Group(Generic[_Client]):
    """One client and how many of its connections are in use."""

    def __init__(self, client: _Client) -> None:
        self.client = client
        self.in_use = 0
        self.is_retired = False


class Pool(Generic[_Client]):
    """All connections of one provider to one kind of address, in one event loop.

    Args:
        make: returns a new client for ``GROUP_CONNECTIONS`` connections.
        abandon: forgets the connections of a client whose loop was closed; by default nothing has
            to be done.
        surplus_s: seconds after which groups that were not needed are closed.
    """

    def __init__(
        self,
        make: Callable[[], _Client],
        abandon: Callable[[_Client], None] | None = None,
        *,
        surplus_s: float = _SURPLUS_S,
    ) -> None:
        self._make = make
        self._abandon = abandon
        self._surplus_s = surplus_s
        self._idle = self._fewest_idle = 0
        self._watch: asyncio.TimerHandle | None = None
        self._slots = asyncio.Semaphore(MAX_CONNECTIONS)
        self._groups: list[Group[_Client]] = []
        self._with_room: list[Group[_Client]] = []
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    async def lease(self) -> Group[_Client]:
        """Return a group with a free connection, as soon as there is one.

        The group that was used last comes first, because its connections are probably still open.
        """
        await self._slots.acquire()
        try:
            return self._group_with_room()
        except BaseException:
            self._slots.release()
            raise

    def _group_with_room(self) -> Group[_Client]:
        if self._closed:
            raise closed()
        if not self._with_room:
            group = Group(self._make())
            self._groups.append(group)
            self._with_room.append(group)
            self._idle += 1
        group = self._with_room[-1]
        if not group.in_use:
            self._idle -= 1
            self._fewest_idle = min(self._fewest_idle, self._idle)
        group.in_use += 1
        if group.in_use >= GROUP_CONNECTIONS:
            self._with_room.pop()
        return group

    def release(self, group: Group[_Client], *, intact: bool = True) -> None:
        """Return a connection to its group.

        Args:
            group: as ``lease`` returned it.
            intact: whether the exchange was complete. A cancelled one can leave a connection that
                the HTTP library never frees, so its group serves no further call, and is closed
                after its last one.
        """
        self._slots.release()
        had_room = group.in_use < GROUP_CONNECTIONS
        group.in_use -= 1
        if self._closed:
            return  # `aclose` closes it
        if not intact and not group.is_retired:
            group.is_retired = True
            if had_room:
                self._with_room.remove(group)
        elif not had_room and not group.is_retired:
            self._with_room.append(group)
        if group.in_use:
            return
        if group.is_retired:
            self._close_later(group)
            return
        self._idle += 1
        if self._idle > _IDLE_GROUPS and self._watch is None:
            self._watch_idle()

    async def aclose(self) -> None:
        """Close all connections."""
        self._closed = True
        if self._watch is not None:
            self._watch.cancel()
        groups, self._groups, self._with_room = self._groups, [], []
        for group in groups:
            await group.client.aclose()
        if self._closing:
            await asyncio.wait(self._closing)

    def abandon(self) -> None:
        """Forget all connections, after their loop was closed without closing them."""
        self._closed = True
        if self._abandon is not None:
            for group in self._groups:
                self._abandon(group.client)

    def _watch_idle(self) -> None:
        self._fewest_idle = self._idle
        loop = asyncio.get_running_loop()
        self._watch = loop.call_later(self._surplus_s, self._close_surplus)

    def _close_surplus(self) -> None:
        """Close groups that were not needed since the watch began, the coldest first."""
        self._watch = None
        surplus = max(0, self._fewest_idle - _IDLE_GROUPS)
        idle = [group for group in self._with_room if not group.in_use]
        for group in idle[:surplus]:
            self._with_room.remove(group)
            self._idle -= 1
            self._close_later(group)
        if self._idle > _IDLE_GROUPS:
            self._watch_idle()

    def _close_later(self, group: Group[_Client]) -> None:
        self._groups.remove(group)
        task = asyncio.get_running_loop().create_task(group.client.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
