"""The lab of live checks: the real service, the tester's own credential, and a budget of calls."""

from __future__ import annotations

import asyncio
import os
import random
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from provider_sdk import BaseProvider, ChatResponse, ChatStream, Messages

from provider_conformance._harness import Harness
from provider_conformance._service import Service
from provider_conformance.drivers import Driver, DriverName
from provider_conformance.lab._failed import NotTestable
from provider_conformance.lab._isolation import CapturedOutput
from provider_conformance.lab._lab import Lab
from provider_conformance.lab._variables import credential_variables

_SHORTEST = 8

DEFAULT_BUDGET = 20
"""Maximum number of chat calls in a live run, unless ``--budget`` says otherwise."""


@dataclass(slots=True)
class Budget:
    """The number of chat calls that a run may still make."""

    calls: int = DEFAULT_BUDGET

    def spend(self) -> None:
        """Count one call.

        Raises:
            NotTestable: the budget is used up.
        """
        if self.calls <= 0:
            raise NotTestable("the budget of live calls is used up; raise it with --budget")
        self.calls -= 1


class LiveDriver:
    """A driver that does nothing: requests go to the real service, in real time."""

    name: DriverName = "live"
    address = "the real service"
    other_address = ""
    connections = 0
    unreachable = ""

    def __init__(self, service: Service) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """Return an ordinary event loop."""
        return asyncio.new_event_loop()

    async def settle(self) -> None:
        """Let other tasks run once."""
        await asyncio.sleep(0)

    async def pass_time(self, seconds: float) -> None:
        """Wait that long in real time."""
        await asyncio.sleep(seconds)


class LiveLab(Lab):
    """A lab whose providers find credential and address by themselves, as they do for a user.

    The tester's credentials count as secrets: no message repeats them, and a provider that shows
    one fails.

    Attributes:
        budget: chat calls that are left to the run; each chat takes one.
    """

    def __init__(
        self,
        harness: Harness,
        service: Service,
        driver: Driver,
        rng: random.Random,
        captured: CapturedOutput,
        budget: Budget,
    ) -> None:
        super().__init__(harness, service, driver, rng, captured)
        self.budget = budget
        # Shorter values stand in ordinary words, which would be taken for them.
        found = (os.environ.get(name, "").strip() for name in credential_variables(harness))
        self.secrets.update(secret for secret in found if len(secret) >= _SHORTEST)

    def provider(self, **config: Any) -> BaseProvider:
        """Return a provider that uses the real service."""
        provider = self.harness.provider(**{"max_retries": 0, **config})
        self.providers.append(provider)
        return provider

    def user_message(self) -> list[dict[str, Any]]:
        """Return a conversation whose answer is short."""
        return [{"role": "user", "content": "Name three colours."}]

    async def chat(
        self, provider: BaseProvider, messages: Messages | None = None, **options: Any
    ) -> ChatResponse:
        """Return the response to a call, within the budget."""
        self.budget.spend()
        return await super().chat(provider, messages, **options)

    async def open_stream(
        self, provider: BaseProvider, messages: Messages | None = None, **options: Any
    ) -> ChatStream:
        """Return a stream, within the budget."""
        self.budget.spend()
        return await super().open_stream(provider, messages, **options)
