"""Limits on time: one deadline over a whole call, and a limit on each wait of a stream."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from provider_sdk._errors import ProviderTimeoutError

_T = TypeVar("_T")

# The nearest moment at which what runs now is cancelled.
_nearest: ContextVar[float] = ContextVar("provider_sdk_deadline", default=math.inf)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment by which a call must be answered, over all its attempts.

    Attributes:
        seconds: how long the call may take, for messages.
        at: when that time is over, on the clock of the running event loop.
    """

    seconds: float
    at: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return the deadline of a call that begins now."""
        return cls(seconds, asyncio.get_running_loop().time() + seconds)

    @property
    def left(self) -> float:
        """Seconds that are left; 0 once it has passed."""
        return max(0.0, self.at - asyncio.get_running_loop().time())

    @property
    def left_here(self) -> float:
        """Seconds that are left for what runs now, which other deadlines may bound too."""
        return max(0.0, min(self.at, _nearest.get()) - asyncio.get_running_loop().time())

    async def bound(self, work: Awaitable[_T]) -> _T:
        """Return the result of ``work``, which is cancelled at the deadline.

        Raises:
            ProviderTimeoutError: it did not end in time.
        """
        bounds = _nearest.set(min(self.at, _nearest.get()))
        try:
            async with asyncio.timeout_at(self.at):
                return await work
        except TimeoutError:
            failure = ProviderTimeoutError(
                f"no answer within {float(f'{self.seconds:.3g}'):g} s",
                hint="Raise the timeout, or stream long answers.",
            )
        finally:
            _nearest.reset(bounds)
        raise failure


NO_DEADLINE = Deadline(math.inf, math.inf)
"""The deadline that never comes."""


class IdleLimit:
    """Limits the time of each ``with`` block, one block after the other; ``None`` is no limit.

    ``asyncio.timeout`` sets and cancels a timer for each wait, which costs more than decoding what
    was waited for. Here one timer serves all blocks: if it fires too early, it is set again. A
    block is measured only once the event loop runs: one that finds its data there does not wait.

    Raises:
        TimeoutError: when a block ends that took longer than ``seconds``.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn: asyncio.Handle | None = None
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Task[Any] | None = None
        self._cancelling = 0
        self._expired = False

    def __enter__(self) -> None:
        if self.seconds is None:
            return
        if self._loop is None:
            # Kept, because `get_running_loop` makes a system call in some versions of Python.
            self._loop = asyncio.get_running_loop()
        self._waiting = asyncio.current_task(self._loop)
        if self._turn is None:
            self._turn = self._loop.call_soon(self._on_turn)

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
        # If someone else cancelled the task as well, it must end as cancelled, not as timed out.
        if waiting.uncancel() <= self._cancelling and exc_type is asyncio.CancelledError:
            raise TimeoutError(f"silent for {self.seconds:g} s") from exc

    def stop(self) -> None:
        """Cancel the timer; no further block follows."""
        for handle in (self._turn, self._timer):
            if handle is not None:
                handle.cancel()
        self._turn = self._timer = None

    def _on_turn(self) -> None:
        self._turn = None
        if self._waiting is None or self.seconds is None:
            return
        loop = asyncio.get_running_loop()
        self._cancelling = self._waiting.cancelling()
        self._deadline = loop.time() + self.seconds
        if self._timer is None:
            self._timer = loop.call_at(self._deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._waiting is None or self._turn is not None:
            return  # the turn sets the timer for a block that has just begun
        loop = asyncio.get_running_loop()
        if loop.time() < self._deadline:
            self._timer = loop.call_at(self._deadline, self._on_timer)
        else:
            self._expired = True
            self._waiting.cancel()
