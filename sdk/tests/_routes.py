"""Providers that a router finds by name and that answer from a script."""

from __future__ import annotations

from typing import Any

from provider_sdk import CAPABILITIES, Observer, ProviderAuthError, ProviderRouter
from provider_sdk import register_provider as register
from provider_sdk.testing import FakeProvider, Reply

from ._service import USER

TASK = "agent"


class Known:
    """A provider that is registered, and what became of it.

    Attributes:
        kind: its class.
        made: the provider objects that were built.
        has_credential: whether building one succeeds.
    """

    def __init__(self, name: str, replies: tuple[Reply, ...], facts: dict[str, Any]) -> None:
        self.name = name
        self.made: list[FakeProvider] = []
        self.has_credential = True
        known = self

        class Kind(FakeProvider):
            """Answers from the script."""

            def __init__(self, **config: Any) -> None:
                if not known.has_credential:
                    raise ProviderAuthError(f"{name.upper()}_KEY is not set", provider=name)
                base_url = config.pop("base_url", None)
                super().__init__(
                    *replies, repeat=True, **{"default_model": f"{name}-default", **config}
                )
                self.base_url = base_url or type(self).base_url
                self.closed = 0
                known.made.append(self)

            async def aclose(self) -> None:
                self.closed += 1
                await super().aclose()

        body = {"name": name, "base_url": "", "capabilities": CAPABILITIES, **facts}
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
    """Register a provider that repeats its replies, by default its name; facts are its class's."""
    return Known(name, replies or (name,), facts)


def chain(*names: str, observer: Observer | None = None, **settings: Any) -> ProviderRouter:
    """A router with this chain."""
    return ProviderRouter({"fallback_chain": list(names), **settings}, observer=observer)


async def asked(router: ProviderRouter, **arguments: Any) -> Any:
    """The answer to a plain question."""
    return await router.route(TASK, USER, **arguments)


def outcomes(route: Any) -> list[tuple[str, str]]:
    """Providers and outcomes of a route, or of an error with attempts."""
    return [(each.provider, each.outcome) for each in route.attempts]
