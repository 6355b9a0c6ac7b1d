"""Mutants that RETRY must kill."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from provider_sdk import (
    ChatResponse,
    ChatStream,
    EventSource,
    HttpReply,
    OpenAIDialect,
    ProviderAuthError,
    ProviderError,
    ProviderRateLimitError,
    StreamEvent,
)
from provider_sdk.adapting import is_retryable

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo._sources import ChangedSource
from provider_conformance.zoo.reference import Call, Mutable


class OwnRetries(Mutable):
    """Retries by a loop of its own, with seams."""

    def __init__(self, *, max_retries: int = 2, **config: Any) -> None:
        super().__init__(max_retries=0, **config)
        self.retries = max_retries

    def again(self, error: ProviderError) -> bool:
        """Whether to try again."""
        return is_retryable(error)

    def wait(self, tries: int, error: ProviderError) -> float:
        """Return the seconds before the next attempt."""
        if error.retry_after is not None:
            return error.retry_after
        return 0.5 * 2.0**tries * random.uniform(0.75, 1)

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Call until it succeeds."""
        tries = 0
        while True:
            try:
                return await call()
            except ProviderError as error:
                if tries >= self.retries or not self.again(error):
                    raise
                seconds = self.wait(tries, error)
            tries += 1
            await asyncio.sleep(seconds)


@mutant("PC-RETRY-001", "the answer to a call that was overloaded twice")
class NoRetriesByDefault(Mutable):
    """Retries only if it is told to."""

    def __init__(self, *, max_retries: int = 0, **config: Any) -> None:
        super().__init__(max_retries=max_retries, **config)


@mutant("PC-RETRY-002", "requests for chat() that met an overload: 1")
class ZeroIsDefault(Mutable):
    """Takes max_retries=0 for "not set"."""

    def __init__(self, *, max_retries: int | None = None, **config: Any) -> None:
        super().__init__(max_retries=max_retries or 2, **config)


@mutant("PC-RETRY-003", "requests for chat() that always fails, with max_retries=1: 2")
class RetriesTwice(OwnRetries):
    """Retries above a client that retries as well."""

    def __init__(self, *, max_retries: int = 2, **config: Any) -> None:
        super().__init__(max_retries=max_retries, **config)
        self.max_retries = max_retries


@mutant("PC-RETRY-004", "requests for a call that met a rate limit: 2")
class RateLimitIsFinal(OwnRetries):
    """Raises a rate limit at once."""

    def again(self, error: ProviderError) -> bool:
        """Whether to try again."""
        return super().again(error) and not isinstance(error, ProviderRateLimitError)


@mutant("PC-RETRY-005", "requests for a call that met 502: 2")
class GatewaysAreFinal(OwnRetries):
    """Retries 500 and 503, and no other failure of the service."""

    def again(self, error: ProviderError) -> bool:
        """Whether to try again."""
        return super().again(error) and error.status not in (502, 504, 529)


@mutant("PC-RETRY-006", "requests for a call that met 408: 2")
class ClientErrorsAreFinal(OwnRetries):
    """Takes every 4xx but 429 for final."""

    def again(self, error: ProviderError) -> bool:
        """Whether to try again."""
        return super().again(error) and error.status not in (408, 409)


@mutant("PC-RETRY-007", "requests for a call that met a refused connection: 2")
class ConnectErrorsAreFinal(OwnRetries):
    """Retries only what the service answered."""

    def again(self, error: ProviderError) -> bool:
        """Whether to try again."""
        return super().again(error) and error.status is not None


@mutant("PC-RETRY-008", "requests for a call that met a reset connection: 2")
class BreaksAreFinal(OwnRetries):
    """Retries when no connection was made, but not when one broke."""

    def again(self, error: ProviderError) -> bool:
        """Whether to try again."""
        return super().again(error) and (error.status is not None or "refused" in error.message)


@mutant("PC-RETRY-009", "requests for chat() that met 400 (bad_request): 1")
class RetriesEverything(OwnRetries):
    """Retries any error."""

    def again(self, error: ProviderError) -> bool:
        """Whether to try again."""
        return True


@mutant("PC-RETRY-010", "requests for chat() that met 401: 1")
class RetriesCredentials(OwnRetries):
    """Tries a rejected credential again."""

    def again(self, error: ProviderError) -> bool:
        """Whether to try again."""
        return super().again(error) or isinstance(error, ProviderAuthError)


