"""The shortest program that asks a provider."""

# --8<-- [start:all]
import asyncio

from provider_huggingface import HfProvider


async def main() -> None:
    async with HfProvider() as provider:
        print(await provider.complete("Why is the sky blue?"))


asyncio.run(main())
# --8<-- [end:all]
