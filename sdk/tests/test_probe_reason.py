"""Why a probe fails."""

import httpx
from provider_sdk import OpenAICompatibleProvider, ProviderAuthError


class Provider(OpenAICompatibleProvider):
    name = "acme"
    base_url = "https://api.acme.example/v1"


def _client(status: int) -> httpx.AsyncClient:
    reply = httpx.Response(status, json={"error": {"message": "no such key"}})
    return httpx.AsyncClient(transport=httpx.MockTransport(lambda _: reply))


async def test_reason_is_the_services_own() -> None:
    """A failed health check is explained with the service's words, and its error is kept."""
    health = await Provider.probe(api_key="secret-key", http_client=_client(401))

    assert not health.ok
    assert health.reason.startswith("no such key.")
    assert isinstance(health.error, ProviderAuthError)


async def test_configuration_that_makes_no_sense_is_the_reason() -> None:
    """What the constructor rejects makes a probe fail without raising."""
    health = await Provider.probe(api_key="secret-key", base_url="ftp://api.acme.example")

    assert not health.ok
    assert isinstance(health.error, ValueError)
    assert health.reason == str(health.error)
