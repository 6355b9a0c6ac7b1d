"""How the conformance kit meets the router: as a provider over two others."""

import os
from typing import Any, ClassVar

from provider_conformance import Harness, OpenAIWire
from provider_sdk import (
    AllProvidersFailedError,
    BaseProvider,
    OpenAICompatibleProvider,
    ProviderRouter,
)

from ._registering import registered


class One(OpenAICompatibleProvider):
    """The first of the chain."""

    name = "router"
    base_url = "https://one.invalid/v1"
    credential: ClassVar = "optional"
    api_key_env = ("ROUTED_API_KEY",)
    base_url_env = "ROUTED_BASE_URL"


class Two(One):
    """The second."""

    name = "router"
    default_model = "conformance/model-1"


class Gone(Two):
    credential: ClassVar = "required"
    api_key_env = ("NO_KEY",)


async def unwrapped(self, call):
    try:
        return await type(self).__mro__[1].answer(self, call)
    except AllProvidersFailedError as error:
        last = [each.error for each in error.attempts if each.outcome == "failed"][-1]
        raise last from error


class Router(BaseProvider):
    """Makes what ``ProviderRouter.as_provider`` returns."""

    name = "router"
    credential: ClassVar = One.credential
    api_key_env = One.api_key_env
    base_url_env = One.base_url_env
    capabilities = One.capabilities

    def __new__(cls, **config: Any) -> Any:
        one = One(**config)
        two = Two(**{**config, "default_model": "conformance/model-1"})
        live = os.environ.get("RM_LIVE")
        factories = {"one": lambda: one, "two": (lambda: two) if live else Gone}
        router = ProviderRouter({"fallback_chain": ["one", "two"]})
        with registered(factories):
            router.get_provider("one")
            router._engine.candidates.find("two")
            if live: router.get_provider("two")
        face = router.as_provider()
        if os.environ.get("RM_UNWRAP"):
            face.__class__ = type("Unwrapping", (type(face),), {"answer": unwrapped})
        face.timeout = one.timeout
        return face


HARNESS = Harness(Router, OpenAIWire())
