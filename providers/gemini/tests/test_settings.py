"""Where the credential and the address come from."""

import pytest
from provider_gemini import GeminiProvider
from provider_sdk import ProviderAuthError, ProviderRequestError

from ._api import KEY, USER, Api, sent


async def _request(**config):
    api = Api()
    async with api.provider(**config) as provider:
        await provider.chat(USER)
    return api.requests[0]


async def test_key_of_the_first_variable(monkeypatch):
    """GOOGLE_API_KEY wins over GEMINI_API_KEY, as for the vendor's own client."""
    monkeypatch.setenv("GEMINI_API_KEY", "second")
    assert (await _request(api_key=None)).headers["x-goog-api-key"] == "second"

    monkeypatch.setenv("GOOGLE_API_KEY", "first")
    assert (await _request(api_key=None)).headers["x-goog-api-key"] == "first"


async def test_argument_wins_over_variables(monkeypatch):
    """A key that is passed wins."""
    monkeypatch.setenv("GOOGLE_API_KEY", "first")

    assert (await _request()).headers["x-goog-api-key"] == KEY


def test_missing_key():
    """Without a key the constructor names the variables, and where to get a key."""
    with pytest.raises(ProviderAuthError, match="GOOGLE_API_KEY is not set") as caught:
        GeminiProvider()

    assert "https://aistudio.google.com/apikey" in str(caught.value)
    assert "set GOOGLE_API_KEY or GEMINI_API_KEY to it" in str(caught.value)


async def test_address_from_the_environment(monkeypatch):
    """GEMINI_BASE_URL is continued by the protocol's paths."""
    monkeypatch.setenv("GEMINI_BASE_URL", "https://gateway.test/gemini/")

    url = str((await _request()).url)
    assert url == "https://gateway.test/gemini/v1beta/models/gemini-3.6-flash:generateContent"


def test_senseless_address(monkeypatch):
    """A variable that is not an address is an error that names it."""
    monkeypatch.setenv("GEMINI_BASE_URL", "gateway")

    with pytest.raises(ProviderRequestError, match="GEMINI_BASE_URL"):
        GeminiProvider(api_key=KEY)


@pytest.mark.parametrize(
    "end", ["", "/", "/v1beta", "/v1beta/", "/v1", "/v1alpha", "/v1beta/models", "/v1beta/openai/"]
)
@pytest.mark.parametrize(
    "address", ["https://gateway.test", "https://gateway.test/v1x", "https://v1beta"]
)
async def test_address_with_the_version(address, end):
    """An address may end as other clients want it; requests go to the same place."""
    request = await _request(base_url=address + end)

    assert str(request.url) == f"{address}/v1beta/models/gemini-3.6-flash:generateContent"


async def test_default_model():
    """Another default model may be named."""
    request = await _request(default_model="gemini-2.5-pro")

    assert request.url.path == "/v1beta/models/gemini-2.5-pro:generateContent"


async def test_extra_headers():
    """Headers of the caller are sent too."""
    api = Api()
    async with api.provider() as provider:
        await provider.chat(USER, extra_headers={"x-goog-user-project": "p"})

    assert api.requests[0].headers["x-goog-user-project"] == "p"
    assert await sent() == api.body
