"""Mutants that TIMEOUT must kill: those who round their limits, or forget them for some calls."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, ClassVar

from provider_sdk import (
    ChatCall,
    ChatResponse,
    ChatStream,
    ModelInfo,
    OpenAIDialect,
    ProviderError,
    ProviderRequestError,
    ProviderUnavailableError,
)

from provider_conformance.zoo._mutants import mutant
from provider_conformance.zoo.reference import Call, Mutable


@mutant("PC-TIMEOUT-015", "calls with a timeout: to end within its timeout of 0.5 s")
class RoundsUp(Mutable):
    """Counts in whole seconds, and waits at least one."""

    def __init__(self, *, timeout: float = 120.0, **config: Any) -> None:
        super().__init__(timeout=math.ceil(timeout), **config)


@mutant("PC-TIMEOUT-015", "that is answered well within its timeout: to succeed")
class GivesUpEarly(Mutable):
    """Keeps most of the time to itself."""

    def __init__(self, *, timeout: float = 120.0, **config: Any) -> None:
        super().__init__(timeout=timeout / 8, **config)


@mutant("PC-TIMEOUT-015", "calls with a timeout: to end within its timeout of 0.5 s")
class ProbesForASecond(Mutable):
    """Has a limit of its own for the health check."""

    async def health_check(self) -> bool:
        """Check for at least a second."""
        limit, self.timeout = self.timeout, max(self.timeout, 1.0)
        try:
            return await super().health_check()
        finally:
            self.timeout = limit


@mutant("PC-TIMEOUT-005", "list_models() whose attempts all fail slowly: to end within")
class TimesAttemptsOfLists(Mutable):
    """Gives every attempt to list models the whole timeout."""

    async def describe_models(self) -> list[ModelInfo]:
        """List, again and again."""
        tries, self.max_retries = self.max_retries, 0
        while True:
            try:
                return await super().describe_models()
            except ProviderUnavailableError:
                if tries == 0:
                    raise
            tries -= 1


class _NeverRelaxes(OpenAIDialect):
    def relax(self, call: ChatCall, error: ProviderError) -> ChatCall | None:
        return None


@mutant("PC-TIMEOUT-005", "a stream whose request for usage is slowly rejected: to end within")
class TimesTheCallWithoutUsage(Mutable):
    """Gives the whole timeout to the stream that it asks for without usage."""

    dialect: ClassVar[Any] = _NeverRelaxes()
    asks_for_usage = True

    async def around(self, call: Call) -> ChatResponse | ChatStream:
        """Call, and once more if the request for usage was rejected."""
        try:
            return await call()
        except ProviderRequestError as error:
            if "stream_options" not in str(error):
                raise
            self.asks_for_usage = False
        return await call()

    async def answer(self, call: ChatCall) -> ChatResponse | ChatStream:
        """Answer, perhaps without asking for usage."""
        if call.include_usage and not self.asks_for_usage:
            call = replace(call, include_usage=False)
        return await super().answer(call)