@mutant("PC-RETRY-011", "requests for chat() that met an exhausted quota: 1")
class RetriesByStatus(OwnRetries):
    """Retries by the status alone, which an exhausted quota shares with a rate limit."""

    def again(self, error: ProviderError) -> bool:
        """Whether to try again."""
        return super().again(error) or error.status == 429


@mutant("PC-RETRY-012", "s after Retry-After asked for")
class WaitsAsItLikes(OwnRetries):
    """Ignores what the service asks for."""

    def wait(self, tries: int, error: ProviderError) -> float:
        """Return the seconds before the next attempt."""
        return 0.5 * 2.0**tries


class _NumbersOnly(OpenAIDialect):
    def parse_error(self, reply: HttpReply) -> ProviderError:
        error = super().parse_error(reply)
        asked = reply.headers.get("retry-after", "0")
        error.retry_after = None if asked.isdecimal() else 1.0
        return error


@mutant("PC-RETRY-013", "s after a date in Retry-After asked for")
class DatesAreUnknown(Mutable):
    """Reads Retry-After as a number, and falls back when it is not one."""

    dialect: ClassVar[Any] = _NumbersOnly()


class _SecondsFirst(OpenAIDialect):
    def parse_error(self, reply: HttpReply) -> ProviderError:
        error = super().parse_error(reply)
        if "retry-after-ms" in reply.headers and "retry-after" in reply.headers:
            error.retry_after = float(reply.headers["retry-after"])
        return error


@mutant("PC-RETRY-014", "s after retry-after-ms asked for")
class MillisecondsAreUnknown(Mutable):
    """Knows Retry-After only."""

    dialect: ClassVar[Any] = _SecondsFirst()


class _RetryAfterIsServedBy(OpenAIDialect):
    def served_by(self, headers: Mapping[str, str]) -> str | None:
        return headers.get("retry-after")


@mutant("PC-RETRY-015", "an answer with Retry-After: to be returned at once")
class WaitsAfterSuccess(Mutable):
    """Does what Retry-After says whatever the status is."""

    dialect: ClassVar[Any] = _RetryAfterIsServedBy()

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Wait after the call."""
        answer = await call()
        if isinstance(answer, ChatResponse) and answer.served_by:
            await asyncio.sleep(float(answer.served_by))
        return answer


@mutant("PC-RETRY-016", "a call limited past its deadline: to fail at once")
class SleepsPastTheDeadline(OwnRetries):
    """Waits as long as it is asked to, whatever the timeout."""


@mutant("PC-RETRY-017", "the waits between six attempts: to grow")
class SteadyWaits(OwnRetries):
    """Comes back every second."""

    def wait(self, tries: int, error: ProviderError) -> float:
        """Return the seconds before the next attempt."""
        return random.uniform(0.9, 1.1)


@mutant("PC-RETRY-018", "that came back within the same 0.02 s: some and not all")
class ExactWaits(OwnRetries):
    """Leaves nothing to chance."""

    def wait(self, tries: int, error: ProviderError) -> float:
        """Return the seconds before the next attempt."""
        return 0.5 * 2.0**tries


@mutant("PC-RETRY-019", "a stream that began at the third attempt: to end as a whole answer")
class StreamsAreNotRetried(Mutable):
    """Retries whole answers only."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        self.max_retries = 0 if stream else 2
        return messages, model, stream, options


class _Restarting(ChangedSource):
    def __init__(self, inner: EventSource, call: Call) -> None:
        super().__init__(inner)
        self._call = call

    async def read(self) -> Sequence[StreamEvent] | None:
        try:
            return await self.inner.read()
        except ProviderError:
            stream = cast("ChatStream", await self._call())
            stream.wrap_source(self._continue_with)
            return await self.inner.read()

    def _continue_with(self, source: EventSource) -> EventSource:
        self.inner = source
        return source


@mutant("PC-RETRY-020", "requests for a stream whose connection breaks after its first token: 1")
class RestartsStreams(Mutable):
    """Begins a broken stream again, and goes on with the new one."""

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Change where a stream goes on."""
        answer = await call()
        if isinstance(answer, ChatStream):
            answer.wrap_source(lambda source: _Restarting(source, call))
        return answer


@mutant("PC-RETRY-021", "the body of the retry")
class ForgetsOptions(OwnRetries):
    """Consumes the options with the first attempt."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        sent = dict(options)
        options.clear()
        return messages, model, stream, sent


@mutant("PC-RETRY-022", "list_models() after an overload")
class ModelListIsTriedOnce(OwnRetries):
    """Retries chats only."""
