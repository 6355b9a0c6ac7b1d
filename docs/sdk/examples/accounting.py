"""Counting what calls use, with a provider that answers from a script."""

# --8<-- [start:count]
import asyncio

from provider_sdk import ChatResponse, Usage, UsageCounter
from provider_sdk.testing import FakeProvider


async def count(provider: FakeProvider) -> None:
    counter = UsageCounter({"fake-model": {"input": 0.5, "output": 1.5}})
    provider.observer = counter
    await provider.complete("Why is the sky blue?")
    await provider.complete("And at sunset?")
    for row in counter.rows(by=["provider"]):
        print(
            row.provider,
            row.calls,
            row.prompt_tokens,
            row.completion_tokens,
            row.cost_usd,
        )
    # --8<-- [end:count]


async def main() -> None:
    await count(
        FakeProvider(
            ChatResponse(text="Scattering.", usage=Usage(14, 6)),
            ChatResponse(text="More of it.", usage=Usage(34, 4)),
        )
    )


if __name__ == "__main__":
    asyncio.run(main())
