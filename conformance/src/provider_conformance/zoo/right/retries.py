"""Right providers that retry with waits of their own, and end calls by other means."""

from __future__ import annotations

import asyncio
import random
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from provider_sdk import (
    ChatCall,
    ChatResponse,
    ChatStream,
    Deadline,
    HttpReply,
    HttpRequest,
    ProviderError,
    ProviderTimeoutError,
)
from provider_sdk.adapting import is_retryable

from provider_conformance.zoo._right import right
from provider_conformance.zoo.reference import ReferenceProvider

_T = TypeVar("_T")


class _OwnWaits(ReferenceProvider):
    """Does its retries itself."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self._further, self.max_retries = self.max_retries, 0

    @abstractmethod
    def wait(self, tries: int, last: float) -> float:
        """Return the seconds before the next attempt, after so many; ``last`` is the last wait."""

    def wait_asked(self, seconds: float) -> float:
        """Return the seconds to wait if the service asks for some."""
        return seconds

    async def answer(self, call: ChatCall) -> ChatResponse | ChatStream:
        """Answer, in several attempts."""
        answer = super().answer
        return await self._tried(lambda: answer(call), self._further, call.deadline)

    async def fetch(self, request: HttpRequest, *, max_retries: int | None = None) -> HttpReply:
        """Fetch, in several attempts."""
        fetch, deadline = super().fetch, Deadline.after(self.timeout)
        further = self._further if max_retries is None else max_retries
        trying = self._tried(lambda: fetch(request, max_retries=0), further, deadline)
        return await deadline.bound(trying)

    async def _tried(
        self, attempt: Callable[[], Awaitable[_T]], further: int, deadline: Deadline
    ) -> _T:
        tries, last = 0, 0.0
        while True:
            try:
                return await attempt()
            except ProviderError as error:
                asked = error.retry_after
                last = self.wait(tries, last) if asked is None else self.wait_asked(asked)
                if tries >= further or not is_retryable(error) or last >= deadline.left:
                    raise
            tries += 1
            await asyncio.sleep(last)


@right()
class WaitsLong(_OwnWaits):
    """Waits 3 s before the second attempt, and twice as long before each further one."""

    def wait(self, tries: int, last: float) -> float:
        """Return a long wait with jitter."""
        return 3.0 * 2.0**tries * random.uniform(0.9, 1.1)


@right()
class DecorrelatedJitter(_OwnWaits):
    """Chooses each wait between half a second and three times the last one."""

    def wait(self, tries: int, last: float) -> float:
        """Return a wait that depends on the last."""
        return min(20.0, random.uniform(0.5, 3 * max(last, 0.5)))


@right()
class FullJitter(_OwnWaits):
    """Chooses each wait between nothing and a limit that doubles."""

    def wait(self, tries: int, last: float) -> float:
        """Return any wait below the limit."""
        return random.uniform(0, 2.0**tries)


@right()
class JittersRetryAfter(_OwnWaits):
    """Adds a random moment to the wait that the service asks for, so that not all come at once."""

    def wait(self, tries: int, last: float) -> float:
        """Return a wait with jitter."""
        return 0.4 * 2.0**tries * random.uniform(0.8, 1.2)

    def wait_asked(self, seconds: float) -> float:
        """Return a little more than was asked for."""
        return seconds + random.uniform(0, min(2.0, 0.1 * seconds))


@right()
class CallsInTasks(ReferenceProvider):
    """Makes every call in a task of its own, under asyncio.wait_for."""

    async def chat(  # type: ignore[override]
        self, messages: Any, model: str | None = None, stream: bool = False, **options: Any
    ) -> ChatResponse | ChatStream:
        """Answer in a task; it ends with its caller."""
        call = super().chat(messages, model, stream, **options)
        seconds = options.get("timeout") or self.timeout
        is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        try:
            return await asyncio.wait_for(
                asyncio.ensure_future(call), seconds + 0.01 if is_number else None
            )
        except TimeoutError:
            failure = ProviderTimeoutError(f"no answer in {seconds:g} s", provider=self.name)
        raise failure


@right()
class LimitsItself(ReferenceProvider):
    """Sends its requests a millisecond apart, to stay within a rate."""

    _next_at = 0.0

    async def open(self, request: HttpRequest) -> Any:
        """Wait for its turn, then send."""
        now = asyncio.get_running_loop().time()
        # The clock of another event loop may be far ahead.
        at = self._next_at if now < self._next_at < now + 0.1 else now
        self._next_at = at + 0.001
        await asyncio.sleep(at - now)
        return await super().open(request)
