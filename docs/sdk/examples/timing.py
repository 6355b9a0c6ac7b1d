"""Retries and deadlines, with a service that is played here."""

import asyncio
from collections.abc import AsyncIterator

import httpx
from provider_sdk import (
    OpenAICompatibleProvider,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from provider_sdk.testing import FakeProvider

ANSWER = {
    "choices": [
        {"message": {"content": "Scattering."}, "finish_reason": "stop"}
    ]
}


class AcmeProvider(OpenAICompatibleProvider):
    """A provider for a service that does not exist."""

    name = "acme"
    base_url = "https://api.acme.example/v1"
    credential = "none"
    default_model = "acme-large"


class Service:
    """Fails once, then answers; takes as long as it is told."""

    def __init__(self) -> None:
        self.requests = 0
        self.seconds = 0.0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self.requests += 1
        await asyncio.sleep(self.seconds)
        if self.requests == 1:
            return httpx.Response(503, headers={"retry-after-ms": "10"})
        return httpx.Response(200, json=ANSWER)


async def served(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client that leads to the service."""
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(service)
    ) as client:
        yield client


# --8<-- [start:retries]
async def retries(client: httpx.AsyncClient, service: Service) -> None:
    patient = AcmeProvider(http_client=client)
    print(await patient.complete("Why is the sky blue?"), service.requests)

    service.requests = 0
    hasty = AcmeProvider(http_client=client, max_retries=0)
    try:
        await hasty.complete("Why is the sky blue?")
    except ProviderUnavailableError as error:
        print(type(error).__name__, error.status, service.requests)
    # --8<-- [end:retries]


# --8<-- [start:deadline]
async def deadline(client: httpx.AsyncClient) -> None:
    provider = AcmeProvider(http_client=client, timeout=30)
    try:
        await provider.complete("Write a novel.", timeout=0.05)
    except ProviderTimeoutError as error:
        print(error)
    # --8<-- [end:deadline]


# --8<-- [start:cancel]
async def whole_stream(provider: FakeProvider, seconds: float) -> str:
    async with asyncio.timeout(seconds):
        async with await provider.chat(
            [{"role": "user", "content": "Hi"}], stream=True
        ) as stream:
            return (await stream.collect()).text
    # --8<-- [end:cancel]


async def main() -> None:
    service = Service()
    async for client in served(service):
        await retries(client, service)
        service.seconds = 1.0
        await deadline(client)
    print(await whole_stream(FakeProvider(["Hello", "."]), 10))


if __name__ == "__main__":
    asyncio.run(main())
