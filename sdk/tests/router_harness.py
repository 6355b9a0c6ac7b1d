"""How the conformance kit meets the router: as a provider, over a chain of two others.

The first of the chain has no credential, so every call passes it, and the second answers. Both have
the router's name: the kit expects one name in answers and errors, and in a routed one it is that of
who answered.

One rule cannot hold for a router: a single provider raises what went wrong, but a router raises one
error that lists everybody's. So here, and nowhere else, the error of who was asked is raised from
that list, and the kit judges it.
"""

from contextlib import suppress
from typing import Any, ClassVar, cast

from provider_conformance import Harness, OpenAIWire
from provider_sdk import (
    AllProvidersFailedError,
    ChatCall,
    ChatResponse,
    ChatStream,
    OpenAICompatibleProvider,
    ProviderAuthError,
    ProviderError,
    ProviderRouter,
)
from provider_sdk._routing.provider import RoutedProvider

from ._registering import registered


class Second(OpenAICompatibleProvider):
    """The provider that answers."""

    name = "router"
    base_url = "https://second.invalid/v1"
    credential: ClassVar = "optional"
    api_key_env = ("ROUTED_API_KEY",)
    base_url_env = "ROUTED_BASE_URL"


class First(Second):
    """The provider that every call passes: no variable holds its credential."""

    credential: ClassVar = "required"
    api_key_env = ("ROUTED_MISSING_KEY",)


class RaisesTheCause(RoutedProvider):
    """Raises the error of the last provider that was asked, if none could answer."""

    async def answer(self, call: ChatCall) -> ChatResponse | ChatStream:
        """Return the answer of the provider that the router finds."""
        try:
            return await super().answer(call)
        except AllProvidersFailedError as error:
            failure = error
        raise _cause(failure)

    async def check_health(self) -> None:
        """Raise the error of the last provider that was asked, if none is healthy."""
        try:
            return await super().check_health()
        except AllProvidersFailedError as error:
            failure = error
        raise _cause(failure)


def _cause(error: AllProvidersFailedError) -> ProviderError:
    first, second = error.attempts
    assert (first.outcome, second.outcome) == ("skipped", "failed")
    assert second.error is not None
    return second.error


class Router(Second):
    """What ``ProviderRouter.as_provider`` returns, built as the kit builds a provider.

    A router has no arguments of a provider: they are for the second, and the router's own limits
    and defaults are set to the same.
    """

    def __new__(cls, **config: Any) -> Any:
        """Return the router as a provider."""
        second = Second(**config)
        router = ProviderRouter({"fallback_chain": ["first", "second"]})
        with registered({"first": First, "second": lambda: second}):
            with suppress(ProviderAuthError):
                router.get_provider("first")
            router.get_provider("second")
        face = cast("RoutedProvider", router.as_provider())
        face.__class__ = type("Routed", (RaisesTheCause, type(face)), {})
        face.timeout = second.timeout
        face.default_model = second.default_model
        return face


HARNESS = Harness(Router, OpenAIWire())
