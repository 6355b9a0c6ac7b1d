"""Remembers how many tokens models read at most."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary

from provider_sdk import ProviderError

_ASK_S = 1.0
_UNKNOWN_S = 60.0


class ContextWindows:
    """Asks the service once for each model; calls at the same time share the answer.

    Args:
        ask: returns the window of a model, ``None`` if the service does not say it.
        clock: returns the time in seconds.
    """

    def __init__(
        self,
        ask: Callable[[str], Awaitable[int | None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._known: dict[str, int] = {}
        self._unknown_until: dict[str, float] = {}
        # A lock belongs to one event loop, and several loops may use the provider.
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Lock]] = (
            WeakKeyDictionary()
        )

    async def of(self, model: str) -> int | None:
        """Return the window of a model, ``None`` if it cannot be had within a second.

        A window is kept; that it is unknown is forgotten after a minute.
        """
        if (window := self._known.get(model)) is not None:
            return window
        locks = self._locks.setdefault(asyncio.get_running_loop(), {})
        try:
            async with asyncio.timeout(_ASK_S), locks.setdefault(model, asyncio.Lock()):
                if model not in self._known and self._may_ask(model):
                    await self._find(model)
        except TimeoutError:
            self._unknown_until[model] = self._clock() + _UNKNOWN_S
        return self._known.get(model)

    def _may_ask(self, model: str) -> bool:
        return self._clock() >= self._unknown_until.get(model, 0)

    async def _find(self, model: str) -> None:
        try:
            window = await self._ask(model)
        except ProviderError:
            window = None  # the call goes on without it
        if window:
            self._known[model] = window
        else:
            self._unknown_until[model] = self._clock() + _UNKNOWN_S
