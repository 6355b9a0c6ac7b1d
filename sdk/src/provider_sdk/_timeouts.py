"""Limits on time: one deadline over a whole call, and a limit on each wait of a stream."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, TypeVar

from provider_sdk._errors import ProviderTimeoutError

_T = TypeVar("_T")


async def within(seconds: float, work: Callable[[float], Awaitable[_T]]) -> _T:
    """Await ``work(deadline)``, whose deadline is in loop time.

    Raises:
        ProviderTimeoutError: it did not end in time.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    try:
        async with asyncio.timeout_at(deadline):
            return await work(deadline)
    except TimeoutError:
        pass  # raised below, so that the error carries no context
    raise ProviderTimeoutError(
        f"no answer within {seconds:g} s", hint="Raise the timeout, or stream long answers."
    )


class IdleLimit:
    """Bounds every wait that it is entered for, one after the other; ``None`` bounds nothing.

    ``asyncio.timeout`` sets and drops a timer for each wait, which costs more than decoding what
    was waited for. Here one timer serves them all: where it rings too early it is set again.

    Raises:
        TimeoutError: on leaving a wait that took longer than ``seconds``.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = seconds
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Task[Any] | None = None
        self._cancelling = 0
        self._expired = False

    def __enter__(self) -> None:
        if self.seconds is None:
            return
        loop = asyncio.get_running_loop()
        self._deadline = loop.time() + self.seconds
        self._waiting = asyncio.current_task(loop)
        self._cancelling = self._waiting.cancelling() if self._waiting else 0
        if self._timer is None:
            self._timer = loop.call_at(self._deadline, self._ring)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        waiting, self._waiting = self._waiting, None
        if not self._expired or waiting is None:
            return
        self._expired = False
        # Someone else may have cancelled the task as well; then it is to end, not to time out.
        if waiting.uncancel() <= self._cancelling and exc_type is asyncio.CancelledError:
            raise TimeoutError(f"silent for {self.seconds:g} s") from exc

    def stop(self) -> None:
        """Drop the timer: nothing is waited for any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._timer = None
        if self._waiting is None:
            return
        loop = asyncio.get_running_loop()
        if loop.time() < self._deadline:
            self._timer = loop.call_at(self._deadline, self._ring)
        else:
            self._expired = True
            self._waiting.cancel()
