"""Errors of a service that is played here, without a network."""

# --8<-- [start:handle]
import asyncio

import httpx
from provider_sdk import (
    BaseProvider,
    OpenAICompatibleProvider,
    ProviderAuthError,
    ProviderError,
    ProviderRateLimitError,
    ProviderUnavailableError,
)


async def ask(provider: BaseProvider, prompt: str) -> str | None:
    try:
        return await provider.complete(prompt)
    except ProviderAuthError as error:
        # Missing, rejected, or (ProviderPermissionError) not enough.
        print("log in again:", error)
    except ProviderRateLimitError as error:
        print(f"ask again in {error.retry_after or 30:.0f} s")
    except ProviderUnavailableError as error:
        # Unreachable, overloaded or too slow.
        print("try later:", error)
    except ProviderError as error:
        # All others: the request, the model, a broken answer.
        print(type(error).__name__, error.status, error)
    return None
    # --8<-- [end:handle]


# --8<-- [start:facts]
async def facts(provider: BaseProvider) -> None:
    try:
        await provider.complete("Why is the sky blue?", "acme-larger")
    except ProviderError as error:
        print(error)
        print(error.message)
        print(error.hint)
        print(error.provider, error.model, error.status, error.request_id)
    # --8<-- [end:facts]


class AcmeProvider(OpenAICompatibleProvider):
    """A provider for a service that does not exist."""

    name = "acme"
    base_url = "https://api.acme.example/v1"
    api_key_env = ("ACME_API_KEY",)
    default_model = "acme-large"


ANSWERS = [
    httpx.Response(
        401, json={"error": {"message": "Incorrect API key provided: acme-key"}}
    ),
    httpx.Response(
        429,
        headers={"retry-after": "7"},
        json={"error": {"message": "Slow down"}},
    ),
    httpx.Response(503, json={"error": {"message": "No capacity"}}),
    httpx.Response(
        400, json={"error": {"message": "temperature must be at most 2"}}
    ),
    httpx.Response(
        404,
        headers={"x-request-id": "req_71"},
        json={"error": {"message": "The model `acme-larger` does not exist"}},
    ),
]


async def main() -> None:
    answers = iter(ANSWERS)
    transport = httpx.MockTransport(lambda request: next(answers))
    async with (
        httpx.AsyncClient(transport=transport) as client,
        AcmeProvider(
            api_key="acme-key", max_retries=0, http_client=client
        ) as provider,
    ):
        for _ in range(4):
            await ask(provider, "Why is the sky blue?")
        await facts(provider)


if __name__ == "__main__":
    asyncio.run(main())
