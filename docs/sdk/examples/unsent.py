"""Looking at a request without sending it."""

# --8<-- [start:all]
import asyncio

from provider_huggingface import HfProvider
from provider_sdk import unsent_requests


async def main() -> None:
    async with HfProvider(api_key="hf_not_a_key") as provider:
        with unsent_requests() as requests:
            await provider.complete("Why is the sky blue?", temperature=0.2)
    print(requests[-1].method, requests[-1].url)
    print(requests[-1].headers["authorization"])
    print(requests[-1].body)


asyncio.run(main())
# --8<-- [end:all]
