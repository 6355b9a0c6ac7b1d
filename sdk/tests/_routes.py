"""Providers that a router finds by name and that answer from a script."""

from __future__ import annotations

import asyncio
from typing import Any

from provider_sdk import (
    CAPABILITIES,
    BaseProvider,
    ChatResponse,
    Observer,
    ProviderAuthError,
    ProviderRouter,
)
from provider_sdk import register_provider as register
from provider_sdk.testing import FakeProvider, Reply

from ._service import USER

TASK = "agent"
_MANY = 2000


class Known:
    """A provider that is registered, and what became of it.

    Attributes:
        kind: its class.
        made: the provider objects that were built.
        has_credential: whether building one succeeds.
        takes: seconds until it answers.
        asked_at: when it was asked, on the clock of the event loop.
        shares: the seconds that it had for each answer.
    """

    def __init__(self, name: str, replies: tuple[Reply, ...], facts: dict[str, Any]) -> None:
        self.name = name
        self.made: list[FakeProvider] = []
        self.has_credential = True
        self.takes = 0.0
        self.asked_at: list[float] = []
        self.shares: list[float] = []
        known = self

        class Kind(FakeProvider):
            """Answers from the script."""

            def __init__(self, **config: Any) -> None:
                if not known.has_credential:
                    raise ProviderAuthError(f"{name.upper()}_KEY is not set", provider=name)
                base_url = config.pop("base_url", None)
                config.setdefault("default_model", type(self).default_model)
                super().__init__(*replies, *replies[-1:] * _MANY, **config)
                self.base_url = base_url or type(self).base_url
                self.closed = 0
                known.made.append(self)

            async def answer(self, call: Any) -> Any:
                known.asked_at.append(asyncio.get_running_loop().time())
                known.shares.append(call.deadline.left)
                await asyncio.sleep(known.takes)
                return await super().answer(call)

            async def aclose(self) -> None:
                self.closed += 1
                await super().aclose()

        body = {
            "name": name,
            "base_url": "",
            "capabilities": CAPABILITIES,
            "default_model": f"{name}-default",
            **facts,
        }
        self.kind = type(name.title(), (Kind,), body)
        register(name, self.kind)

    @property
    def calls(self) -> list[Any]:
        """The calls that it received."""
        return [call for provider in self.made for call in provider.calls]

    @property
    def models(self) -> list[str]:
        """The models that it was asked for."""
        return [call.model for call in self.calls]


def known(name: str, *replies: Reply, **facts: Any) -> Known:
    """Register a provider.

    It plays its replies, the last again and again, by default its name; facts are its class's.
    """
    return Known(name, replies or (name,), facts)


class Foreign(BaseProvider):
    """A provider that does not use ``PreparedProvider``; its attributes are its behaviour."""

    credential = "none"
    capabilities = CAPABILITIES
    default_model = "foreign-default"
    options: Any = None

    async def chat(self, messages: Any, model: Any = None, stream: Any = False, **options: Any):
        type(self).options = options
        return await type(self).answer(self, stream)

    async def answer(self, stream: bool) -> Any:
        return ChatResponse(text=self.name)

    async def complete(self, prompt: Any, model: Any = None, **options: Any) -> str:
        raise NotImplementedError

    async def health_check(self) -> bool:
        return True

    async def list_models(self) -> list[str]:
        return ["a", "b"]


def foreign(name: str = "foreign", **facts: Any) -> type[Foreign]:
    """Register a foreign provider; facts are its class's."""
    kind = type(name.title(), (Foreign,), {"name": name, **facts})
    register(name, kind)
    return kind


def raising(error: BaseException) -> Any:
    """A method that raises an error."""

    async def method(self: Any, *_: Any) -> Any:
        raise error

    return method


class Log(Observer):
    """Writes down what it is told, one tuple per call of a method."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def attempt_started(self, attempt: Any) -> None:
        self.told.append(("started", attempt.provider, attempt.model))

    def first_event(self, attempt: Any) -> None:
        self.told.append(("first event", attempt.provider))

    def finished(self, attempt: Any, response: Any) -> None:
        self.told.append(("finished", attempt.provider, response.text))

    def failed(self, attempt: Any, error: BaseException, partial: Any) -> None:
        self.told.append(("failed", attempt.provider, type(error)))

    def fallback(self, attempt: Any, error: Any, to: str, note: str) -> None:
        self.told.append(("fallback", attempt.provider, type(error), to, note))

    def cool_down(self, provider: str, seconds: float, error: Any) -> None:
        self.told.append(("cool down", provider, seconds, type(error)))


def chain(*names: str, observer: Observer | None = None, **settings: Any) -> ProviderRouter:
    """A router with this chain."""
    return ProviderRouter({"fallback_chain": list(names), **settings}, observer=observer)


async def asked(router: ProviderRouter, **arguments: Any) -> Any:
    """The answer to a plain question."""
    return await router.route(TASK, USER, **arguments)


def outcomes(route: Any) -> list[tuple[str, str]]:
    """Providers and outcomes of a route, or of an error with attempts."""
    return [(each.provider, each.outcome) for each in route.attempts]
