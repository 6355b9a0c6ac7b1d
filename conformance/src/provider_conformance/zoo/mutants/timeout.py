"""Mutants that TIMEOUT must kill."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from provider_sdk import ChatResponse, ChatStream, EventSource, ProviderTimeoutError, StreamEvent

from provider_conformance.zoo._clients import WithClient
from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo._sources import ChangedSource
from provider_conformance.zoo.mutants.retry import OwnRetries
from provider_conformance.zoo.reference import Call, Mutable

_LONG_S = 1e6


@mutant("PC-TIMEOUT-001", "a call that is not answered: to end within its timeout")
class IgnoresTimeout(Mutable):
    """Accepts timeout= and forgets it."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        options.pop("timeout", None)
        return messages, model, stream, options


@mutant("PC-TIMEOUT-002", "an answer that stalls in its body: to raise ProviderTimeoutError")
class TimesReads(WithClient):
    """Hands timeout= to the HTTP library, and reports what that raises as a broken answer."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        self.client.limits = {"read": options.pop("timeout", None)}
        return messages, model, stream, options


@mutant("PC-TIMEOUT-003", "an answer that drips in: to end within its timeout")
class TimesEachRead(TimesReads):
    """Lets every byte begin the timeout anew."""


@mutant("PC-TIMEOUT-004", "a stream that is not answered: to end within its timeout")
class StreamsBeginSomeTime(IgnoresTimeout):
    """Bounds whole answers only."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        if stream:
            return super().asked(messages, model, stream, options)
        return messages, model, stream, options


@mutant("PC-TIMEOUT-005", "chat() whose attempts all fail slowly: to end within its timeout")
class TimesAttempts(OwnRetries):
    """Gives every attempt the whole timeout."""


@mutant("PC-TIMEOUT-006", "a call of a provider built with a timeout: to end within its timeout")
class IgnoresOwnTimeout(Mutable):
    """Forgets the timeout that it was built with."""

    def __init__(self, *, timeout: float = 120.0, **config: Any) -> None:
        super().__init__(**config)


@mutant("PC-TIMEOUT-007", "a call without timeout after 130 s: to have ended")
class WaitsForEver(Mutable):
    """Has no timeout unless it is given one."""

    def __init__(self, *, timeout: float = _LONG_S, **config: Any) -> None:
        super().__init__(timeout=timeout, **config)


@mutant("PC-TIMEOUT-007", "a call without timeout after 110 s: to be waited for")
class KeepsLibraryTimeout(WithClient):
    """Leaves the HTTP library's five seconds on."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.client.limits = {"read": 5.0}


@mutant("PC-TIMEOUT-008", "a stream that falls silent after 70 s: to have ended")
class ListensForEver(Mutable):
    """Waits for the next token as long as it takes."""

    idle_limit_s = _LONG_S


class _Hasty(ChangedSource):
    def __init__(self, inner: EventSource, deadline: float) -> None:
        super().__init__(inner)
        self._deadline = deadline

    async def read(self) -> Sequence[StreamEvent] | None:
        try:
            async with asyncio.timeout_at(self._deadline):
                return await self.inner.read()
        except TimeoutError:
            raise ProviderTimeoutError("the stream lasted too long") from None


@mutant("PC-TIMEOUT-009", "a stream that lasts longer than its timeout: to end as a whole answer")
class TimesStreams(Mutable):
    """Bounds the whole stream by the timeout."""

    seconds = 120.0

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        self.seconds = options.get("timeout", self.seconds)
        return messages, model, stream, options

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Put a deadline on a stream."""
        start = asyncio.get_running_loop().time()
        answer = await call()
        if isinstance(answer, ChatStream):
            answer.wrap_source(lambda source: _Hasty(source, start + self.seconds))
        return answer


@mutant(
    "PC-TIMEOUT-010",
    "chat() to a host that does not take the connection after 7 s: to have ended",
)
class ConnectsForEver(WithClient):
    """Leaves connecting to the deadline of the call."""

    def __init__(self, **config: Any) -> None:
        super().__init__(**config)
        self.client.limits = {"connect": None}


@mutant("PC-TIMEOUT-011", "list_models() of a silent service: to end within its timeout")
class ListsForEver(Mutable):
    """Bounds chats only."""

    async def list_models(self) -> list[str]:
        """List without a limit."""
        seconds, self.timeout = self.timeout, _LONG_S
        try:
            return await super().list_models()
        finally:
            self.timeout = seconds


@mutant("PC-TIMEOUT-012", "health_check() of a silent service: to end within its timeout")
class WaitsForHealth(Mutable):
    """Waits until the service is healthy."""

    async def health_check(self) -> bool:
        """Never give up."""
        return await super().health_check() or await self.health_check()


@mutant("PC-TIMEOUT-013", "complete() that is not answered: to end within its timeout")
class CompletesSomeTime(Mutable):
    """Does not pass the timeout of complete() on."""

    async def complete(self, prompt: str, model: str | None = None, **options: Any) -> str:
        """Complete without a limit."""
        options.pop("timeout", None)
        return await super().complete(prompt, model, **options)


@mutant("PC-TIMEOUT-014", "the connection of a call that timed out: to be closed")
class AbandonsCalls(Mutable):
    """Stops waiting for a call that goes on behind its back."""

    def __init__(self, *, timeout: float = 120.0, **config: Any) -> None:
        super().__init__(timeout=_LONG_S, **config)
        self.seconds = timeout

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Wait only so long."""
        task = asyncio.ensure_future(call())
        done, _ = await asyncio.wait({task}, timeout=self.seconds)
        if not done:
            raise ProviderTimeoutError(f"no answer within {self.seconds:g} s")
        return await task
