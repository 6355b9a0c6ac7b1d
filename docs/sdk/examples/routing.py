"""A router over two providers that answer from a script."""

import asyncio
from typing import Any

from provider_sdk import (
    ProviderRouter,
    ProviderUnavailableError,
    register_provider,
)
from provider_sdk.testing import FakeProvider


def first(**config: Any) -> FakeProvider:
    """Return a provider that is never there."""
    return FakeProvider(
        ProviderUnavailableError("nobody listens"), repeat=True, **config
    )


def second(**config: Any) -> FakeProvider:
    """Return a provider that always answers."""
    return FakeProvider("Scattering.", repeat=True, **config)


# --8<-- [start:route]
async def ask(router: ProviderRouter) -> None:
    response = await router.route(
        "agent", [{"role": "user", "content": "Why is the sky blue?"}]
    )
    route = response.route
    assert route is not None  # a router always says how it came to the answer
    print(response.text, route.provider)
    for attempt in route.attempts:
        print(attempt.provider, attempt.outcome)
    # --8<-- [end:route]


# --8<-- [start:register]
async def main() -> None:
    register_provider("first", first)
    register_provider("second", second)
    settings = {"fallback_chain": ["first", "second"]}
    async with ProviderRouter(settings) as router:
        await ask(router)
        # --8<-- [end:register]


if __name__ == "__main__":
    asyncio.run(main())
