"""Which HTTP library sends requests."""

# --8<-- [start:all]
import asyncio

from provider_huggingface import HfProvider
from provider_sdk import describe_transport, prefer_transport


async def main() -> None:
    choice = describe_transport()
    print(f"{choice.name}: {choice.reason}")

    async with HfProvider(api_key="hf_key", transport="httpx") as provider:
        print(provider.transport)

    prefer_transport("httpx")
    async with HfProvider(api_key="hf_key") as provider:
        print(provider.transport)


asyncio.run(main())
# --8<-- [end:all]
