"""Mutants that RETRY must kill: those who send again what was answered, or something else."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from typing import Any

from provider_sdk import (
    ChatResponse,
    HttpExchange,
    HttpRequest,
    ModelInfo,
    ProviderError,
    ProviderRateLimitError,
    ProviderResponseError,
    StreamInterruptedError,
)

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.mutants.retry import OwnRetries
from provider_conformance.zoo.reference import Mutable


@mutant("PC-RETRY-023", "s after 408 with")
class WaitsAsAskedForLimitsOnly(OwnRetries):
    """Knows of Retry-After only if the rate is limited."""

    def wait(self, tries: int, error: ProviderError) -> float:
        """Return the seconds before the next attempt."""
        if not isinstance(error, ProviderRateLimitError):
            error.retry_after = None
        return super().wait(tries, error)


@mutant("PC-RETRY-015", "an answer with Retry-After: to be returned at once")
class WaitsBeforeTheNextCall(Mutable):
    """Does what Retry-After of a success says before it sends the next request."""

    wait = 0.0

    async def open(self, request: HttpRequest) -> HttpExchange:
        """Wait, send a request, and remember how long to wait."""
        await asyncio.sleep(self.wait)
        exchange = await super().open(request)
        self.wait = float(exchange.headers.get("retry-after", 0))
        return exchange


@mutant("PC-RETRY-070", "request_id of the whole answer")
class NamesTheFirstAttempt(OwnRetries):
    """Reports the id of the first failure with the answer that came at last."""

    first: str | None = None

    def again(self, error: ProviderError) -> bool:
        """Whether to try again."""
        self.first = self.first or error.request_id
        return super().again(error)

    def answered(self, response: ChatResponse) -> ChatResponse:
        """Return the response under the first id."""
        return replace(response, request_id=self.first or response.request_id)


@mutant("PC-RETRY-024", "requests for chat() that gets a web page: 1")
class RetriesBrokenAnswers(OwnRetries):
    """Asks again when it cannot read the answer."""

    def again(self, error: ProviderError) -> bool:
        """Whether to try again."""
        return super().again(error) or isinstance(error, ProviderResponseError)


@mutant("PC-RETRY-024", "requests for a stream that gets nothing: 1")
class RetriesEmptyStreams(OwnRetries):
    """Asks again when a stream ends before it began."""

    def again(self, error: ProviderError) -> bool:
        """Whether to try again."""
        return super().again(error) or isinstance(error, StreamInterruptedError)


@mutant("PC-RETRY-021", "the headers of the retry of a call")
class NamesEveryAttempt(Mutable):
    """Has an idempotency key for each attempt, which helps nobody."""

    async def open(self, request: HttpRequest) -> HttpExchange:
        """Send a request under a key."""
        key = {"idempotency-key": uuid.uuid4().hex}
        return await super().open(replace(request, headers={**request.headers, **key}))


@mutant("PC-RETRY-021", "requests for a stream that was overloaded twice: 3")
class RetriesStreamsOnce(OwnRetries):
    """Tries a stream only once more."""

    def asked(
        self, messages: Any, model: str | None, stream: bool, options: dict[str, Any]
    ) -> tuple[Any, str | None, bool, dict[str, Any]]:
        """Change what is asked."""
        self.retries = 1 if stream else 2
        return messages, model, stream, options


@mutant("PC-RETRY-022", "describe_models() after an overload")
class DescriptionsAreTriedOnce(Mutable):
    """Retries lists, and no descriptions."""

    async def list_models(self) -> list[str]:
        """List as it should."""
        return [model.id for model in await super().describe_models()]

    async def describe_models(self) -> list[ModelInfo]:
        """Describe, or fail."""
        allowed, self.max_retries = self.max_retries, 0
        try:
            return await super().describe_models()
        finally:
            self.max_retries = allowed
